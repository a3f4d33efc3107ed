"""Raking: lived balances are stretched to published means and medians by age, then scaled to national totals.

    ln b′ = α(a) + ln m(a) + β(a) · (ln b − ln m(a)),      m: lived median at age a;  α, β, ln m linear in age

Ranks stay what life made them, and with them every correlation of balances with pay, tenure and earnings record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import table
from abm.vocabulary import MONTHS_A_YEAR, Plan

if TYPE_CHECKING:
    from abm.participants.agent import Participants

_ROUNDS = 30
_ENOUGH = 25
"""Holders an age group needs before its mean and median are taken seriously."""
_OLDEST_MIDDLE = 70.0


class Totals(NamedTuple):
    """National USD that accounts must add up to."""

    k401: float
    b403: float
    ira: float


def rake(people: Participants, totals: Totals) -> None:
    """Stretch plan balances by age and scale all three kinds of accounts to their totals, in place."""
    held = people.plan_core > 0.0
    k401 = held & (people.plan == Plan.K401)
    age = people.age / MONTHS_A_YEAR
    stretch = fit(people.plan_core[k401], age[k401])
    people.plan_core[held] = stretch.apply(people.plan_core[held], age[held])
    scale(people.plan_core, k401, people.weight, totals.k401)
    scale(people.plan_core, held & (people.plan == Plan.B403), people.weight, totals.b403)
    scale(people.ira_core, people.ira_core > 0.0, people.weight, totals.ira)


class Stretch(NamedTuple):
    """The map from lived to raked balances; arrays of shape (groups,) at the groups' middle ages."""

    ages: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    log_median: np.ndarray

    def apply(self, balance: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Raked balances, USD, shape (n,), of lived ones at ages in years."""
        middle = np.interp(age, self.ages, self.log_median)
        alpha, beta = np.interp(age, self.ages, self.alpha), np.interp(age, self.ages, self.beta)
        return np.exp(alpha + middle + beta * (np.log(balance) - middle))


def fit(balance: np.ndarray, age: np.ndarray) -> Stretch:
    """Find α and β so that mean and median of every age group with enough holders are the published ones.

    Args:
        balance: USD above zero, shape (n,). age: years, shape (n,).
    """
    target = table("balances_by_age")
    starts = target["from_age"]
    group = np.searchsorted(starts, age, side="right") - 1
    members = [np.flatnonzero(group == g) for g in range(starts.size)]
    known = np.array([rows.size >= _ENOUGH for rows in members])
    ages = np.append((starts[:-1] + starts[1:]) / 2.0, _OLDEST_MIDDLE)
    overall = np.median(balance) if balance.size else 1.0
    medians = np.array([np.median(balance[rows]) if rows.size >= _ENOUGH else overall for rows in members])
    stretch = Stretch(ages, np.zeros(starts.size), np.ones(starts.size), np.log(medians))
    aimed_spread = np.log(target["mean_usd"] / target["median_usd"])
    for _ in range(_ROUNDS if known.any() else 0):
        raked = stretch.apply(balance, age)
        for g in np.flatnonzero(known):
            mean, median = raked[members[g]].mean(), np.median(raked[members[g]])
            stretch.alpha[g] += np.log(target["median_usd"][g] / median)
            # For a lognormal ln(mean/median) is half the variance, which β squared scales.
            ratio = aimed_spread[g] / max(np.log(mean / median), 1e-3)
            stretch.beta[g] = np.clip(stretch.beta[g] * np.sqrt(ratio), 0.5, 2.0)
    return stretch


def scale(balance: np.ndarray, which: np.ndarray, weight: np.ndarray, total: float) -> None:
    """Multiply the balances in `which` so that Σ weight · balance is `total`; nothing where nobody holds any."""
    held = float(np.sum(weight[which] * balance[which]))
    if held > 0.0:
        balance[which] *= total / held
