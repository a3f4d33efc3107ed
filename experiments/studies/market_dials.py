"""Does each dial of the market do what it says? The dial beside what is measured, with 95 % intervals over seeds.

    fast multiplier   median one-day multiplier of a flow of 0.05 % of value in the middle fifth of volatility
    slow multiplier   log price per share of value, 250 days after shares were bought over 60 days
    leverage          mean open interest of a side, as a multiple of that of the same market at a dial of 1
    volatility        standard deviation of daily returns, a year
    drift             growth of consensus value a year above that of the same market at a drift of 0

Run it with

    python -m experiments.studies.market_dials [--seeds 12]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.studies.flow_response import LASTING, by_condition, conditions, lab, response
from experiments.validation.scorecard import mean_interval

DAYS_A_YEAR = 360
SETTINGS = {
    "fast_multiplier": (28.0, 53.0, 90.0),
    "slow_multiplier": (5.0, 13.0, 30.0, 60.0),
    "leverage": (0.5, 1.0, 1.5),
    "volatility": (0.45, 0.64, 0.9),
    "drift": (-0.2, 0.0, 0.2),
}


def measured(dial: str, setting: float, seed: int, years: int) -> float:
    """One dial on one seed."""
    days = years * DAYS_A_YEAR
    if dial == "fast_multiplier":
        return float(by_condition(conditions(seed, days, every=15, fast_multiplier=setting))["median"].iloc[0])
    if dial == "slow_multiplier":
        return float(response(seed, LASTING, 60, 260, slow_multiplier=setting)[250])
    told, plain = lab(seed, **{dial: setting}).run(days), lab(seed).run(days)
    if dial == "leverage":
        return float(told["open_interest_coins"].mean() / plain["open_interest_coins"].mean())
    if dial == "drift":
        return float(told["log_value"].iloc[-1] - plain["log_value"].iloc[-1]) / years
    return float(told["log_return"].std() * np.sqrt(DAYS_A_YEAR))


def measure(seeds: int, years: int) -> pd.DataFrame:
    """One row a dial, setting and seed."""
    rows = [
        (dial, setting, seed, measured(dial, setting, seed, years))
        for dial, settings in SETTINGS.items()
        for setting in settings
        for seed in range(1, seeds + 1)
    ]
    return pd.DataFrame(rows, columns=["dial", "setting", "seed", "measured"])


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Mean and interval by dial and setting, and how far off the mean is."""
    groups = found.groupby(["dial", "setting"], sort=False)["measured"]
    ends = groups.apply(lambda values: mean_interval(values.to_numpy()))
    table = pd.DataFrame({"measured": groups.mean(), "low": ends.str[0], "high": ends.str[1]}).reset_index()
    gap, scale = table["measured"] - table["setting"], table["setting"].abs()
    table["off_percent"] = 100.0 * gap / scale.where(scale > 0.0)
    return table


def picture(table: pd.DataFrame) -> Figure:
    """Measured against the dial, one panel each."""
    figure = Figure(figsize=(14, 3.2), layout="constrained")
    for axis, dial in zip(figure.subplots(1, len(SETTINGS)), SETTINGS, strict=True):
        part = table.query("dial == @dial")
        reach = [part["measured"] - part["low"], part["high"] - part["measured"]]
        axis.plot(part["setting"], part["setting"], color="#888888", linewidth=0.8)
        axis.errorbar(part["setting"], part["measured"], reach, fmt="o", color="#0072b2", markersize=4)
        axis.set(xlabel=dial.replace("_", " "), ylabel="measured")
    return figure


def main(seeds: int = 12, years: int = 6, folder: Path = Path("results/studies/market_dials")) -> pd.DataFrame:
    """Measure, print and keep."""
    folder.mkdir(parents=True, exist_ok=True)
    found = measure(seeds, years)
    table = summary(found)
    found.to_csv(folder / "measured.csv", index=False)
    table.to_csv(folder / "dials.csv", index=False)
    picture(table).savefig(folder / "market_dials.png", dpi=120)
    print(table.round(2).to_string(index=False))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The market's dials, measured.")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--years", type=int, default=6)
    chosen = parser.parse_args()
    main(chosen.seeds, chosen.years)
