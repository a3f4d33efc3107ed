"""The market by itself: paired draws, days one at a time, shocks on any day, and what the studies make of them."""

import numpy as np
import pytest

from abm.scenario import Scenario
from experiments.labs.market_lab import DayShock, MarketLab, Sleeves, median_interval
from experiments.studies import aggregate_limit, claim_c1, flow_response, october_2025


def lab(seed=1, traders=200, accounts=0.0, sleeves=0.0, **values):
    scenario = Scenario(seed=seed).with_values({"market.traders": traders, **values})
    return MarketLab(scenario, accounts=accounts, sleeves=sleeves)


def test_days_one_at_a_time_are_the_month_and_looking_ahead_changes_nothing():
    """Peeking trades the day, with and without a flow, and puts everything back bit for bit."""
    seen = []

    def look(day, peek):
        seen.append((peek(0.0, 0.0), peek(1e9, 0.0)))
        return 0.0, 0.0

    whole, by_day = lab().run(90), lab().run(90, flow=look)
    assert whole.equals(by_day)
    alone, pushed = np.array(seen).T
    assert np.array_equal(alone[1:], whole["log_return"].to_numpy()[1:]) or np.allclose(alone, whole["log_return"])
    assert (pushed > alone).all()


def test_days_are_cut_and_the_lab_goes_on_with_the_next_month():
    market = lab()
    assert len(market.run(45)) == 45
    assert market.clock.month == 1
    assert market.run(1)["log_return"].notna().all()


def test_purchases_raise_and_sales_lower_the_price_on_their_days_only():
    plain, bought, sold = (lab(accounts=50_000.0) for _ in range(3))
    usd = np.zeros(60)
    usd[40:50] = 5e8
    base = plain.run(60)["log_price"]
    gained = bought.run(60, usd=usd)["log_price"] - base
    lost = sold.run(60, coins=usd / 1e5)["log_price"] - base
    assert not gained[:40].any()
    assert not lost[:40].any()
    assert (gained[40:50] > 0.0).all()
    assert (lost[40:50] < 0.0).all()


def test_liquidity_shock_takes_its_share_of_depth_and_it_returns():
    """Depth in coins on the day itself, and venues_open of the days after: 1 − 0.7 · 0.955^days."""
    plain, struck = lab(), lab()
    base = plain.run(90)
    thin = struck.run(90, shocks=[DayShock(50, "liquidity", 0.7)])
    assert base[:50].equals(thin[:50])
    left = (thin["depth_usd"] / thin["price"]) / (base["depth_usd"] / base["price"])
    assert left[50] == pytest.approx(0.3, rel=1e-3)
    assert left[89] > 0.7
    assert lab().run(60, shocks=[DayShock(20, "liquidity", 0.0)]).equals(lab().run(60))


@pytest.mark.parametrize("kind", ["news", "equity"])
def test_news_and_stocks_move_the_price_on_the_day_they_come(kind):
    moved = lab().run(60, shocks=[DayShock(45, kind, -0.1)])["log_price"] - lab().run(60)["log_price"]
    assert not moved[:45].any()
    assert moved[45] < -0.04


def test_what_stocks_return_on_average_is_no_news():
    """A world in which stocks grow faster gives crypto the same prices, bit for bit."""
    assert lab(**{"parameters.returns.equity_return_shift": 0.05}).run(60).equals(lab().run(60))


def test_sleeve_that_owns_its_share_at_the_start_trades_nothing_at_once():
    coins, weight = 400_000.0, 0.02
    market = lab(sleeves=coins)
    rest = coins * market.market.price * (1.0 - weight) / weight
    market.run(30, sleeves=Sleeves(np.array([rest]), np.array([weight]), np.array([True])))
    assert market.market.accounts_coins / 1e8 == pytest.approx(coins, rel=0.2)
    assert market.market.accounts_coins / 1e8 != coins


def test_sale_that_takes_the_price_down_is_the_sale_that_does():
    """Carry out the recorded sale on the last day of a paired month: the price is lower by its 1 or 2 %."""
    for share, name in ((0.01, "sale_1_usd"), (0.02, "sale_2_usd")):
        plain = lab(accounts=200_000.0)
        price, usd = plain.run(30)["price"].iloc[-1], getattr(plain.trades, name)
        coins = np.zeros(30)
        coins[29] = usd / (price * (1.0 - 0.5 * share))
        moved = lab(accounts=200_000.0).run(30, coins=coins)["price"].iloc[-1]
        assert moved / price == pytest.approx(1.0 - share, abs=2e-5)


def test_median_interval_by_order_statistics():
    """Of six values the extremes hold the median with probability 1 − 2/64 = 0.969; five are too few."""
    assert median_interval(np.array([3.0, 1.0, 2.0, 6.0, 5.0, 4.0])) == (1.0, 6.0)
    assert np.isnan(median_interval(np.arange(5.0))).all()
    rng = np.random.default_rng(1)
    held = [low <= 0.0 <= high for low, high in (median_interval(rng.standard_cauchy(25)) for _ in range(2_000))]
    assert 0.945 < np.mean(held) < 0.985


def test_regression_on_flows_that_chase_returns_lies_above_the_truth():
    pairs = np.array([flow_response.chased(seed, 720) for seed in range(1, 5)])
    assert (pairs[:, 0] / pairs[:, 1]).mean() > 1.0


def test_response_to_a_flow_starts_at_the_fast_multiplier():
    first = np.mean([flow_response.response(seed, 0.002, 1, 5)[0] for seed in range(1, 9)])
    assert 35.0 < first < 75.0


def test_the_day_of_october_is_worse_with_twice_the_leverage():
    scenario = Scenario.from_toml(october_2025.scenarios_folder() / "october_2025.toml")
    fall = {
        name: np.median(
            [
                october_2025.figures(october_2025.the_day(scenario, seed, october_2025.VARIANTS[name]))["october_fall"]
                for seed in range(1, 8)
            ]
        )
        for name in ("as it was", "leverage x 2", "book untouched")
    }
    assert fall["leverage x 2"] < fall["as it was"] - 5.0
    assert fall["as it was"] < fall["book untouched"]


def test_claim_c1_writes_what_it_found(tmp_path, monkeypatch):
    """Two treatments on two short pairs: the placebo has no effect at all, the sleeve has some."""
    treatments = {"nothing": claim_c1.Treatment(), "sleeve": claim_c1.Treatment(sleeve=0.1)}
    monkeypatch.setattr(claim_c1, "TREATMENTS", treatments)
    table = claim_c1.main(seeds=2, years=1, folder=tmp_path).set_index(["treatment", "outcome"])
    assert (table.loc["nothing", "difference"] == 0.0).all()
    assert table.loc[("sleeve", "volatility"), "difference"] != 0.0
    assert {path.name for path in tmp_path.iterdir()} == {"README.txt", "claim_c1.png", "effects.csv", "worlds.csv"}


def test_exponent_of_the_distance_from_the_limit_on_made_up_distances():
    """Distances that follow the law exactly give its exponent."""
    limit = aggregate_limit.effective_number(1, aggregate_limit.LIMIT)
    effective = np.array([100.0, 500.0, 1500.0])
    found = aggregate_limit.pd.DataFrame(
        {"seed": 1, "effective": effective, "distance": np.sqrt(1.0 / effective + 1.0 / limit)}
    )
    assert aggregate_limit.exponents(found) == pytest.approx([-0.5])
