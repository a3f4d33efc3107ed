"""How savers fare: retirement wealth around 65 by income decile, and how unequally it is spread.

    Gini = 1 − Σ_i w_i (S_i + S_{i−1}) / (S_n Σ w),   S_i: cumulated weighted wealth, savers sorted by wealth

Income is lifetime income: average indexed earnings, so that a decile holds the same people before and after retirement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.participants.agent import Participants

_FROM, _TO = 63 * MONTHS_A_YEAR, 68 * MONTHS_A_YEAR
"""Ages in months that stand for "at 65": one year alone would be a few dozen rows a decile."""


class Outcomes(NamedTuple):
    """Outcomes of one month.

    Attributes:
        wealth_by_decile: median retirement wealth at 63–67 by decile of lifetime income, 2026 USD, shape (10,).
        wealth_at_65: their weighted mean, 2026 USD.
        gini: Gini coefficient of retirement wealth of all persons with any, 0–1.
    """

    wealth_by_decile: np.ndarray
    wealth_at_65: float
    gini: float


def wealth(people: Participants, price: float) -> np.ndarray:
    """USD in plan and IRA, chosen crypto at `price`, shape (n,); a target-date sleeve is inside plan_core."""
    coins = people.plan_crypto + people.ira_crypto
    return people.plan_core + people.plan_alternatives + people.ira_core + coins * price


def measure(people: Participants, price: float, price_index: float) -> Outcomes:
    """Outcomes of the present month; changes nothing.

    Args:
        people: all savers.
        price: USD a coin.
        price_index: consumer prices over those of the start year.
    """
    real = wealth(people, price) / price_index
    near_65 = np.flatnonzero((people.age >= _FROM) & (people.age < _TO))
    income = people.earnings_sum[near_65] / np.maximum(people.earnings_years[near_65], 1)
    some = real > 0.0
    return Outcomes(
        wealth_by_decile=median_by_decile(real[near_65], income),
        wealth_at_65=float(np.average(real[near_65], weights=people.weight[near_65])) if near_65.size else 0.0,
        gini=gini(real[some], people.weight[some]),
    )


def median_by_decile(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Median of `values` in each tenth of the order of `by`, shape (10,); 0 for a tenth without members."""
    tenths = np.array_split(values[np.argsort(by, kind="stable")], 10)
    return np.array([np.median(tenth) if tenth.size else 0.0 for tenth in tenths])


def gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Gini coefficient of non-negative values with weights, both of shape (n,); 0 when nobody holds anything."""
    order = np.argsort(values, kind="stable")
    held = np.cumsum(values[order] * weights[order])
    if held.size == 0 or held[-1] <= 0.0:
        return 0.0
    twice_area = np.sum(weights[order] * (held + np.concatenate(([0.0], held[:-1]))))
    return float(1.0 - twice_area / (held[-1] * weights.sum()))
