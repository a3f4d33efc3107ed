"""The starting population against published figures, and what must not depend on who else lives."""

from __future__ import annotations

import numpy as np
import pytest

from abm.data import table
from abm.model import RetirementModel
from abm.participants.raking import fit
from abm.participants.traits import TraitParameters, Traits
from abm.scenario import Scenario
from abm.vocabulary import Plan, Status
from tests.participants.savers import SaversWorld


@pytest.fixture(scope="module", params=[1, 2])
def country(request):
    return SaversWorld(Scenario(participants=20_000, seed=request.param)).people


def holders(people):
    return (people.plan == Plan.K401) & (people.plan_core > 0.0)


def total(people, balance, rows):
    return float(np.dot(people.weight[rows], balance[rows]))


def test_rows_stand_for_all_adults(country):
    assert country.total(1.0) == pytest.approx(250e6, rel=1e-12)
    assert country.age.min() >= 22 * 12


@pytest.mark.parametrize("rows", [400, 1_501])
@pytest.mark.parametrize("seed", [3, 4])
def test_national_totals_are_exact_for_any_seed_and_size(rows, seed):
    people = SaversWorld(Scenario(participants=rows, seed=seed)).people
    assert total(people, people.plan_core, people.plan == Plan.K401) == pytest.approx(10.0e12, rel=1e-9)
    assert total(people, people.plan_core, people.plan == Plan.B403) == pytest.approx(1.6e12, rel=1e-9)
    assert total(people, people.ira_core, people.ira_core > 0) == pytest.approx(18.9e12, rel=1e-9)


def test_national_totals_are_exact_at_full_size(country):
    held = {
        "401(k)": (country.plan_core, country.plan == Plan.K401, 10.0e12),
        "403(b)": (country.plan_core, country.plan == Plan.B403, 1.6e12),
        "IRA": (country.ira_core, country.ira_core > 0.0, 18.9e12),
    }
    for name, (balance, rows, published) in held.items():
        assert total(country, balance, rows) == pytest.approx(published, rel=1e-9), name


def test_mean_and_median_balance_are_vanguards(country):
    balance = country.plan_core[holders(country)]
    assert balance.mean() == pytest.approx(148_153, rel=0.05)
    assert np.median(balance) == pytest.approx(38_176, rel=0.10)


def test_every_age_group_is_vanguards(country):
    published, age = table("balances_by_age"), country.age / 12
    group = np.searchsorted(published["from_age"], age, side="right") - 1
    for g in range(6):
        balance = country.plan_core[holders(country) & (group == g)]
        assert balance.mean() == pytest.approx(published["mean_usd"][g], rel=0.05)
        assert np.median(balance) == pytest.approx(published["median_usd"][g], rel=0.10)


def test_workers_and_savers_look_like_the_country(country):
    working = country.status == Status.EMPLOYED
    saving = working & (country.deferral_points > 0.0)
    drawing = country.benefit > 0.0
    assert np.average(country.deferral_points[saving]) / 1e4 == pytest.approx(0.077, abs=0.003)
    assert np.median(country.salary[saving]) == pytest.approx(89_000, rel=0.05)
    assert total(country, country.salary, working) == pytest.approx(11.84e12, rel=0.05)
    assert country.benefit[drawing].mean() == pytest.approx(2_071, rel=0.06)
    assert np.median(country.age[holders(country)]) / 12 == pytest.approx(43, abs=3)


def test_a_saver_more_changes_nobody_else():
    few = SaversWorld(Scenario(participants=600, seed=5), sponsors_for=600)
    more = SaversWorld(Scenario(participants=601, seed=5), sponsors_for=600)
    for _ in range(13):
        few.step(), more.step()
        for name in (
            "age",
            "sex",
            "ability",
            "salary",
            "status",
            "employer",
            "tenure",
            "generation",
            "benefit",
            "trust_points",
        ):
            assert np.array_equal(getattr(few.people, name), getattr(more.people, name)[:-1]), name


def test_a_saver_takes_at_most_a_hundred_bytes():
    people = RetirementModel(Scenario(participants=5_000)).people
    assert people.records.nbytes + people.sparse.nbytes <= 100 * len(people)


@pytest.mark.parametrize("rows", [1, 2, 10, 50])
def test_tiny_worlds_live(rows):
    world = SaversWorld(Scenario(participants=rows, seed=1))
    for _ in range(14):
        world.step()
    assert np.isfinite(world.people.plan_core).all()
    assert np.isfinite(world.people.ira_core).all()


def test_raking_recovers_published_moments_from_another_distribution():
    age = np.linspace(22.1, 90.0, 6_000)
    lived = 50_000.0 * np.exp(np.sin(np.arange(6_000)) * 1.4)
    raked = fit(lived, age).apply(lived, age)
    published = table("balances_by_age")
    group = np.searchsorted(published["from_age"], age, side="right") - 1
    for g in range(6):
        assert np.median(raked[group == g]) == pytest.approx(published["median_usd"][g], rel=1e-3)
        assert raked[group == g].mean() == pytest.approx(published["mean_usd"][g], rel=2e-2)
    inside = group == 3
    assert np.array_equal(np.argsort(lived[inside][:5]), np.argsort(raked[inside][:5]))


def test_another_seed_is_another_population():
    one, other = (SaversWorld(Scenario(participants=300, seed=seed)).people for seed in (1, 2))
    assert not np.array_equal(one.age, other.age)


def test_traits_follow_gallup_and_the_census(country):
    age = country.age / 12
    for sex, start, stop, share in ((0, 22, 50, 0.25), (0, 50, 200, 0.12), (1, 22, 50, 0.08), (1, 50, 200, 0.09)):
        cell = (country.sex == sex) & (age >= start) & (age < stop)
        assert country.outside[cell].mean() == pytest.approx(share, abs=3 * np.sqrt(share / cell.sum()))
    assert country.trust_points.mean() / 1e4 == pytest.approx(0.45, abs=0.01)
    traits = Traits(TraitParameters(), 1)
    assert traits.turnout(country)[age >= 65].max() == pytest.approx(0.747, abs=1e-6)
    assert (traits.lean(country) > 2.9).mean() == pytest.approx(0.43, abs=0.015)


@pytest.mark.slow
def test_thirty_years_leave_the_country_what_it_was():
    """On mean returns, with limits and money in wage units: the start is close to its own steady state."""
    dials = {"parameters.returns.volatility_scale": 0.0, "parameters.payroll.limits_follow_wages": 1.0}
    world = SaversWorld(Scenario(participants=20_000, seed=1).with_values(dials))
    people = world.people

    def picture():
        mean = people.plan_core[holders(people)].mean() / world.economy.wage_index
        return mean, (people.deferral_points[people.status == Status.EMPLOYED] > 0.0).mean()

    balance, coverage = picture()
    for _ in range(360):
        world.step()
    later_balance, later_coverage = picture()
    assert later_balance == pytest.approx(balance, rel=0.10)
    assert later_coverage == pytest.approx(coverage, abs=0.015)
