"""Outcomes: worked examples, identities between groups and the country, what a group hides and shows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from abm.participants import outcomes
from abm.participants.outcome_groups import MEASURES, by_group
from abm.participants.outcomes import OutcomeParameters, gini, median, spread
from abm.vocabulary import Status
from tests.worlds import run

P = OutcomeParameters()
NOW = SimpleNamespace(price_index=1.0, yearly_inflation=0.02)


def people(**columns) -> SimpleNamespace:
    """Three retirees of 68 who retired three years ago on 60 000 USD, unless said otherwise."""
    base = {
        "weight": 1.0, "age": 68 * 12, "status": int(Status.RETIRED), "salary": 60_000.0, "tenure": 36,
        "benefit": 2_000.0, "plan_core": 0.0, "plan_crypto": 0.0, "ira_core": 0.0,
        "ira_crypto": 0.0, "earnings_sum": 35.0 * 50_000.0, "earnings_years": 35,
    }  # fmt: skip
    return SimpleNamespace(**{name: np.full(3, value) * np.ones(3) for name, value in (base | columns).items()})


def test_replacement_by_pillar_of_a_worked_example():
    """24 000 of benefits, 5.5 % of 100 000 and of 200 000 (0.5 coins of 80 000 among it), on 60 000 USD of pay."""
    seen = outcomes.measure(people(plan_core=100_000.0, ira_core=160_000.0, ira_crypto=0.5), 80_000.0, NOW, P)
    assert seen.social_security == pytest.approx(0.4)
    assert seen.plan == pytest.approx(5_500.0 / 60_000.0)
    assert seen.ira == pytest.approx(11_000.0 / 60_000.0)
    assert seen.replacement == pytest.approx(40_500.0 / 60_000.0)
    assert seen.shortfall == 1.0
    assert outcomes.measure(people(benefit=3_500.0), 1.0, NOW, P).shortfall == 0.0


def test_final_pay_follows_prices_since_retirement_within_the_run():
    later = SimpleNamespace(price_index=1.02**5, yearly_inflation=0.02)
    grown = outcomes.retirees(people(), 1.0, later, P).final_pay
    assert grown == pytest.approx(60_000.0 * 1.02**3)
    before = outcomes.retirees(people(tenure=300), 1.0, later, P).final_pay
    assert before == pytest.approx(60_000.0 * 1.02**5)


def test_only_those_retired_at_67_to_71_who_had_pay_are_asked():
    for other in ({"age": 66 * 12}, {"age": 72 * 12}, {"status": int(Status.EMPLOYED)}, {"salary": 0.0}):
        assert outcomes.retirees(people(**other), 1.0, NOW, P).rows.size == 0
        assert outcomes.measure(people(**other), 1.0, NOW, P).replacement == 0.0


def test_spread_of_worked_examples():
    assert gini(np.ones(5), np.ones(5)) == pytest.approx(0.0, abs=1e-12)
    assert gini(np.array([0.0, 0.0, 0.0, 1.0]), np.ones(4)) == pytest.approx(0.75)
    assert gini(np.arange(1.0, 5.0), np.ones(4)) == pytest.approx(0.25)
    values = np.ones(1_000)
    values[-10:] = 100.0  # one in a hundred holds 1 000 of 1 990
    assert spread(values, np.ones(1_000))[1:] == pytest.approx((1_000 / 1_990, (1_000 + 90) / 1_990))
    assert spread(np.zeros(4), np.ones(4)) == (0.0, 0.0, 0.0)


def test_weights_count_as_so_many_equal_persons():
    rng = np.random.default_rng(1)
    values, weights = rng.lognormal(size=60), rng.integers(1, 5, 60)
    copies = np.repeat(values, weights)
    assert spread(values, weights.astype(float)) == pytest.approx(spread(copies, np.ones(copies.size)), rel=1e-9)
    assert median(values, weights) == median(copies, np.ones(copies.size))


@pytest.fixture(scope="module")
def world():
    return run(months=12)


def test_groups_of_a_kind_add_up_to_the_country(world):
    table = world.records.tables()["outcomes"]
    assert set(table["measure"]) == set(MEASURES)
    assert set(table["kind"]) == {"all", "cohort", "sex", "plan_size", "decile"}
    assert (table["n"] > 0).all()
    assert (table["month"] == "2026-12").all()
    for measure in ("wealth_mean", "wealth_65_mean", "shortfall_share"):
        rows = table[table["measure"] == measure]
        whole = rows[rows["kind"] == "all"].iloc[0]
        for kind in ("cohort", "sex", "decile"):
            parts = rows[rows["kind"] == kind]
            assert parts["n"].sum() == whole["n"]
            assert np.average(parts["value"], weights=parts["n"]) == pytest.approx(whole["value"], rel=1e-9)


def test_headlines_are_the_countrys_rows(world):
    table, month = world.records.tables()["outcomes"], world.records.latest()
    whole = table[table["kind"] == "all"].set_index("measure")["value"]
    names = {"replacement_median": "replacement_rate_median", "wealth_65_mean": "wealth_65"}
    for measure in ("gini", "top_1_share", "top_10_share", "replacement_median", "replacement_social_security",
                    "replacement_plan", "replacement_ira", "shortfall_share", "wealth_65_mean"):  # fmt: skip
        assert month[names.get(measure, measure)] == pytest.approx(whole[measure], rel=1e-12)


def test_a_user_with_a_single_saver_gets_a_table_too():
    world = run(participants=1, months=12)
    table = world.records.tables()["outcomes"]
    assert np.isfinite(table["value"]).all()
    rows = by_group(world.people, world.sponsors, 1.0, world.economy, world.clock, P)
    assert {row.kind for row in rows} >= {"all", "decile"}
