"""Private equity, real estate and commodities: each class adds up, is paid for, waits at its own gate."""

from __future__ import annotations

import numpy as np
import pytest

from abm.participants.alternatives import AlternativesParameters, mixes
from abm.scenario import Scenario
from abm.vocabulary import ALTERNATIVES
from tests.participants.savers import SaversWorld
from tests.worlds import run

P = AlternativesParameters()
MONTHLY_FEES = P.by_class("fee") / 12.0


@pytest.fixture
def savers() -> SaversWorld:
    """Two years of savers, half of whom have a default fund that aims at 5, 3 and 2 % of the three classes."""
    world = SaversWorld(Scenario(participants=1_000, seed=4))
    world.open_sleeves(share=0.0)
    for _ in range(24):
        world.step()
    return world


def marked(world: SaversWorld):
    """The marks alone, once more, on flat markets and without other fees."""
    world.economy.monthly[:] = 0.0
    world.managers.fee[:] = 0.0
    valuation = world.rules[2]
    valuation.monthly_fee = 0.0
    world.books.open()
    return valuation.value(
        world.people, world.sponsors, world.managers, world.doors, world.economy, world.trades(), world.books
    )


def test_classes_add_up_to_what_savers_hold(savers):
    *_, valued, _ = savers.step()
    valued = marked(savers)
    people = savers.people
    assert valued.alternatives.min() > 0.0
    assert valued.alternatives.sum() == pytest.approx(people.total(people.plan_alternatives), rel=1e-12)
    by_provider = savers.managers.alternatives("usd").sum()
    assert 0.95 * valued.alternatives.sum() < by_provider <= valued.alternatives.sum() * (1 + 1e-12)


def test_each_class_is_charged_its_own_fee(savers):
    people, managers = savers.people, savers.managers
    lent = np.append(savers.doors.fund, len(managers))[people.employer]
    mix = mixes(managers.alternatives("usd"))[lent]
    before = (people.weight * people.plan_alternatives) @ mix
    valued = marked(savers)
    assert valued.class_fees == pytest.approx(before * MONTHLY_FEES, rel=1e-12)
    assert valued.fees == pytest.approx(valued.class_fees.sum(), rel=1e-9)


def test_a_closed_class_leaves_through_its_own_gate(savers):
    start = marked(savers).alternatives
    savers.doors.alternatives_share[:] = 0.0
    after = marked(savers).alternatives
    assert after == pytest.approx(start * (1.0 - MONTHLY_FEES) * (1.0 - P.by_class("gate")), abs=1e-6 * start.sum())
    assert after[2] == pytest.approx(0.0, abs=1e-9 * start[2])


def test_one_class_may_close_while_another_is_built(savers):
    start = marked(savers).alternatives
    savers.doors.alternatives_share[:, 0] = 0.0
    savers.doors.alternatives_share[:, 1] *= 2.0
    after = marked(savers).alternatives
    assert start[0] * (1.0 - P.private_equity_gate - 0.01) < after[0] < start[0]
    assert after[1] > 1.02 * start[1]


def test_a_fund_never_pays_with_more_than_its_liquid_part(savers):
    savers.people.plan_core[:] *= 0.001
    savers.doors.alternatives_share[:] = (0.0, 0.5, 0.0)
    for _ in range(6):
        marked(savers)
        assert savers.people.plan_core.min() >= 0.0
        assert savers.people.plan_alternatives.min() >= 0.0


def test_mixes_sum_to_one_even_without_holdings():
    usd = np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    assert mixes(usd) == pytest.approx(np.tile([0.25, 0.25, 0.5], (3, 1)))
    assert mixes(np.zeros((2, 3))) == pytest.approx(np.full((3, 3), 1 / 3))


def test_levers_open_the_classes_one_by_one():
    levers = {"adoption_speed": "fast", "alternatives_target": 0.3, "rule": "prohibit", "rule_held": True}
    months = {"private_equity": "2026-01", "real_estate": "2026-09", "commodities": "2027-01"}
    quick = {"fast_innovation": 1.0}
    world = run(
        months=24,
        policy=levers,
        changes=[{"month": month, name: True} for name, month in months.items()],
        parameters={"sleeves": quick | {"build_months": 12}, "sponsors": quick},
    )
    table = world.records.tables()["months"].set_index("month")
    for name, month in months.items():
        assert (table.loc[table.index < month, f"{name}_usd"] == 0.0).all()
        assert table[f"{name}_usd"].iloc[-1] > 0.0
        assert table[f"{name}_fees_usd"].iloc[-1] > 0.0
    held = table[[f"{name}_usd" for name in ALTERNATIVES]].iloc[-1].sum()
    assert held == pytest.approx(world.people.total(world.people.plan_alternatives), rel=0.05)
