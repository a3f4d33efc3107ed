"""Life in numbers: deaths by the table, job changes and cash-outs as published, a country that stays the same size."""

from __future__ import annotations

import numpy as np
import pytest

from abm.data import table
from abm.participants.life import LifeParameters, age_table, monthly, pay_profile, step
from abm.scenario import Scenario
from abm.vocabulary import Exit, Plan, Status
from tests.participants.savers import SaversWorld


@pytest.fixture(scope="module")
def year():
    """A year of 20 000 savers: what was true before each month's life and after it."""
    world = SaversWorld(Scenario(participants=20_000, seed=4))
    months = []
    for _ in range(12):
        people = world.people
        before = {
            name: getattr(people, name).copy() for name in ("age", "sex", "deferral_points", "plan_core", "status")
        }
        world.clock.tick()
        world.economy.advance(world.clock, ())
        moves = world.rules[0].live(people, world.sponsors, world.clock, world.economy, world.books)
        after = {name: getattr(people, name).copy() for name in ("exit", "tenure", "status", "employer", "plan_core")}
        world.rules[1].contribute(people, world.sponsors, world.economy, world.clock, world.books)
        world.rules[3].pay(people, world.economy, world.clock, 90_000.0, world.books)
        months.append((before, after, moves))
    return world, months


INCOME = {
    "no_high_school": (0.4914, 1.684, -0.353, 0.023),
    "high_school": (0.5304, 1.682, -0.323, 0.020),
    "college": (-1.9317, 3.194, -0.577, 0.033),
}
"""Cocco, Gomes and Maenhout 2005: log income by education, coefficients of powers of age / 10 from the constant on."""


@pytest.mark.parametrize("education", INCOME)
def test_the_table_of_pay_by_age_is_the_published_polynomial(education):
    known = table("wage_profile")
    income = np.polynomial.Polynomial(INCOME[education])
    np.testing.assert_allclose(known[education], income(known["age"] / 10) - income(5.0), atol=5.1e-5)


def test_pay_by_age_mixes_educations_and_stays_past_the_table():
    known, age = table("wage_profile"), np.array([22.0, 30.0, 65.0, 90.0])
    schooled = LifeParameters(no_high_school=0.0, college=0.0)
    np.testing.assert_allclose(pay_profile(schooled, age), known["high_school"][[0, 8, 43, 43]])
    mixed = LifeParameters(no_high_school=0.5, college=0.5, profile_scale=2.0)
    np.testing.assert_allclose(pay_profile(mixed, age), (known["no_high_school"] + known["college"])[[0, 8, 43, 43]])
    assert (pay_profile(LifeParameters(profile_scale=0.0), age) == 0.0).all()


def test_deaths_are_those_of_the_life_table(year):
    world, months = year
    ages = age_table(LifeParameters())
    expected = died = variance = 0.0
    for before, after, moves in months:
        at = ages[before["age"] + 1]
        hazard = np.where(before["sex"] == 1, at["death_female"], at["death_male"])
        expected, variance = expected + hazard.sum(), variance + (hazard * (1 - hazard)).sum()
        died += int((after["exit"] == Exit.DEATH).sum())
        assert moves.deaths == pytest.approx((after["exit"] == Exit.DEATH).sum() * world.people.weight[0])
    assert abs(died - expected) < 4 * np.sqrt(variance)


def test_participants_change_jobs_and_cash_out_as_published(year):
    _, months = year
    savers = left = cashed = 0
    for before, after, _ in months:
        saving = (before["deferral_points"] > 0.0) & (before["status"] == Status.EMPLOYED) & (before["plan_core"] > 0.0)
        gone = saving & (after["tenure"] == 0) & (after["status"] != Status.RETIRED) & (after["exit"] != Exit.DEATH)
        savers += saving.sum() / 12
        left += gone.sum()
        cashed += (gone & (after["exit"] == Exit.CASH_OUT)).sum()
    assert left / savers == pytest.approx(0.22, abs=0.03)  # EBRI 2017
    assert cashed / left == pytest.approx(0.31, abs=0.06)  # EBRI 2017


def test_entrants_take_the_seats_of_the_dead(year):
    people = year[0].people
    first = np.flatnonzero(people.generation > 0)
    assert first.size > 100
    assert (people.age[first] <= 23 * 12).all()
    assert people.total(1.0) == pytest.approx(250e6, rel=1e-12)
    assert (people.trust_points[first] > 0.0).any()


def test_workers_claim_social_security_between_67_and_70(year):
    people = year[0].people
    working = (people.status == Status.EMPLOYED) & (people.earnings_years >= 10)
    claimed, past = people.benefit > 0.0, working & (people.age >= 67 * 12) & (people.age < 70 * 12)
    assert not (working & claimed & (people.age < 67 * 12)).any()
    assert claimed[working & (people.age >= 70 * 12)].all()
    assert 0.05 < claimed[past].mean() < 0.8


def test_accounts_rest_with_a_kind_of_plan(year):
    people = year[0].people
    assert (people.plan[people.plan_core > 0.0] != Plan.NONE).all()
    assert (people.employer[people.status == Status.EMPLOYED] >= 0).all()
    assert (people.deferral_points[people.status != Status.EMPLOYED] == 0.0).all()


def test_heads_are_the_persons_employed(year):
    world, _ = year
    world.clock.tick()
    world.rules[0].live(world.people, world.sponsors, world.clock, world.economy, world.books)
    working = world.people.status == Status.EMPLOYED
    assert world.sponsors.headcount.sum() == pytest.approx(world.people.total(working), rel=1e-12)


def test_the_same_luck_whatever_the_accounts_hold():
    """Twice the balances change cash-outs and rollovers, and nothing of pay, jobs, deaths or benefits."""
    poor, rich = (SaversWorld(Scenario(participants=800, seed=6)) for _ in range(2))
    rich.people.plan_core[:] *= 2.0
    for _ in range(24):
        poor.step(), rich.step()
    for name in ("age", "sex", "generation", "status", "employer", "tenure", "salary", "benefit", "deferral_points"):
        assert np.array_equal(getattr(poor.people, name), getattr(rich.people, name)), name
    assert not np.array_equal(poor.people.plan, rich.people.plan), "balances moved no cash-out or rollover"


def test_hazards_compose_to_the_year():
    assert (1 - monthly(np.array([0.0, 0.2, 1.0]))) ** 12 == pytest.approx([1.0, 0.8, 0.0])
    assert step(np.array([1.0, 25.0, 26.0]), np.array([22, 25]), np.array([5.0, 7.0])).tolist() == [5.0, 7.0, 7.0]
