"""How deep is the market, as whoever trades measures it, and what thins it?

    book          makers' quotes within 1 % (one side) and 2 % (both), by share of supply and in USD at 1.25 trillion
    elasticity    slope of log depth on log volatility of the last 20 days
    slope         the same as the book, with those who would trade at another price without quoting one
    venues        depth after the failure of a leading venue, and how it returns
    costs         Amihud's measure and the spread that trading volume and volatility imply

Run it with

    python -m experiments.studies.market_depth [--seeds 12]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from abm.crypto_market.liquidity import amihud, quoted_spread
from abm.scenario import Scenario
from experiments.labs.market_lab import DayShock, MarketLab
from experiments.validation.scorecard import Verdict, judge_sample, load_targets, mean_interval, print_scorecard, save

VALUE_USD = 1.25e12
"""Market value at which published depth is compared."""
STRUCK = 360
"""Day on which a venue fails."""


def of_one(seed: int, days: int) -> dict[str, float]:
    """Every figure of one market."""
    market = MarketLab(Scenario(seed=seed))
    found = market.run(days)
    p = market.scenario.parameters.crypto_market
    supply = p.supply + p.issuance * np.arange(1, days + 1)  # before the next halving, a bound of 2 % after it
    share = (found["depth_usd"] / (found["price"] * supply)).to_numpy()
    volatility = found["log_return"].rolling(20).std().shift(1)
    seen = volatility.notna()
    elasticity = np.polyfit(np.log(volatility[seen]), np.log(share[seen]), 1)[0]
    prices = np.append(p.start_price, found["price"])
    return {
        "depth_usd": float(np.median(share)) * VALUE_USD / 1e6,
        "depth_two_percent": 100.0 * 4.0 * float(np.median(share)),
        "depth_elasticity": float(elasticity),
        "slope_usd": float(np.median(found["slope_usd"] / (found["price"] * supply))) * VALUE_USD / 1e6,
        "amihud": amihud(prices, found["volume_usd"].to_numpy()),
        "spread": quoted_spread(found["volatility"].to_numpy(), found["volume_usd"].to_numpy(), p.liquidity),
        "turnover_percent": 100.0 * float((found["volume_usd"] / (found["price"] * supply)).median()),
        **after_failure(seed),
    }


def after_failure(seed: int) -> dict[str, float]:
    """Depth in coins after a leading venue fails, % of the same days without it."""
    struck, plain = (MarketLab(Scenario(seed=seed)) for _ in range(2))
    days = STRUCK + 90
    hit = struck.run(days, shocks=[DayShock(STRUCK, "venue_failure", 1.0)])
    base = plain.run(days)
    left = 100.0 * (hit["depth_usd"] / hit["price"]) / (base["depth_usd"] / base["price"])
    return {f"failure_day_{day}": float(left[STRUCK + day]) for day in (0, 10, 30, 60)}


def main(seeds: int = 12, days: int = 2_160, folder: Path = Path("results/studies/market_depth")) -> list[Verdict]:
    """Measure, print and keep."""
    found = pd.DataFrame([of_one(seed, days) for seed in range(1, seeds + 1)])
    targets = load_targets("market_flows")
    verdicts = [judge_sample(targets[name], found[name].to_numpy()) for name in found if name in targets]
    save(
        verdicts,
        folder,
        "Depth of the crypto market",
        f"{__doc__}\nMade by: python -m experiments.studies.market_depth --seeds {seeds}",
    )
    found.to_csv(folder / "markets.csv", index=False)
    print_scorecard(verdicts, "Depth of the crypto market")
    for name in found:
        low, high = mean_interval(found[name].to_numpy())
        print(f"{name:20s} {found[name].mean():10.3f}  [{low:.3f}, {high:.3f}]")
    return verdicts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Depth of the crypto market.")
    parser.add_argument("--seeds", type=int, default=12)
    main(parser.parse_args().seeds)
