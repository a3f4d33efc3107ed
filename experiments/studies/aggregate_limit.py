"""Do individuals converge to the aggregate limit as their number grows?

The same draws move markets of 200, 2 000 and 20 000 traders and one of 100 000, which stands for the limit. Distance is
the root mean square difference of daily returns over their standard deviation. What is private nets out as one over the
root of the *effective* number 1/Σ w², where w are shares of holdings: with Pareto sizes cut at 1 % of all coins it
grows more slowly than the count. The study tells distance, effective number, and the exponent between the two, which
theory puts at −1/2. Run it with

    python -m experiments.studies.aggregate_limit [--seeds 6] [--months 24]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.crypto_market.traders import found_traders
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH
from experiments.figures import log_axis
from experiments.labs.market_lab import MarketLab
from experiments.validation.scorecard import mean_interval

COUNTS, LIMIT = (200, 2_000, 20_000), 100_000


def returns(seed: int, traders: int, days: int) -> np.ndarray:
    """Daily log returns of one market, shape (days,)."""
    return MarketLab(Scenario(seed=seed).with_values({"market.traders": traders})).run(days)["log_return"].to_numpy()


def effective_number(seed: int, traders: int) -> float:
    """1/Σ w² over shares of holdings."""
    scenario = Scenario(seed=seed)
    p = scenario.parameters.crypto_market
    neutral = found_traders(traders, p.supply * 1e8, p.start_price, p.traders, scenario.draws).neutral
    return float(neutral.sum() ** 2 / np.sum(neutral**2))


def measure(seeds: int, months: int) -> pd.DataFrame:
    """One row a seed and count: distance from the limit, correlation with it, effective number."""
    rows = []
    for seed in range(1, seeds + 1):
        limit = returns(seed, LIMIT, months * DAYS_A_MONTH)
        for count in COUNTS:
            found = returns(seed, count, months * DAYS_A_MONTH)
            distance = float(np.sqrt(np.mean((found - limit) ** 2)) / limit.std())
            correlation = float(np.corrcoef(found, limit)[0, 1])
            rows.append((seed, count, effective_number(seed, count), distance, correlation))
    return pd.DataFrame(rows, columns=["seed", "traders", "effective", "distance", "correlation"])


def exponents(found: pd.DataFrame) -> np.ndarray:
    """Slope of log distance on log effective number, one a seed; the limit's own distance is allowed for.

    The stand-in for the limit has private luck too: squared distances are a/n + a/n_limit, so 1/n + 1/n_limit is what
    the distance is set against.
    """
    slopes = []
    for seed, part in found.groupby("seed"):
        apart = 1.0 / (1.0 / part["effective"] + 1.0 / effective_number(int(seed), LIMIT))
        slopes.append(np.polyfit(np.log(apart), np.log(part["distance"]), 1)[0])
    return np.array(slopes)


def picture(found: pd.DataFrame) -> Figure:
    """Distance against effective number, with a line of slope −1/2."""
    figure = Figure(figsize=(5, 4), layout="constrained")
    axis = figure.subplots()
    axis.plot(found["effective"], found["distance"], "o", color="#0072b2", markersize=4)
    middle = found.groupby("traders")[["effective", "distance"]].mean()
    ends = np.array([found["effective"].min(), found["effective"].max()])
    axis.plot(ends, middle["distance"].iloc[0] * np.sqrt(middle["effective"].iloc[0] / ends), color="#888888")
    axis.set(xlabel="effective number of traders", ylabel="distance from the limit, standard deviations")
    log_axis(axis, "x", (100, 200, 500, 1000, 2000))
    log_axis(axis, "y", (0.02, 0.03, 0.05, 0.1))
    return figure


def main(seeds: int = 6, months: int = 24, folder: Path = Path("results/studies/aggregate_limit")) -> pd.DataFrame:
    """Measure, print and keep."""
    folder.mkdir(parents=True, exist_ok=True)
    found = measure(seeds, months)
    found.to_csv(folder / "distances.csv", index=False)
    picture(found).savefig(folder / "aggregate_limit.png", dpi=120)
    print(found.groupby("traders")[["effective", "distance", "correlation"]].mean().round(4).to_string())
    slopes = exponents(found)
    low, high = mean_interval(slopes)
    print(f"exponent of distance in the effective number: {slopes.mean():.2f} [{low:.2f}, {high:.2f}], theory -0.50")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Individuals and their aggregate limit.")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--months", type=int, default=24)
    chosen = parser.parse_args()
    main(chosen.seeds, chosen.months)
