"""The study of the pension channel: the variance it splits, the years it sums."""

import numpy as np
import pandas as pd
import pytest

from abm.streams import normals, stream
from experiments.studies import pension_channel as study


def table(between, within, seeds=200, draws=8):
    """Outcomes by seed and draw with known standard deviations between and within seeds."""
    rows = normals(stream(3, "test.seeds"), np.arange(seeds), 0, 0)[:, None]
    cells = normals(stream(3, "test.cells"), np.arange(seeds * draws), 0, 0).reshape(seeds, draws)
    return between * rows + within * cells


@pytest.mark.parametrize(
    ("between", "within", "share"), [(1.0, 1.0, 0.5), (3.0, 1.0, 0.1), (0.0, 1.0, 1.0), (1.0, 0.0, 0.0)]
)
def test_the_providers_share_of_a_known_mixture_is_found(between, within, share):
    found = study.share_of_providers(table(between, within))
    assert found.share == pytest.approx(share, abs=0.06)
    assert found.low <= found.share <= found.high


def test_nothing_that_varies_has_no_share():
    assert np.isnan(study.share_of_providers(np.zeros((4, 3))).share)


def test_only_the_managers_luck_differs_within_a_seed():
    plan = study.design(seeds=2, draws=3, participants=300, traders=100, months=2)
    assert len(plan.worlds) == 3 * 3 * 2
    first = [w.scenario for w in plan.worlds if w.labels["seed"] == 1 and w.labels["policy.adoption_speed"] == "fast"]
    assert [scenario.luck.managers for scenario in first] == [1, 2, 3]
    assert len({scenario.but(luck={}).digest() for scenario in first}) == 1


def test_years_add_up_to_the_sum():
    months = pd.DataFrame({"month": ["2026-01", "2026-02", "2027-01"], "seed": 1})
    for column, value in zip(study.DOORS, (1e9, 2e9, 3e9, 4e9), strict=True):
        months[column] = value
    months["policy.adoption_speed"], months["luck.managers"] = "slow", 1
    years = study.by_year(study.inflows(months)).set_index(["door", "year"])["mean"]
    assert years["IRA", "2026"] == pytest.approx(8.0)
    assert years["plans, all doors", "sum"] == pytest.approx(18.0)
    assert years["plans, all doors", "2027"] == pytest.approx(6.0)


def test_holdings_are_those_of_the_last_month():
    worlds = pd.DataFrame({"month": ["2026-01", "2026-02"] * 2, "seed": [1, 1, 2, 2], "luck.managers": 1})
    worlds = worlds.assign(crypto_in_plans_usd=[9.0, 1.0, 9.0, 3.0], plan_assets_usd=100.0)
    worlds["policy.adoption_speed"] = "slow"
    assert study.holdings(worlds)[["median", "mean"]].to_numpy().tolist() == [[2.0, 2.0]]


def test_worlds_that_reach_the_public_estimate_are_counted():
    """Sums over years and doors of 40, 87 and 100 at one speed, 10 at another."""
    rows = [("fast", 1, 1, 40.0), ("fast", 1, 2, 87.0), ("fast", 2, 1, 100.0), ("slow", 1, 1, 10.0)]
    flows = pd.DataFrame(rows, columns=["speed", "seed", "managers", "billion"]).assign(door="plans, all doors")
    halves = pd.concat([flows.assign(year=year, billion=flows["billion"] / 2) for year in (2026, 2027)])
    others = halves.assign(door="IRA", billion=1e3)
    found = study.reaching(pd.concat([halves, others])).set_index("speed")
    assert found.loc["fast"].tolist() == [2, 3]
    assert found.loc["slow"].tolist() == [0, 1]
