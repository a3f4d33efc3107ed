"""The compiled month against plain agents that are moved one at a time: saver by saver, field by field."""

from __future__ import annotations

import numpy as np
import pytest

from abm.columns import RowSet
from abm.participants.alternatives import held_by
from abm.scenario import Scenario
from tests.naive import SlowWorld
from tests.naive_person import FIELDS
from tests.participants.savers import ROTH_DEFAULT, SaversWorld

WHOLE = {"age", "sex", "status", "exit", "employer", "tenure", "plan", "managed", "earnings_years"}


@pytest.mark.parametrize("seed", [1, 7])
def test_compiled_month_agrees_with_plain_agents_saver_by_saver(seed):
    scenario = Scenario(participants=500, seed=seed)
    fast = SaversWorld(scenario)
    fast.open_sleeves()
    holders = np.flatnonzero(fast.people.ira_core > 0.0)[::4]
    RowSet(fast.people, holders).ira_crypto = 0.02
    RowSet(fast.people, np.flatnonzero(fast.people.plan_core > 0.0)[::3]).plan_crypto = 0.01
    slow = SlowWorld(fast, scenario, ROTH_DEFAULT)
    deaths = 0
    for _ in range(26):
        *_, income = fast.step()
        slow.step_beside(fast.now)
        assert np.allclose(income.penalties, [person.penalty for person in slow.persons], rtol=1e-6)
        for name in FIELDS:
            quick = getattr(fast.people, name)
            plain = np.array([getattr(person, name) for person in slow.persons])
            if name in WHOLE:
                assert np.array_equal(quick, plain), name
            else:
                tolerance = 1e-6 if quick.dtype == np.float32 else 1e-9
                assert np.allclose(quick, plain, rtol=tolerance, atol=1e-6), name
        deaths = int((fast.people.generation > 0).sum())
    assert deaths > 3
    kept = fast.people.sparse
    untouched = (kept[name][-1] == fast.people.columns[name].default for name in fast.people.sparse_names)
    assert all(untouched), "the record of those without coins was written"
    held = held_by(np.arange(len(fast.people)), fast.people, fast.sponsors, fast.managers)
    slow.count_claims()
    assert np.allclose(held, [person.plan_core * sum(slow.parts_of(person)) for person in slow.persons], rtol=1e-9)
    assert (held > 0.0).any()
