"""Over decades and whatever people elect: no limit exceeded, no account below zero, no person or USD lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.data import table
from abm.participants.payroll import limits_in_force
from abm.scenario import Scenario
from abm.vocabulary import Sector
from tests.participants.savers import SaversWorld

AVARICE = {
    "parameters.life.deferral_scale": 3.0,
    "parameters.payroll.match_scale": 3.0,
    "parameters.payroll.ira_savers": 1.0,
    "parameters.payroll.ira_rate": 0.2,
    "parameters.life.peak_pay": 180_000.0,
}
"""People who run into every limit there is."""
ACCOUNTS = ("plan_core", "ira_core", "plan_crypto", "ira_crypto")


def check(world, bound) -> None:
    """Every limit and every floor in the present month; counts in `bound` who stood at which limit."""
    people, month = world.people, world.clock.month_of_year
    limits = limits_in_force(world.economy.price_index, world.economy.wage_index)
    turns = (people.age + 12 - month) // 12
    catch_up = np.select([turns < 50, turns < 60, turns < 64], [0.0, limits.catch_up_50, limits.catch_up_60_63],
                         limits.catch_up_50)  # fmt: skip
    assert (people.deferral_ytd <= limits.deferral + catch_up).all()
    base = np.minimum(people.deferral_ytd, limits.deferral)
    assert (base + people.employer_ytd <= limits.annual_additions).all()
    ira = limits.ira + np.where(turns >= 50, limits.ira_catch_up, 0.0)
    assert (people.ira_ytd <= ira).all()
    for name in ACCOUNTS:
        assert getattr(people, name).min() >= 0.0, name
    for name in ("plan_roth", "ira_roth"):
        assert 0.0 <= getattr(people, name).min() <= getattr(people, name).max() <= 1.0, name
    full = people.deferral_ytd == limits.deferral + catch_up
    bound["402(g)"] += int((full & (turns < 50)).sum())
    bound["catch-up 50"] += int((full & (turns >= 50) & ((turns < 60) | (turns > 63))).sum())
    bound["catch-up 60-63"] += int((full & (turns >= 60) & (turns <= 63)).sum())
    bound["415(c)"] += int((base + people.employer_ytd >= limits.annual_additions - 1e-6).sum())
    bound["IRA"] += int((people.ira_ytd == limits.ira).sum())
    bound["IRA at 50"] += int(((people.ira_ytd == ira) & (turns >= 50)).sum())


def test_twenty_years_of_the_greedy_stay_within_every_limit():
    world = SaversWorld(Scenario(participants=800, seed=21).with_values(AVARICE))
    world.open_sleeves()
    bound = dict.fromkeys(("402(g)", "catch-up 50", "catch-up 60-63", "415(c)", "IRA", "IRA at 50"), 0)
    for _ in range(240):
        world.step()
        check(world, bound)
    assert min(bound.values()) > 0, f"a limit that nobody reached was not tested: {bound}"
    assert world.people.total(1.0) == pytest.approx(250e6, rel=1e-12)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    scale=st.floats(0.1, 3.0),
    match=st.floats(0.0, 3.0),
    hardship=st.floats(0.0, 0.5),
    draw=st.floats(0.0, 0.2),
    volatility=st.floats(0.0, 3.0),
)
def test_any_elections_leave_limits_and_accounts_whole(seed, scale, match, hardship, draw, volatility):
    values = {
        "life.deferral_scale": scale,
        "payroll.match_scale": match,
        "retirement.hardship": hardship,
        "retirement.draw_retired": draw,
        "returns.volatility_scale": volatility,
    }
    scenario = Scenario(participants=150, seed=seed)
    world = SaversWorld(scenario.with_values({f"parameters.{name}": value for name, value in values.items()}))
    world.open_sleeves()
    bound = dict.fromkeys(("402(g)", "catch-up 50", "catch-up 60-63", "415(c)", "IRA", "IRA at 50"), 0)
    for _ in range(60):
        world.step()
        check(world, bound)


def test_weights_times_persons_give_the_national_flows():
    """What the books show of a calendar year is Σ weight · what persons have had since January."""
    world = SaversWorld(Scenario(participants=1_500, seed=8).with_values({"parameters.life.death_scale": 0.0}))
    people = world.people
    totals = dict.fromkeys(("wages", "deferrals", "employer contributions", "IRA contributions"), 0.0)
    for _ in range(12):
        world.step()
        for kind in totals:
            to = Sector.HOUSEHOLDS if kind == "wages" else Sector.ACCOUNTS
            totals[kind] += world.books.usd.received(to, kind)
    persons = ("wages_ytd", "deferral_ytd", "employer_ytd", "ira_ytd")
    for (kind, national), name in zip(totals.items(), persons, strict=True):
        # Sums since January are kept in single precision, accounts in double.
        assert national == pytest.approx(people.total(getattr(people, name)), rel=2.0**-24), kind


def test_limits_of_three_years_are_those_the_irs_published():
    """IRS Notices 2023-75, 2024-80 and 2025-67; catch-up at 60-63 from 2025 on."""
    published = {
        2024: (23_000, 7_500, 7_500, 69_000, 7_000, 1_000),
        2025: (23_500, 7_500, 11_250, 70_000, 7_000, 1_000),
        2026: (24_500, 8_000, 11_250, 72_000, 7_500, 1_100),
    }
    rows = table("limits")
    names = ("deferral", "catch_up_50", "catch_up_60_63", "annual_additions", "ira", "ira_catch_up")
    for place, year in enumerate(rows["year"]):
        assert tuple(rows[name][place] for name in names) == published[int(year)]
