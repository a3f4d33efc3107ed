"""What a flow of money does to the price: on its day, in weeks, after a year; and what a regression would make of it.

    one day      multiplier of a flow of 0.05 % of value by the market's volatility that day (calm, median, stress)
    fade         log price per share of value at 0 … 500 days after a one-day flow
    lasting      log price that is left 250 days after shares of value were bought over 60 days, at four dials
    metaorders   response to purchases of 0.1, 0.4 and 1.6 % of value over 5 days, and its exponent in size
    regression   OLS of daily returns on daily flows that chase returns, against the true response of the same days

Every figure is a difference of two markets that share every draw. Shares of value are counted at the price of their
day, which is the share of coins bought. Run it with

    python -m experiments.studies.flow_response [--seeds 24]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.scenario import Scenario
from experiments.figures import log_axis
from experiments.labs.market_lab import MarketLab, Peek
from experiments.validation.scorecard import Verdict, judge_sample, load_targets, mean_interval, print_scorecard, save

CALM_IN = 180
"""Days before anything is done to a market."""
HORIZONS = np.array([0, 1, 5, 20, 60, 120, 250, 500])
SLOW_DIALS = (5.0, 13.0, 30.0, 60.0)
ORDER_SIZES = (0.001, 0.004, 0.016)
SMALL, LASTING = 0.0005, 0.02
CHASE_TODAY, CHASE_NEXT, FLOW_NOISE = 0.0008, 0.004, 0.00015
"""Flow per return of the same and of the last day, and its own noise, as shares of value: next-day chasing and the
spread of US spot ETF flows 2024–26; chasing within the day is assumed, so small that it explains 3 % of flows."""


class Responses(NamedTuple):
    """Everything measured, one row a seed and figure.

    Attributes:
        conditions: seed, day, volatility, multiplier. fade: seed, horizon, response. lasting: dial, seed, level.
        orders: size, seed, horizon, response. regression: seed, ols, true.
    """

    conditions: pd.DataFrame
    fade: pd.DataFrame
    lasting: pd.DataFrame
    orders: pd.DataFrame
    regression: pd.DataFrame


def lab(seed: int, **dials: float) -> MarketLab:
    """A market of one seed under some dials."""
    return MarketLab(Scenario(seed=seed).with_values({f"market.{name}": value for name, value in dials.items()}))


def response(seed: int, share: float, over: int, days: int, **dials: float) -> np.ndarray:
    """Difference of log price per share of value bought, from the first day of a purchase on, shape (days,).

    Args:
        share: of value at the start, bought in equal parts of USD. over: days that the purchase takes.
    """
    base, moved = lab(seed, **dials), lab(seed, **dials)
    plain = base.run(CALM_IN + days)
    usd = np.zeros(CALM_IN + days)
    usd[CALM_IN : CALM_IN + over] = share * plain["price"][CALM_IN - 1] * base.market.supply / over
    other = moved.run(CALM_IN + days, usd=usd)
    bought = float(np.sum(usd / other["price"])) / base.market.supply
    return (other["log_price"] - plain["log_price"]).to_numpy()[CALM_IN:] / bought


def conditions(seed: int, days: int, every: int = 10, **dials: float) -> pd.DataFrame:
    """One-day multipliers along one path: day, volatility of the evening before (1/√year), multiplier."""
    market, found = lab(seed, **dials), []

    def look(day: int, peek: Peek) -> tuple[float, float]:
        if day >= CALM_IN and day % every == 0:
            usd = SMALL * market.market.price * market.market.supply
            gained = peek(usd, 0.0) - peek(0.0, 0.0)
            found.append((seed, day, market.market.outlook.volatility, gained / SMALL))
        return 0.0, 0.0

    market.run(days, flow=look)
    return pd.DataFrame(found, columns=["seed", "day", "volatility", "multiplier"])


def chased(seed: int, days: int) -> tuple[float, float]:
    """OLS coefficient of returns on flows that chase returns, and the true one-day coefficient on the same days.

    flow = 0.0008 · (return that the day brings by itself) + 0.004 · (last return) + noise, shares of value
    """
    market, rng = lab(seed), np.random.default_rng(seed)
    flows, effects, returns = [], [], []
    last = 0.0

    def flow(day: int, peek: Peek) -> tuple[float, float]:
        nonlocal last
        alone = peek(0.0, 0.0)
        share = CHASE_TODAY * alone + CHASE_NEXT * last + FLOW_NOISE * rng.standard_normal()
        usd, coins = max(share, 0.0) * market.market.price * market.market.supply, max(-share, 0.0)
        order = (usd, coins * market.market.supply)
        moved = peek(*order)
        if day >= CALM_IN:
            flows.append(share)
            returns.append(moved)
            effects.append(moved - alone)
        last = moved
        return order

    market.run(days, flow=flow)
    x, y, gained = (np.array(values) for values in (flows, returns, effects))
    centred = x - x.mean()
    return float(np.sum(centred * y) / np.sum(centred**2)), float(np.sum(x * gained) / np.sum(x**2))


def measure(seeds: int, days: int = 1_980) -> Responses:
    """Every figure on seeds 1 … `seeds`; `days` is how long the paths of the one-day multipliers are."""
    numbers = range(1, seeds + 1)
    fade = [(s, h, r[h]) for s in numbers for r in [response(s, SMALL * 4, 1, 510)] for h in HORIZONS]
    lasting = [
        (dial, s, response(s, LASTING, 60, 260, slow_multiplier=dial)[250]) for dial in SLOW_DIALS for s in numbers
    ]
    orders = [
        (size, s, h, r[h])
        for size in ORDER_SIZES
        for s in numbers
        for r in [response(s, size, 5, 260)]
        for h in (4, 20, 60, 250)
    ]
    regression = [(s, *chased(s, days // 2)) for s in numbers]
    return Responses(
        pd.concat([conditions(s, days) for s in numbers]),
        pd.DataFrame(fade, columns=["seed", "horizon", "response"]),
        pd.DataFrame(lasting, columns=["dial", "seed", "level"]),
        pd.DataFrame(orders, columns=["size", "seed", "horizon", "response"]),
        pd.DataFrame(regression, columns=["seed", "ols", "true"]),
    )


def by_condition(found: pd.DataFrame) -> pd.DataFrame:
    """Median multiplier by seed in calm (lowest tenth of volatility), median (middle fifth) and stress (top 5 %)."""
    rank = found["volatility"].rank(pct=True)
    parts = {"calm": rank <= 0.1, "median": (rank > 0.4) & (rank <= 0.6), "stress": rank > 0.95}
    return pd.DataFrame({name: found[rows].groupby("seed")["multiplier"].median() for name, rows in parts.items()})


def judge_all(found: Responses) -> list[Verdict]:
    """Each figure against its published band."""
    targets = load_targets("market_flows")
    states = by_condition(found.conditions)
    fade = found.fade.pivot(index="seed", columns="horizon", values="response")
    orders = found.orders.query("horizon == 4").pivot(index="seed", columns="size", values="response")
    steepness = np.log(ORDER_SIZES[-1] / ORDER_SIZES[0])
    exponent = 1.0 + np.log(orders[ORDER_SIZES[-1]] / orders[ORDER_SIZES[0]].clip(lower=1e-9)) / steepness
    middle = states["median"].median()  # most seeds are never in one of the extremes for long
    samples = {
        "one_day_median": states["median"].dropna(),
        "calm_below_median": states["calm"].dropna() / middle,
        "stress_above_median": states["stress"].dropna() / middle,
        **{f"slow_{dial:.0f}": found.lasting.query("dial == @dial")["level"] for dial in SLOW_DIALS},
        "fade_5": fade[5] / fade[0].mean(),
        "fade_20": fade[20] / fade[0].mean(),
        "ols_over_true": found.regression["ols"] / found.regression["true"],
        "size_exponent": exponent,
    }
    return [judge_sample(targets[name], values.to_numpy()) for name, values in samples.items()]


def picture(found: Responses) -> Figure:
    """Fade, lasting levels against the dial, multiplier against volatility."""
    figure = Figure(figsize=(12, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    groups = found.fade.groupby("horizon")["response"]
    ends = np.array([mean_interval(values.to_numpy()) for _, values in groups])
    left.fill_between(HORIZONS + 1, ends[:, 0], ends[:, 1], alpha=0.2)
    left.plot(HORIZONS + 1, groups.mean().to_numpy(), marker="o")
    left.set(xlabel="days since a one-day flow, plus one", ylabel="log price per share of value")
    log_axis(left, "x", (1, 3, 10, 30, 100, 500))
    for dial in SLOW_DIALS:
        level = found.lasting.query("dial == @dial")["level"].to_numpy()
        low, high = mean_interval(level)
        middle.errorbar(dial, level.mean(), [[level.mean() - low], [high - level.mean()]], marker="o", color="#0072b2")
    middle.plot([4, 70], [4, 70], color="#888888", linewidth=1)
    middle.fill_between([4, 70], [3.2, 56], [4.8, 84], color="#dddddd")
    middle.set(xlabel="slow multiplier, the dial", ylabel="measured after 250 days")
    log_axis(middle, "x", SLOW_DIALS)
    log_axis(middle, "y", SLOW_DIALS)
    right.plot(found.conditions["volatility"], found.conditions["multiplier"], ".", markersize=2, alpha=0.4)
    right.set(xlabel="volatility, 1/√year", ylabel="one-day multiplier")
    log_axis(right, "x", (0.3, 0.5, 1, 2, 4))
    log_axis(right, "y", (30, 50, 100, 200, 400))
    return figure


def main(seeds: int = 24, folder: Path = Path("results/studies/flow_response")) -> list[Verdict]:
    """Measure, print and keep."""
    found = measure(seeds)
    verdicts = judge_all(found)
    title = "Flow response of the crypto market"
    save(verdicts, folder, title, f"{__doc__}\nMade by: python -m experiments.studies.flow_response --seeds {seeds}")
    for name, table in found._asdict().items():
        table.to_csv(folder / f"{name}.csv", index=False)
    picture(found).savefig(folder / "flow_response.png", dpi=120)
    print_scorecard(verdicts, title)
    return verdicts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Response of price to flows.")
    parser.add_argument("--seeds", type=int, default=24)
    main(parser.parse_args().seeds)
