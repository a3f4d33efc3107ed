"""What one world is asked for: single numbers taken from its months table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

BILLION = 1e9
PERMIT = 2  # code of the rule from which plans may offer crypto: abm.vocabulary.Rule.PERMIT


@dataclass(frozen=True)
class Outcome:
    """One number of a world.

    Attributes:
        name: short name, a valid identifier.
        unit: unit in words.
        label: what it measures, in words.
        needs: columns of the months table that it is taken from.
        of: takes those columns, each of shape (months,), and returns the number.
    """

    name: str
    unit: str
    label: str
    needs: tuple[str, ...]
    of: Callable[..., float]


def total(values: np.ndarray) -> float:
    """Sum over the run, billion USD."""
    return float(values.sum()) / BILLION


def mean(values: np.ndarray, scale: float = 1.0) -> float:
    """Mean over the run, in units of `scale`."""
    return float(values.mean()) / scale


def last(values: np.ndarray, scale: float = 1.0) -> float:
    """Value of the last month, in units of `scale`."""
    return float(values[-1]) / scale


def highest(values: np.ndarray) -> float:
    """Largest value of the run."""
    return float(values.max())


def worst_fall(price: np.ndarray) -> float:
    """Deepest fall of month-end prices below their earlier high, share."""
    return float((1.0 - price / np.maximum.accumulate(price)).max())


def excess_kurtosis(returns: np.ndarray) -> float:
    """Fourth standardised moment less three; NaN where nothing varies."""
    spread = returns - returns.mean()
    variance = np.mean(spread**2)
    return float(np.mean(spread**4) / variance**2 - 3.0) if variance > 0 else float("nan")


def spread(values: np.ndarray) -> float:
    """Annualised standard deviation of monthly log returns, 1/√year; NaN for a single month."""
    return float(values.std(ddof=1) * np.sqrt(12.0)) if values.size > 1 else float("nan")


def log_change(price: np.ndarray) -> float:
    """Log of the last over the first month-end price."""
    return float(np.log(price[-1] / price[0]))


def share_from(rule: np.ndarray, least: int = PERMIT) -> float:
    """Share of months in which the rule was at least as friendly as `least`."""
    return float(np.mean(rule >= least))


_DOORS = {"core": "core option", "window": "brokerage window", "sleeve": "target-date sleeve", "ira": "IRA"}
_DECILES = {1: "lowest", 5: "fifth", 10: "highest"}  # in comparisons; the table of one run shows all ten
_billions = partial(last, scale=BILLION)

OUTCOMES: tuple[Outcome, ...] = (
    *(
        Outcome(f"inflow_{door}", "billion USD", f"Net inflow through the {label}", (f"inflow_{door}_usd",), total)
        for door, label in _DOORS.items()
    ),
    Outcome("crypto_in_plans", "billion USD", "Crypto in plans at the end", ("crypto_in_plans_usd",), _billions),
    Outcome("crypto_in_iras", "billion USD", "Crypto in IRAs at the end", ("crypto_in_iras_usd",), _billions),
    Outcome("holders", "share of savers", "Savers who chose crypto, at the end", ("holders_share",), last),
    Outcome("price_change", "log", "Price, end over start (not a forecast)", ("price_usd",), log_change),
    Outcome("volatility", "1/√year", "Volatility of monthly returns", ("price_return",), spread),
    Outcome("kurtosis", "", "Excess kurtosis of monthly returns", ("price_return",), excess_kurtosis),
    Outcome("worst_fall", "share", "Worst fall below the high", ("price_usd",), worst_fall),
    Outcome("depth", "million USD per 1 %", "Mean depth", ("depth_usd",), partial(mean, scale=1e6)),
    Outcome("amihud", "1/billion USD", "Mean Amihud illiquidity", ("amihud",), mean),
    Outcome("permissive", "share of months", "Months under permit or friendlier", ("rule",), share_from),
    Outcome("clarity", "0–1", "Regulatory clarity at the end", ("clarity",), last),
    Outcome("approval", "% of adults", "Mean approval", ("approval",), mean),
    Outcome("pressure", "0–1", "Highest political pressure", ("pressure",), highest),
    Outcome("lock_in", "points of vote", "Vote lost by one notch of tightening, at the end", ("lock_in",), last),
    Outcome("rescue_belief", "probability", "Believed probability of rescue, at the end", ("rescue_belief",), last),
    Outcome("rescue", "billion USD", "Compensation paid", ("rescue_usd",), total),
    *(
        Outcome(
            f"wealth_65_decile_{decile}",
            "2026 USD",
            f"Wealth at 65, {word} income decile",
            (f"wealth_65_decile_{decile}",),
            last,
        )
        for decile, word in _DECILES.items()
    ),
    Outcome("gini", "0–1", "Gini of retirement wealth, at the end", ("gini",), last),
    Outcome("debt", "billion USD", "Federal debt at the end", ("debt_usd",), _billions),
    Outcome("fiscal_balance", "billion USD", "Fiscal balance of the run", ("fiscal_balance_usd",), total),
)


def outcomes_of(months: pd.DataFrame, outcomes: Iterable[Outcome] = OUTCOMES) -> dict[str, float]:
    """The outcomes of one world by name; those whose columns were not recorded are left out.

    Args:
        months: the months table of one world.
        outcomes: what to ask for.
    """
    return {
        outcome.name: outcome.of(*(months[column].to_numpy() for column in outcome.needs))
        for outcome in outcomes
        if set(outcome.needs) <= set(months.columns)
    }


def outcomes_by_seed(worlds: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of several worlds that differ in their seed only: one row a seed, one column an outcome.

    Args:
        worlds: months tables one above the other, with a column `seed`.
    """
    rows = {seed: outcomes_of(months) for seed, months in worlds.groupby("seed", sort=True)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("seed")
