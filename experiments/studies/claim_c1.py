"""Claim C1: does retirement money steady the crypto market? Told as it comes out, channel by channel.

    inflow      20, 50, 100 billion USD a year bought whatever the price
    sleeve      2, 5, 10 % of all coins in funds that trade 1/30 of the gap to their target share a day, from the start
    value       consensus value grows 10 % a year, nobody buys from outside
    both        50 billion USD a year beside a sleeve of 5 %

Each treatment is a market that shares every draw with an untouched one of the same seed; ten years. Effects on
volatility, log kurtosis, one-day multiplier, makers' book in USD and in coins, and worst drawdown, with 95 % intervals
over the pairs. Two more rows show what two innocent-looking choices would build in: the pull of the *raw* gap between
price and value (a steady inflow keeps it open and makes everyone a value trader), and traders' cash tied to value
instead of price (a higher price starves buyers). Both are off in the model. Run it with

    python -m experiments.studies.claim_c1 [--seeds 12] [--years 10]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.scenario import Scenario
from experiments.durable import write_text
from experiments.effects import paired_effect
from experiments.labs.market_lab import MarketLab, Peek, Sleeves

BILLION, DAYS_A_YEAR = 1e9, 360
TRADERS = "parameters.crypto_market.traders."
RAW_GAP, CASH_BY_VALUE = {TRADERS + "gap_against_mean": False}, {TRADERS + "purse_follows_price": False}
SMALL = 0.0005


class Treatment(NamedTuple):
    """What is done to a market.

    Attributes:
        inflow: billion USD a year. sleeve: share of all coins, held by a fund from the start. drift: log a year.
        rules: scenario fields that treated and untouched markets both have.
    """

    inflow: float = 0.0
    sleeve: float = 0.0
    drift: float = 0.0
    rules: dict[str, object] = {}  # noqa: RUF012 never changed


TREATMENTS = {
    "inflow 20": Treatment(inflow=20.0),
    "inflow 50": Treatment(inflow=50.0),
    "inflow 100": Treatment(inflow=100.0),
    "sleeve 2 %": Treatment(sleeve=0.02),
    "sleeve 5 %": Treatment(sleeve=0.05),
    "sleeve 10 %": Treatment(sleeve=0.10),
    "value +10 %": Treatment(drift=float(np.log(1.1))),
    "inflow 50 and sleeve 5 %": Treatment(inflow=50.0, sleeve=0.05),
    "raw gap: inflow 50": Treatment(inflow=50.0, rules=RAW_GAP),
    "raw gap: inflow 100": Treatment(inflow=100.0, rules=RAW_GAP),
    "cash by value: inflow 50": Treatment(inflow=50.0, rules=CASH_BY_VALUE),
    "cash by value: inflow 100": Treatment(inflow=100.0, rules=CASH_BY_VALUE),
}
OUTCOMES = {
    "volatility": "points a year",
    "log_kurtosis": "log",
    "multiplier": "log price per share of value",
    "depth": "million USD per 1 %",
    "depth_coins": "coins per 1 %",
    "worst_drawdown": "share",
}


def live(seed: int, years: int, treatment: Treatment) -> dict[str, float]:
    """The outcomes of one market over its years."""
    scenario = Scenario(seed=seed).with_values({"market.drift": treatment.drift, **treatment.rules})
    coins = treatment.sleeve * scenario.parameters.crypto_market.supply
    market = MarketLab(scenario, sleeves=coins)
    sleeves = Sleeves()
    if coins:
        rest = coins * market.market.price * (1.0 - treatment.sleeve) / treatment.sleeve
        sleeves = Sleeves(np.array([rest]), np.array([treatment.sleeve]), np.array([True]))
    daily, multipliers = treatment.inflow * BILLION / DAYS_A_YEAR, []

    def flow(day: int, peek: Peek) -> tuple[float, float]:
        if day % 15 == 14:
            usd = SMALL * market.market.price * market.market.supply
            multipliers.append((peek(daily + usd, 0.0) - peek(daily, 0.0)) / SMALL)
        return daily, 0.0

    days = market.run(DAYS_A_YEAR * years, sleeves=sleeves, flow=flow)
    returns, price = days["log_return"].to_numpy(), days["price"].to_numpy()
    centred = returns - returns.mean()
    return {
        "volatility": 100.0 * float(returns.std() * np.sqrt(DAYS_A_YEAR)),
        "log_kurtosis": float(np.log(np.mean(centred**4) / np.mean(centred**2) ** 2)),
        "multiplier": float(np.median(multipliers)),
        "depth": float(days["depth_usd"].median()) / 1e6,
        "depth_coins": float((days["depth_usd"] / days["price"]).median()),
        "worst_drawdown": float(np.max(1.0 - price / np.maximum.accumulate(price))),
    }


def measure(seeds: int, years: int) -> pd.DataFrame:
    """One row a treatment, seed and outcome: `plain` and `treated`."""
    plain, rows = {}, []
    for name, treatment in TREATMENTS.items():
        for seed in range(1, seeds + 1):
            key = (tuple(treatment.rules), seed)
            if key not in plain:
                plain[key] = live(seed, years, Treatment(rules=treatment.rules))
            treated = live(seed, years, treatment)
            rows += [(name, seed, outcome, plain[key][outcome], treated[outcome]) for outcome in OUTCOMES]
    return pd.DataFrame(rows, columns=["treatment", "seed", "outcome", "plain", "treated"])


def effects(found: pd.DataFrame) -> pd.DataFrame:
    """Paired effects by treatment and outcome."""
    rows = []
    for (treatment, outcome), part in found.groupby(["treatment", "outcome"], sort=False):
        effect = paired_effect(part["plain"].to_numpy(), part["treated"].to_numpy())
        rows.append({"treatment": treatment, "outcome": outcome, "unit": OUTCOMES[outcome], **effect._asdict()})
    return pd.DataFrame(rows)


def reading(table: pd.DataFrame, seeds: int, years: int) -> str:
    """What the intervals say about volatility, treatment by treatment; nothing else is concluded."""
    lines = [f"Claim C1 over {seeds} pairs of {years} years. Effect on volatility, points a year:", ""]
    for row in table.query("outcome == 'volatility'").itertuples():
        said = "steadies" if row.high < 0 else ("unsettles" if row.low > 0 else "no effect that this sample can tell")
        lines.append(f"  {row.treatment:28s} {row.difference:+6.1f}  [{row.low:+.1f}, {row.high:+.1f}]  {said}")
    lines += ["", "Effect on the makers' book, coins per 1 % (in USD it follows the price of the coin):", ""]
    for row in table.query("outcome == 'depth_coins'").itertuples():
        lines.append(f"  {row.treatment:28s} {row.difference:+8.0f}  [{row.low:+.0f}, {row.high:+.0f}]")
    return "\n".join(lines) + "\n"


def picture(table: pd.DataFrame) -> Figure:
    """Effect and interval of every treatment, one panel an outcome."""
    figure = Figure(figsize=(14, 5), layout="constrained")
    names = list(TREATMENTS)
    for axis, outcome in zip(figure.subplots(1, len(OUTCOMES), sharey=True), OUTCOMES, strict=True):
        part = table.query("outcome == @outcome").set_index("treatment").loc[names]
        reach = np.array([part["difference"] - part["low"], part["high"] - part["difference"]])
        axis.errorbar(part["difference"], range(len(names)), xerr=reach, fmt="o", color="#0072b2", markersize=4)
        axis.axvline(0.0, color="#888888", linewidth=0.8)
        axis.set_yticks(range(len(names)), names)
        axis.set_xlabel(f"{outcome.replace('_', ' ')},\n{OUTCOMES[outcome]}", fontsize="small")
    axis.invert_yaxis()
    return figure


def main(seeds: int = 12, years: int = 10, folder: Path = Path("results/studies/claim_c1")) -> pd.DataFrame:
    """Measure, print and keep."""
    folder.mkdir(parents=True, exist_ok=True)
    found = measure(seeds, years)
    table = effects(found)
    found.to_csv(folder / "worlds.csv", index=False)
    table.to_csv(folder / "effects.csv", index=False)
    picture(table).savefig(folder / "claim_c1.png", dpi=120)
    text = reading(table, seeds, years)
    made = f"Made by: python -m experiments.studies.claim_c1 --seeds {seeds} --years {years}"
    write_text(folder / "README.txt", f"{__doc__}\n{made}\n\n{text}")
    print(text)
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Claim C1, by channel.")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--years", type=int, default=10)
    chosen = parser.parse_args()
    main(chosen.seeds, chosen.years)
