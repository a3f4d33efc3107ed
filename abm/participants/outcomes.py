"""How savers fare: wealth at 65, what replaces pay after work, who falls short, how unequally wealth is spread.

    replacement rate = (Social Security + payout · plan + payout · IRA) / final pay        of those retired, 67–71
    shortfall        = share of them whose rate lies below a stated one
    Gini             = 1 − Σ_i w_i (S_i + S_{i−1}) / (S_n Σ w),      S_i: cumulated weighted wealth, poorest first

Income is lifetime income: average indexed earnings, so that a decile holds the same people before and after retirement.
Final pay is the last pay, in prices of now; of those who retired before the run, in wages of its first year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.quantities import Quantities, quantity
from abm.vocabulary import MONTHS_A_YEAR, Status

if TYPE_CHECKING:
    from abm.participants.agent import Participants
    from abm.returns import Economy

NEAR_65 = (63 * MONTHS_A_YEAR, 68 * MONTHS_A_YEAR)
"""Ages in months that stand for "at 65": one year alone would be a few dozen rows a decile."""
RECENTLY_RETIRED = (67 * MONTHS_A_YEAR, 72 * MONTHS_A_YEAR)
"""Ages in months at which replacement is measured: whoever is insured draws Social Security by then."""


class OutcomeParameters(Quantities):
    """What counts as income from an account, and as too little."""

    payout: float = quantity(
        0.055, unit="1/year", low=0.0, high=0.15, source="assumed: a price-indexed life annuity at 67"
    )
    """Yearly income that a USD in an account stands for."""
    enough: float = quantity(
        0.70, unit="share of final pay", low=0.0, high=1.5, source="chosen: the planners' rule of thumb of 70 %"
    )
    """Replacement rate below which a retiree counts as falling short."""


class Retirees(NamedTuple):
    """Those retired at 67–71 who have had pay, shape (k,) each.

    Attributes:
        rows: their rows. weight: persons. rate: replacement rate.
        final_pay, social_security, plan, ira: USD a year in prices of now.
    """

    rows: np.ndarray
    weight: np.ndarray
    final_pay: np.ndarray
    social_security: np.ndarray
    plan: np.ndarray
    ira: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """Income over final pay, shape (k,)."""
        return (self.social_security + self.plan + self.ira) / self.final_pay

    def pillar(self, name: str) -> float:
        """Income from "social_security", "plan" or "ira" of all of them over their final pay; 0 for nobody."""
        pay = float(np.sum(self.weight * self.final_pay, dtype=np.float64))
        return float(np.sum(self.weight * getattr(self, name), dtype=np.float64)) / pay if pay > 0.0 else 0.0

    def chosen(self, which: np.ndarray) -> Retirees:
        """Some of them: bool, shape (k,)."""
        return Retirees(*(column[which] for column in self))


class Outcomes(NamedTuple):
    """Outcomes of one month, for the country; 0 where there is nobody to measure.

    Attributes:
        wealth_by_decile: median retirement wealth at 63–67 by decile of lifetime income, 2026 USD, shape (10,).
        wealth_at_65: their weighted mean, 2026 USD.
        gini, top_1, top_10: Gini of retirement wealth of all persons with any; shares of the richest 1 and 10 %.
        replacement: median replacement rate. shortfall: share of retirees below `enough`.
        social_security, plan, ira: income from each over final pay, all retirees together.
    """

    wealth_by_decile: np.ndarray
    wealth_at_65: float
    gini: float
    top_1: float
    top_10: float
    replacement: float
    shortfall: float
    social_security: float
    plan: float
    ira: float


def wealth(people: Participants, price: float) -> np.ndarray:
    """USD in plan and IRA, chosen crypto at `price`, shape (n,); a target-date sleeve is inside plan_core."""
    coins = people.plan_crypto + people.ira_crypto
    return people.plan_core + people.ira_core + coins * price


def near_65(people: Participants) -> np.ndarray:
    """Rows of those of 63–67."""
    return np.flatnonzero((people.age >= NEAR_65[0]) & (people.age < NEAR_65[1]))


def lifetime_income(people: Participants) -> np.ndarray:
    """Average indexed earnings of the years on the record, wage-indexed USD a year, shape (n,)."""
    return people.earnings_sum / np.maximum(people.earnings_years, 1)


def retirees(people: Participants, price: float, economy: Economy, p: OutcomeParameters) -> Retirees:
    """Income and final pay of those retired at 67–71; changes nothing."""
    aged = (people.age >= RECENTLY_RETIRED[0]) & (people.age < RECENTLY_RETIRED[1])
    rows = np.flatnonzero(aged & (people.status == Status.RETIRED) & (people.salary > 0.0))
    since = (1.0 + economy.yearly_inflation) ** (people.tenure[rows] / MONTHS_A_YEAR)
    plan = people.plan_core[rows] + people.plan_crypto[rows] * price
    ira = people.ira_core[rows] + people.ira_crypto[rows] * price
    return Retirees(
        rows=rows,
        weight=people.weight[rows],
        final_pay=people.salary[rows] * np.minimum(since, economy.price_index),
        social_security=MONTHS_A_YEAR * people.benefit[rows],
        plan=p.payout * plan,
        ira=p.payout * ira,
    )


def measure(people: Participants, price: float, economy: Economy, p: OutcomeParameters) -> Outcomes:
    """Outcomes of the present month; changes nothing.

    Args:
        people: all savers.
        price: USD a coin.
        economy: has `price_index` and `yearly_inflation`.
    """
    real = wealth(people, price) / economy.price_index
    old, retired = near_65(people), retirees(people, price, economy, p)
    inequality = spread(real, people.weight)
    return Outcomes(
        wealth_by_decile=median_by_decile(real[old], lifetime_income(people)[old]),
        wealth_at_65=mean(real[old], people.weight[old]),
        gini=inequality[0],
        top_1=inequality[1],
        top_10=inequality[2],
        replacement=median(retired.rate, retired.weight),
        shortfall=mean(retired.rate < p.enough, retired.weight),
        social_security=retired.pillar("social_security"),
        plan=retired.pillar("plan"),
        ira=retired.pillar("ira"),
    )


def mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean; 0 for nobody."""
    total = np.sum(np.multiply(values, weights, dtype=np.float64))
    return float(total / np.sum(weights, dtype=np.float64)) if values.size else 0.0


def median(values: np.ndarray, weights: np.ndarray) -> float:
    """The value at which half of the weight is reached; 0 for nobody."""
    if values.size == 0:
        return 0.0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])


def median_by_decile(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Median of `values` in each tenth of the order of `by`, shape (10,); 0 for a tenth without members."""
    tenths = np.array_split(values[np.argsort(by, kind="stable")], 10)
    return np.array([np.median(tenth) if tenth.size else 0.0 for tenth in tenths])


def spread(values: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Gini of those with any, and what the richest 1 and 10 % of all persons hold; zeros when nobody holds anything.

    Args:
        values: non-negative, shape (n,). weights: persons, shape (n,).
    """
    order = np.argsort(values, kind="stable")
    held, persons = np.cumsum(values[order] * weights[order]), np.cumsum(weights[order], dtype=np.float64)
    if held.size == 0 or held[-1] <= 0.0:
        return 0.0, 0.0, 0.0
    tops = [1.0 - np.interp((1.0 - top) * persons[-1], persons, held) / held[-1] for top in (0.01, 0.1)]
    some = values[order] > 0.0
    return gini_of_sorted(values[order][some], weights[order][some]), float(tops[0]), float(tops[1])


def gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Gini coefficient of non-negative values with weights, both of shape (n,); 0 when nobody holds anything."""
    order = np.argsort(values, kind="stable")
    return gini_of_sorted(values[order], weights[order])


def gini_of_sorted(values: np.ndarray, weights: np.ndarray) -> float:
    """`gini` of values in ascending order."""
    held = np.cumsum(values * weights)
    if held.size == 0 or held[-1] <= 0.0:
        return 0.0
    twice_area = np.sum(weights * (held + np.concatenate(([0.0], held[:-1]))))
    return float(1.0 - twice_area / (held[-1] * weights.sum(dtype=np.float64)))
