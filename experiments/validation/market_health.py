"""Whether the market stays what it is over decades: moments by decade, who owns what, and how many are at a limit.

A trader is at a limit when he has no coins, or no more cash than one month's income brings to an empty purse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.crypto_market.agent import CryptoMarket
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR
from experiments.calibration.market_runs import alone
from experiments.labs.market_lab import MarketLab
from experiments.moments import moments, worst_drawdown

DRAWDOWN_YEARS = 12
_YEAR = MONTHS_A_YEAR * DAYS_A_MONTH
DECADE_MOMENTS = ("sd", "mean_abs", "hill_abs_5", "acf_abs_1", "acf_abs_10", "acf_abs_25", "q1", "q99", "VR_20")


class Standing(NamedTuple):
    """Who owns what at a month's end.

    Attributes:
        top_share: share of the traders' wealth, coins and cash, that the richest 1 % own.
        at_limit: share of traders without coins or without cash.
    """

    top_share: float
    at_limit: float


def standing(market: CryptoMarket, scenario: Scenario) -> Standing:
    """Concentration and limits of the traders now."""
    state, t = market.state(), scenario.parameters.crypto_market.traders
    there = state["_neutral"] > 0.0
    coins, cash = state["_coins"][there] / 1e8, state["_cash"][there] / 100.0
    wealth = np.sort(coins * market.price + cash)[::-1]
    richest = max(round(0.01 * wealth.size), 1)
    # The month's income has just been paid: whoever was empty before it holds this much
    anchor = market.price if t.purse_follows_price else float(np.exp(state["_now"]["value"][0]))
    worth = state["_neutral"][there] / 1e8 * anchor * float(state["_now"]["scale"][0])
    purse = market.purses[there] * worth
    poor = cash <= t.income_speed * purse + 0.01
    return Standing(float(wealth[:richest].sum() / wealth.sum()), float(np.mean((coins <= 0.0) | poor)))


def decades(scenario: Scenario, seeds: range, years: int, watch: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """One row a world and decade: moments of its daily returns, and standing at its end.

    Args:
        scenario: the market; its seed is replaced. years: a multiple of ten.
    """
    rows = []
    for seed in seeds:
        chosen = scenario.but(seed=seed)
        lab = MarketLab(chosen)
        returns = lab.run(_YEAR)["log_return"]
        first = standing(lab.market, chosen)
        for decade in range(1, years // 10 + 1):
            ahead = lab.run(10 * _YEAR - (_YEAR if decade == 1 else 0))["log_return"]
            returns = np.concatenate([returns, ahead]) if decade == 1 else ahead.to_numpy()
            of_decade, now = moments(returns), standing(lab.market, chosen)
            rows.append(
                {"seed": seed, "decade": decade}
                | {name: of_decade[name] for name in DECADE_MOMENTS}
                | {"top_share_first_year": first.top_share, "top_share": now.top_share, "at_limit": now.at_limit}
            )
        watch()
    return pd.DataFrame(rows)


def drift_table(by_decade: pd.DataFrame) -> pd.DataFrame:
    """Median of each column in the first and the last decade, and the change within worlds with its 95 % interval."""
    from experiments.validation.scorecard import mean_interval

    wide = by_decade.set_index(["seed", "decade"]).unstack("decade")
    first, last = by_decade["decade"].min(), by_decade["decade"].max()
    rows = []
    for name in (*DECADE_MOMENTS, "top_share", "at_limit"):
        begin = "top_share_first_year" if name == "top_share" else name
        before, after = wide[begin][first], wide[name][last]
        low, high = mean_interval(after - before)
        rows.append((name, before.median(), after.median(), (after - before).mean(), low, high))
    return pd.DataFrame(rows, columns=["figure", "first", "last", "change", "change_low", "change_high"])


def drawdowns(scenario: Scenario, seeds: range, watch: Callable[[], None] = lambda: None) -> np.ndarray:
    """Worst drawdown over twelve years of each world, share of the high, shape (seeds,)."""
    found = []
    for seed in seeds:
        chosen = scenario.but(seed=seed)
        found.append(worst_drawdown(alone(chosen, DRAWDOWN_YEARS * _YEAR)))
        watch()
    return np.array(found)
