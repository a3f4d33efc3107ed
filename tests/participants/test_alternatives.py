"""Private equity, real estate and commodities: each class adds up, is paid for, waits at its own gate."""

from __future__ import annotations

import numpy as np
import pytest

from abm.participants.alternatives import AlternativesParameters, held_by, holdings, parts, rebalanced
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


def marked(world: SaversWorld, growth: tuple[float, float, float] = (0.0, 0.0, 0.0)):
    """The marks alone, once more, without other fees; stocks and bonds stand still, the classes grow."""
    world.economy.monthly[:] = 0.0
    world.economy.monthly[3:] = np.log1p(growth)
    world.managers.fee[:] = 0.0
    valuation = world.rules[2]
    valuation.monthly_fee = 0.0
    world.books.open()
    return valuation.value(
        world.people, world.sponsors, world.managers, world.doors, world.economy, world.trades(), world.books
    )


def owned(world: SaversWorld) -> np.ndarray:
    """USD of alternatives in every saver's account."""
    return held_by(np.arange(len(world.people)), world.people, world.sponsors, world.managers)


def members(world: SaversWorld) -> np.ndarray:
    people = world.people
    works = (people.managed == 1) & (people.employer >= 0)
    return works & (world.sponsors.alternatives[people.employer] == 1)


def test_classes_add_up_to_what_savers_own(savers):
    valued = marked(savers)
    assert valued.alternatives.min() > 0.0
    assert np.array_equal(valued.alternatives, savers.managers.alternatives("usd").sum(axis=0))
    mine = owned(savers)
    assert savers.people.total(mine) == pytest.approx(valued.alternatives.sum(), rel=1e-12)
    inside = members(savers)
    assert (mine[~inside] == 0.0).all()
    assert (mine[inside] <= savers.people.plan_core[inside]).all()


def test_funds_come_to_hold_what_they_aim_at():
    world = SaversWorld(Scenario(participants=1_000, seed=4))
    world.open_sleeves(share=0.0)
    for _ in range(72):
        marked(world)
    held = holdings(world.people, world.sponsors, world.managers)
    some = held.claims > 0.0
    assert some.any()
    assert held.parts[:-1][some] == pytest.approx(np.tile([0.05, 0.03, 0.02], (some.sum(), 1)), rel=0.03)


def test_each_class_is_charged_its_own_fee(savers):
    before = savers.managers.alternatives("usd").sum(axis=0)
    valued = marked(savers)
    assert valued.class_fees == pytest.approx(before * MONTHLY_FEES, rel=1e-12)
    assert valued.fees == pytest.approx(valued.class_fees.sum(), rel=1e-9)


def test_gain_of_the_classes_reaches_their_owners_and_nobody_else(savers):
    people, inside = savers.people, members(savers)
    held = savers.managers.alternatives("usd").sum(axis=0)
    before, mine = people.plan_core.copy(), owned(savers)
    growth = np.array([0.1, -0.2, 0.05])
    valued = marked(savers, tuple(growth))
    assert valued.returns == pytest.approx((held * growth).sum(), rel=1e-9)
    assert people.total(people.plan_core - before) == pytest.approx(valued.returns - valued.fees, rel=1e-6)
    assert np.array_equal(people.plan_core[~inside], before[~inside])
    # All savers of one fund have the same mix, so that the gain is in proportion to what each owns.
    one = inside & (savers.sponsors.manager[people.employer] == 0) & (mine > 0.0)
    rates = (people.plan_core - before)[one] / mine[one]
    assert rates == pytest.approx(np.full(one.sum(), rates[0]), rel=1e-6)


def test_a_closed_class_leaves_through_its_own_gate(savers):
    start = marked(savers).alternatives
    savers.aim_at(0.0, 0.0, 0.0)
    after = marked(savers).alternatives
    assert after == pytest.approx(start * (1.0 - MONTHLY_FEES) * (1.0 - P.by_class("gate")), abs=1e-6 * start.sum())
    assert after[2] == pytest.approx(0.0, abs=1e-9 * start[2])


def test_one_class_may_close_while_another_is_built(savers):
    start = marked(savers).alternatives
    savers.aim_at(0.0, 0.06, 0.02)
    after = marked(savers).alternatives
    assert start[0] * (1.0 - P.private_equity_gate - 0.01) < after[0] < start[0]
    assert after[1] > 1.02 * start[1]


def test_a_fund_never_pays_with_more_than_its_liquid_part():
    usd, claims = np.array([[40.0, 50.0, 0.0], [60.0, 60.0, 0.0]]), np.array([100.0, 100.0])
    after = rebalanced(usd, claims, np.full((2, 3), 1.0), P.but(build=1.0))
    assert after[0] == pytest.approx(usd[0] + 10.0 / 3.0)
    assert np.array_equal(after[1], usd[1]), "a fund short of liquid assets buys nothing"


def test_who_joins_owns_a_part_at_the_appraised_value(savers):
    people, sponsors = savers.people, savers.sponsors
    before, wealth = owned(savers), people.plan_core.copy()
    sponsors.alternatives[:] = 1
    after = owned(savers)
    newcomers, old = members(savers) & (before == 0.0) & (wealth > 0.0), before > 0.0
    fund = sponsors.manager[people.employer]
    shared = np.isin(fund, fund[newcomers]) & np.isin(fund, fund[old])
    assert (newcomers & shared).any()
    assert (after[newcomers & shared] > 0.0).all()
    assert (after[old & shared] < before[old & shared]).all()
    assert people.total(after) == pytest.approx(people.total(before), rel=1e-12)
    assert np.array_equal(people.plan_core, wealth), "nobody gains or loses by it"
    # What the next appraisal makes up for is the newcomers' as much as theirs who paid for it.
    marked(savers, (0.1, 0.0, 0.0))
    one = fund == fund[np.flatnonzero(newcomers & shared)[0]]
    rates = people.plan_core[one & (newcomers | old)] / wealth[one & (newcomers | old)] - 1.0
    assert rates.min() > 0.0
    assert rates == pytest.approx(np.full(rates.size, rates[0]), rel=1e-9)


def test_what_a_fund_without_savers_holds_belongs_to_all_until_it_is_redeemed(savers):
    people = savers.people
    people.managed[:] = 0
    held = savers.managers.alternatives("usd").sum(axis=0)
    before = people.plan_core.copy()
    assert people.total(owned(savers)) == pytest.approx(held.sum(), rel=1e-12)
    valued = marked(savers, (0.1, 0.0, 0.0))
    assert valued.returns == pytest.approx(0.1 * held[0], rel=1e-9)
    assert people.total(people.plan_core - before) == pytest.approx(valued.returns - valued.fees, rel=1e-6)
    some = before > 0.0
    rates = people.plan_core[some] / before[some]
    assert rates == pytest.approx(np.full(some.sum(), rates[0]), rel=1e-12)
    left = held * np.array([1.1, 1.0, 1.0]) * (1.0 - MONTHLY_FEES) * (1.0 - P.by_class("gate"))
    assert valued.alternatives == pytest.approx(left, rel=1e-9, abs=1e-6)


def test_books_close_when_all_members_leave(savers):
    """Members take their claims with them while their funds are wound up; month after month nothing is lost."""
    people, measured = savers.people, lambda: people.total(people.plan_core + people.ira_core)
    savers.aim_at(0.0, 0.0, 0.0)
    for month in range(12):
        leavers = members(savers) & (people.seat % 3 == month % 3)
        people.ira_core[leavers] += people.plan_core[leavers]
        people.plan_core[leavers] = 0.0
        before = measured()
        valued = marked(savers, (-0.3, 0.1, 0.0) if month == 3 else (0.0, 0.02, 0.0))
        assert measured() - before == pytest.approx(valued.returns - valued.fees, abs=1e-12 * before)
        assert people.plan_core.min() >= 0.0
        assert people.total(owned(savers)) == pytest.approx(valued.alternatives.sum(), rel=1e-9)
    assert not people.plan_core[members(savers)].any()
    assert valued.alternatives[:2].min() > 0.0


def test_a_fund_loses_no_more_than_its_claims():
    usd, claims = np.array([[300.0, 0.0, 0.0], [50.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), np.array([100.0, 200.0, 0.0])
    found = parts(usd, claims, 10_000.0)
    assert found[:, 0] == pytest.approx([1.02, 0.27, 0.02, 0.02])
    assert not found[:, 1:].any()
    assert not parts(0.0 * usd, 0.0 * claims, 0.0).any()


def test_levers_open_the_classes_one_by_one():
    levers = {"adoption_speed": "fast", "alternatives_target": 0.3, "rule": "prohibit", "rule_held": True}
    months = {"private_equity": "2026-01", "real_estate": "2026-09", "commodities": "2027-01"}
    quick = {"fast_innovation": 1.0}
    changes = [{"month": month, name: True} for name, month in months.items()]
    changes.append({"month": "2027-10"} | dict.fromkeys(ALTERNATIVES, False))
    world = run(
        months=24,
        policy=levers,
        changes=changes,
        parameters={"sleeves": quick | {"build_months": 12}, "sponsors": quick},
    )
    tables = world.records.tables()
    table = tables["months"].set_index("month")
    for name, month in months.items():
        assert (table.loc[table.index < month, f"{name}_usd"] == 0.0).all()
        assert table.loc["2027-09", f"{name}_usd"] > 0.0
        assert table.loc["2027-09", f"{name}_fees_usd"] > 0.0
    # A closed class is redeemed by those who stay until it is gone.
    assert table["private_equity_usd"].iloc[-1] > 0.8 * table.loc["2027-09", "private_equity_usd"]
    assert table["commodities_usd"].iloc[-1] == 0.0
    assert table["alternatives_share"].iloc[-1] > 0.0
    held = table[[f"{name}_usd" for name in ALTERNATIVES]].iloc[-1].sum()
    everyone = np.arange(len(world.people))
    mine = held_by(everyone, world.people, world.sponsors, world.managers)
    assert world.people.total(mine) == pytest.approx(held, rel=1e-12)
    assert tables["panel"]["plan_alternatives"].max() > 0.0
    assert (tables["panel"]["plan_alternatives"] <= tables["panel"]["plan_core"]).all()
