"""A day like 10 October 2025: bad news meets leverage while market makers step back.

The shocks of scenarios/october_2025.toml fall on the first day of their month, in markets that share every draw with
one in which nothing happens. Told are the fall of the price, the share of open interest liquidated, and what is left of
the makers' book a day, a month and two months later, as medians: a few markets collapse and would rule the mean. Then
the same day with half and with twice the leverage, with the book untouched, and without liquidations. Run it with

    python -m experiments.studies.october_2025 [--seeds 24]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.clock import ordinal
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH
from experiments import scenarios_folder
from experiments.labs.market_lab import MarketLab, median_interval
from experiments.validation.scorecard import Verdict, judge, load_targets, print_scorecard, save

AFTER = 75
"""Days told after the shock."""
VARIANTS: dict[str, dict[str, object]] = {
    "as it was": {},
    "leverage x 0.5": {"market.leverage": 0.5},
    "leverage x 1.5": {"market.leverage": 1.5},
    "leverage x 2": {"market.leverage": 2.0},
    "no liquidations": {"loops.liquidations": False},
    "book untouched": {"shocks": []},
}


def the_day(scenario: Scenario, seed: int, changes: dict[str, object]) -> pd.DataFrame:
    """Days around the shock, the first row the day before it, with the same days of the market without it.

    Columns: price, plain_price (USD), depth and plain_depth (coins within 1 %), liquidated (share of open interest).
    """
    values = {"seed": seed, **changes}
    if "shocks" in changes:
        values["shocks"] = [shock.model_dump() for shock in scenario.shocks if shock.kind != "liquidity"]
    struck = scenario.with_values(values)
    first = DAYS_A_MONTH * (ordinal(scenario.shocks[0].month) - ordinal(scenario.start))
    moved, plain = (MarketLab(world).run(first + AFTER) for world in (struck, struck.but(shocks=())))
    rows = slice(first - 1, first + AFTER)
    open_interest = moved["open_interest_coins"].shift(1)
    return pd.DataFrame(
        {
            "day": np.arange(-1, AFTER),
            "price": moved["price"][rows].to_numpy(),
            "plain_price": plain["price"][rows].to_numpy(),
            "depth": (moved["depth_usd"] / moved["price"])[rows].to_numpy(),
            "plain_depth": (plain["depth_usd"] / plain["price"])[rows].to_numpy(),
            "liquidated": _reached(moved, open_interest)[rows].to_numpy(),
        }
    )


def _reached(moved: pd.DataFrame, open_interest: pd.Series) -> pd.Series:
    """Share of one side's open interest whose liquidation price was passed, from what is left of it that evening."""
    lost = (open_interest - moved["open_interest_coins"]).clip(lower=0.0)
    return lost / (0.5 * open_interest)


def figures(days: pd.DataFrame) -> dict[str, float]:
    """The figures of one day, as in targets/market_flows.csv; depth against the same days without the shock."""
    depth = (days["depth"] / days["plain_depth"]).to_numpy()
    return {
        "october_fall": 100.0 * (days["price"][1] / days["price"][0] - 1.0),
        "october_liquidated": 100.0 * days["liquidated"][1],
        "depth_next_day": 100.0 * (depth[2] - 1.0),
        "october_depth_month": 100.0 * (depth[31] - 1.0),
        "october_depth_two_months": 100.0 * (depth[61] - 1.0),
        "price_day_5": 100.0 * (days["price"][6] / days["plain_price"][6] - 1.0),
        "price_day_20": 100.0 * (days["price"][21] / days["plain_price"][21] - 1.0),
    }


def measure(seeds: int) -> pd.DataFrame:
    """One row a variant, seed and figure."""
    scenario = Scenario.from_toml(scenarios_folder() / "october_2025.toml")
    rows = [
        {"variant": variant, "seed": seed, "figure": name, "value": value}
        for variant, changes in VARIANTS.items()
        for seed in range(1, seeds + 1)
        for name, value in figures(the_day(scenario, seed, changes)).items()
    ]
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Median with its 95 % interval, mean and extremes by variant and figure."""
    groups = found.groupby(["variant", "figure"], sort=False)["value"]
    ends = groups.apply(lambda values: median_interval(values.to_numpy()))
    columns = {"median": groups.median(), "low": ends.str[0], "high": ends.str[1], "mean": groups.mean()}
    return pd.DataFrame(columns | {"least": groups.min(), "most": groups.max()})


def picture(seeds: int) -> Figure:
    """Price and depth around the day, mean over seeds, against the same days without it."""
    scenario = Scenario.from_toml(scenarios_folder() / "october_2025.toml")
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for variant in ("as it was", "leverage x 2", "no liquidations"):
        paths = [the_day(scenario, seed, VARIANTS[variant]) for seed in range(1, seeds + 1)]
        price = np.median([path["price"] / path["plain_price"] for path in paths], axis=0)
        depth = np.median([path["depth"] / path["plain_depth"] for path in paths], axis=0)
        left.plot(paths[0]["day"], 100 * (price - 1), label=variant)
        right.plot(paths[0]["day"], 100 * (depth - 1), label=variant)
    left.set(xlabel="days since the shock", ylabel="price, % of the same market without it")
    right.set(xlabel="days since the shock", ylabel="makers' book, % of the same market without it")
    left.legend(frameon=False)
    return figure


def main(seeds: int = 24, folder: Path = Path("results/studies/october_2025")) -> list[Verdict]:
    """Measure, print and keep."""
    found = measure(seeds)
    day, targets = found.query("variant == 'as it was'"), load_targets("market_flows")
    verdicts = [
        judge(targets[name], float(values.median()), median_interval(values.to_numpy()), "median of the markets")
        for name, values in day.groupby("figure", sort=False)["value"]
        if name in targets
    ]
    save(
        verdicts,
        folder,
        "A day like 10 October 2025",
        f"{__doc__}\nMade by: python -m experiments.studies.october_2025 --seeds {seeds}",
    )
    found.to_csv(folder / "figures.csv", index=False)
    summary(found).to_csv(folder / "summary.csv")
    picture(min(seeds, 24)).savefig(folder / "october_2025.png", dpi=120)
    print_scorecard(verdicts, "A day like 10 October 2025")
    print(summary(found).round(1).to_string())
    return verdicts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A day like 10 October 2025.")
    parser.add_argument("--seeds", type=int, default=24)
    main(parser.parse_args().seeds)
