"""Accounts that pass to spouses: every USD arrives with one living person of the other sex, or is paid to heirs."""

from __future__ import annotations

import numpy as np
import pytest

from abm.data import married_shares, table
from abm.participants.spouses import BLOCK, pass_on, spouses_of
from abm.scenario import Scenario
from abm.streams import stream
from abm.vocabulary import Exit
from tests.participants.savers import SaversWorld

KEY = stream(1, "test.spouse")
EVERYBODY = np.ones((2, 120))


@pytest.fixture
def people():
    return SaversWorld(Scenario(participants=1_000, seed=3), sponsors_for=1_000).people


def held(people):
    """USD of the country, traditional and in all."""
    plan = people.plan_core
    traditional = plan * (1.0 - people.plan_roth) + people.ira_core * (1.0 - people.ira_roth)
    return np.array([people.total(traditional), people.total(plan + people.ira_core)])


def test_what_leaves_the_dead_arrives_with_the_spouse(people):
    people.weight[::3] *= 2.5
    dead = np.flatnonzero(people.plan_core + people.ira_core > 0.0)[::5]
    people.exit[dead] = Exit.DEATH
    owned = people.plan_core[dead] + people.ira_core[dead]
    before, survivors = held(people), np.delete(np.arange(len(people)), dead)
    heirs_before = people.ira_core[survivors].copy()
    moved = pass_on(people, EVERYBODY, 1.0, KEY)
    left = people.plan_core[dead] + people.ira_core[dead]
    passed = left == 0.0
    assert passed.sum() > dead.size // 2
    assert np.array_equal(left[~passed], owned[~passed]), "an account was paid out in part"
    assert moved == pytest.approx(float(np.sum(people.weight[dead[passed]] * owned[passed])), rel=1e-12)
    arrived = float(np.sum(people.weight[survivors] * (people.ira_core[survivors] - heirs_before)))
    assert arrived == pytest.approx(moved, rel=1e-9)
    # Roth shares are kept in single precision.
    assert held(people) == pytest.approx(before, rel=1e-6)
    assert held(people)[1] == pytest.approx(before[1], rel=1e-12)


def test_spouses_are_living_of_the_other_sex_of_the_block_and_near_in_age(people):
    people.exit[::7] = Exit.DEATH
    spouse = spouses_of(people.records, EVERYBODY, KEY)
    found = np.flatnonzero(spouse >= 0)
    assert found.size > 0.9 * len(people)
    theirs = spouse[found]
    assert (people.sex[found] != people.sex[theirs]).all()
    assert (people.exit[theirs] != Exit.DEATH).all()
    assert (people.seat[found] // BLOCK == people.seat[theirs] // BLOCK).all()
    gap = np.abs(people.age[found].astype(int) - people.age[theirs])
    assert gap.max() <= 120
    assert np.median(gap) < 36


def test_as_many_are_married_as_the_census_counts():
    people = SaversWorld(Scenario(participants=8_000, seed=5)).people
    spouse = spouses_of(people.records, married_shares(), KEY)
    published, age = table("married_by_age"), people.age / 12
    for sex, name in enumerate(("male", "female")):
        for start, stop, share in zip(published["from_age"], [*published["from_age"][1:], 120], published[name]):  # noqa: B905
            cell = (people.sex == sex) & (age >= start) & (age < stop)
            tolerance = 4.0 * np.sqrt(share * (1.0 - share) / cell.sum()) + 0.02
            assert (spouse[cell] >= 0).mean() == pytest.approx(share, abs=tolerance), (name, start)


def test_without_the_rule_every_account_is_paid_out(people):
    people.exit[::9] = Exit.DEATH
    before = people.ira_core.copy()
    assert pass_on(people, EVERYBODY, 0.0, KEY) == 0.0
    assert np.array_equal(people.ira_core, before)


def test_a_saver_more_changes_nobody_elses_spouse():
    few = SaversWorld(Scenario(participants=600, seed=5), sponsors_for=600).people
    more = SaversWorld(Scenario(participants=601, seed=5), sponsors_for=600).people
    one, other = (spouses_of(people.records, married_shares(), KEY) for people in (few, more))
    changed = np.flatnonzero(one != other[:-1])
    assert (other[changed] == 600).all(), "only the newcomer himself may have become somebody's nearest"
    assert (one[:512] == other[:512]).all()
