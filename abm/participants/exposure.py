"""Exposure: what savers have at stake in crypto, as sponsors see it, as politics feels it, and what a rescue pays them.

crypto = chosen coins · price + claims on the default fund · the sleeve's share of it
loss   = what these coins would be worth at the saver's high-water mark, less what they are worth, if positive
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from abm.vocabulary import MONTHS_A_YEAR, Sector, Status

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.books import Books
    from abm.employers.menu import Doors
    from abm.participants.agent import Participants
    from abm.participants.traits import Traits

LEAST_INCOME = 10_000.0
"""USD a year: floor of the income that losses are measured in, so that a small loss is no ruin on paper."""
DRAW = 0.04
"""Share of balances that counts as yearly income after work (assumed: the 4 % of Bengen 1994)."""
PRIOR_WORKERS = 20.0
"""Rows of average workers added to each employer's own, so that a small firm is not all or nothing (assumed)."""
RETIRED, EMPLOYED = int(Status.RETIRED), int(Status.EMPLOYED)


class Stakes(NamedTuple):
    """What voters have at stake, shape (n,) each.

    Attributes:
        weight: persons. turnout: probability. lean: log odds.
        income: USD/year, pay or retirement income. balance: USD in all accounts.
        crypto: USD in crypto, chosen or through the default fund. loss: USD below the high-water mark.
        holder: whether there is any. exposed: crypto as a share of the balance.
    """

    weight: np.ndarray
    turnout: np.ndarray
    lean: np.ndarray
    income: np.ndarray
    balance: np.ndarray
    crypto: np.ndarray
    loss: np.ndarray
    holder: np.ndarray
    exposed: np.ndarray


def holder_share(people: Participants, n_employers: int) -> np.ndarray:
    """Share of each employer's workers who hold crypto anywhere: the demand sponsors hear; float64, (n_employers,)."""
    works = people.employer >= 0
    holds = (people.outside == 1) | (people.plan_crypto > 0.0) | (people.ira_crypto > 0.0)
    employer = people.employer[works]
    workers = np.bincount(employer, minlength=n_employers)
    holders = np.bincount(employer, weights=holds[works], minlength=n_employers)
    average = holders.sum() / max(workers.sum(), 1)
    return (holders + PRIOR_WORKERS * average) / (workers + PRIOR_WORKERS)


def stakes(people: Participants, traits: Traits, doors: Doors, managers: AssetManagers, price: float) -> Stakes:
    """What every voter has at stake at a price; changes nothing."""
    fund = doors.fund_of(people)
    share = np.divide(managers.coins * price, managers.assets, out=np.zeros(len(managers)), where=managers.assets > 0.0)
    claims = people.plan_core * np.where(fund >= 0, np.clip(share, 0.0, 1.0)[fund], 0.0)
    measures = measure(
        people.status,
        people.salary,
        people.benefit,
        people.plan_core + people.ira_core,
        people.plan_crypto + people.ira_crypto,
        claims,
        people.high_water,
        float(price),
    )
    return Stakes(people.weight, traits.turnout(people), traits.lean(people), *measures)


@njit(cache=True, nogil=True)
def measure(status, salary, benefit, other, coins, claims, high_water, price):
    """Core of `stakes`: income, balance, crypto, loss, holder and exposed share, shape (n,) each.

    Args:
        other: USD outside chosen coins. coins: chosen. claims: USD in a sleeve, part of other. price: USD/coin.
    """
    n = status.size
    income, balance, crypto, loss, exposed = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    holder = np.empty(n, np.bool_)
    for i in range(n):
        balance[i] = other[i] + coins[i] * price
        crypto[i] = coins[i] * price + claims[i]
        earned = salary[i] if status[i] == EMPLOYED else MONTHS_A_YEAR * benefit[i] + DRAW * balance[i]
        income[i] = max(earned, LEAST_INCOME)
        # Marks are kept in single precision: against a price in double, half of those at their high stand below it.
        fallen = max(high_water[i] / np.float32(price) - 1.0, 0.0) if price > 0.0 else 0.0
        loss[i] = crypto[i] * fallen
        holder[i] = crypto[i] > 0.0
        exposed[i] = crypto[i] / balance[i] if balance[i] > 0.0 else 0.0
    return income, balance, crypto, loss, holder, exposed


def receive(people: Participants, compensation: np.ndarray, books: Books) -> None:
    """Pay compensation (USD per person, shape (n,)) into plan accounts, or IRAs of those without a plan."""
    total = float(np.sum(people.weight * compensation))
    if total == 0.0:
        return
    has_plan = people.plan_core > 0.0
    people.plan_core[:] += np.where(has_plan, compensation, 0.0)
    people.ira_core[:] += np.where(has_plan, 0.0, compensation)
    books.pay(Sector.GOVERNMENT, Sector.ACCOUNTS, "compensation", total)
