"""Settlement: what the market did for savers' orders reaches each saver, pro rata and without a remainder.

    coins of a buyer  = own USD / all USD ordered through the door · coins bought
    USD of a seller   = own coins / all coins offered through the door · USD received

Orders are national (weights applied), persons are not: Σ weight · coins moves by exactly what the market delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from abm.participants.choice_kernels import Decisions, Held
from abm.vocabulary import Door, Menu

if TYPE_CHECKING:
    from abm.crypto_market.agent import Trades
    from abm.employers.menu import Doors
    from abm.participants.agent import Participants

WINDOW, IRA, DOORS = int(Door.WINDOW), int(Door.IRA), len(Door)
HELD = ("plan_crypto", "ira_crypto", "crypto_target", "crypto_basis", "high_water", "sidelined")
"""Columns of `Held`, in its order."""


class Choices(Decisions):
    """What every saver decided in a month, and what it comes to for the country."""

    __slots__ = ()

    def usd_by_door(self, people: Participants, doors: Doors) -> np.ndarray:
        """National USD of purchases by Door, float64, shape (4,); nothing through the sleeve."""
        return by_door(people.weight, bought_through(people, doors), self.buy_plan, self.buy_ira)

    def coins_by_door(self, people: Participants, doors: Doors) -> np.ndarray:
        """National coins to be sold by Door, float64, shape (4,); nothing through the sleeve."""
        return by_door(people.weight, held_through(people, doors), self.sell_plan, self.sell_ira)


def coins_of(people: Participants) -> Held:
    """What everybody holds; read only."""
    return Held(*(getattr(people, name) for name in HELD))


def bought_through(people: Participants, doors: Doors) -> np.ndarray:
    """Door that each saver's plan purchases go through, int8, shape (n,); those without a job buy nothing."""
    return _by_employer(people, np.where(doors.plan_door == Menu.CORE, int(Door.CORE), WINDOW))


def held_through(people: Participants, doors: Doors) -> np.ndarray:
    """Door that each saver's plan coins came through, int8, shape (n,); those who left their job count as window."""
    return _by_employer(people, doors.held_through)


def _by_employer(people: Participants, door: np.ndarray) -> np.ndarray:
    return np.append(door, WINDOW).astype(np.int8)[people.employer]  # −1, no employer, reads the last


def settle(people: Participants, doors: Doors, choices: Choices, trades: Trades) -> float:
    """Write the month's trades and decisions into the accounts.

    Args:
        trades: coins bought, USD spent, coins sold, USD received by Door, shape (4,) each.

    Returns:
        share of holders, by persons, that sold in panic.
    """
    way_in, way_out = bought_through(people, doors), held_through(people, doors)
    usd = by_door(people.weight, way_in, choices.buy_plan, choices.buy_ira)
    offered = by_door(people.weight, way_out, choices.sell_plan, choices.sell_ira)
    rates = Rates(
        spent=ratio(trades.spent, usd),
        bought=ratio(trades.bought, usd),
        sold=ratio(trades.sold, offered),
        received=ratio(trades.received, offered),
        price=float(trades.price),
    )
    exposed = doors.fund_of(people) >= 0
    decided = coins_of(people)._replace(target=choices.target, sidelined=choices.sidelined)
    coins = Held(*(array.copy() for array in decided))
    panic = write(people.records, coins, choices, way_in, way_out, exposed, rates)
    people.write(**dict(zip(HELD, coins, strict=True)))
    return panic


class Rates(NamedTuple):
    """What an order of 1 brought, by Door, shape (4,): USD spent, coins bought; coins sold, USD received."""

    spent: np.ndarray
    bought: np.ndarray
    sold: np.ndarray
    received: np.ndarray
    price: float


def ratio(done: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Done / ordered, 0 where nothing was ordered."""
    return np.divide(done, ordered, out=np.zeros(DOORS), where=ordered > 0.0)


@njit(cache=True, nogil=True)
def by_door(weight, plan_door, plan, ira):
    """Σ weight · amount by Door, plan amounts through each saver's own door; float64, shape (4,)."""
    total = np.zeros(DOORS)
    for i in range(weight.size):
        total[plan_door[i]] += weight[i] * plan[i]
        total[IRA] += weight[i] * ira[i]
    return total


@njit(cache=True, nogil=True)
def left_over(held, offered, sold):
    """Coins left of `held` after `offered · sold` went; a seller of everything keeps no dust of the rounding."""
    if offered >= held and abs(sold - 1.0) < 1e-6:
        return 0.0
    return max(held - offered * sold, 0.0)


@njit(cache=True, nogil=True)
def write(savers, coins, choices, bought_door, held_door, exposed, rates):
    """Core of `settle`: one pass over savers; then the dust of whole-satoshi rounding goes to those who still hold.

    Changes the accounts in `savers` and `coins` in place; `coins.target` and `coins.sidelined` are what was decided.
    """
    plan, ira = coins.plan, coins.ira
    holders, panicked = 0.0, 0.0
    owed = np.zeros(2)
    kept = np.zeros(2)
    for i in range(savers.size):
        weight = savers[i].weight
        before = plan[i] + ira[i]
        holders += weight if before > 0.0 else 0.0
        panicked += weight if choices.panicked[i] else 0.0
        savers[i].outside = choices.outside[i]
        buy, sell, way_in, way_out = choices.buy_plan[i], choices.sell_plan[i], bought_door[i], held_door[i]
        buy_ira, sell_ira = choices.buy_ira[i], choices.sell_ira[i]
        owed[0] += weight * (plan[i] + buy * rates.bought[way_in] - sell * rates.sold[way_out])
        owed[1] += weight * (ira[i] + buy_ira * rates.bought[IRA] - sell_ira * rates.sold[IRA])
        if buy > 0.0 or sell > 0.0:
            savers[i].plan_core += sell * rates.received[way_out] - buy * rates.spent[way_in]
            left = left_over(plan[i], sell, rates.sold[way_out])
            plan[i] = left + buy * rates.bought[way_in]
        if buy_ira > 0.0 or sell_ira > 0.0:
            savers[i].ira_core += sell_ira * rates.received[IRA] - buy_ira * rates.spent[IRA]
            left = left_over(ira[i], sell_ira, rates.sold[IRA])
            ira[i] = left + buy_ira * rates.bought[IRA]
        if plan[i] + ira[i] <= 0.0:
            coins.target[i] = 0.0
        kept[0] += weight * plan[i]
        kept[1] += weight * ira[i]
        if buy > 0.0 or buy_ira > 0.0 or sell > 0.0 or sell_ira > 0.0:
            spent = buy * rates.spent[way_in] + buy_ira * rates.spent[IRA]
            part = min((sell * rates.sold[way_out] + sell_ira * rates.sold[IRA]) / before, 1.0) if before > 0.0 else 0.0
            remember(i, coins, before, spent, part, exposed[i], rates.price)
    for i in range(savers.size):
        if kept[0] > 0.0 and plan[i] > 0.0:
            plan[i] *= max(owed[0] / kept[0], 0.0)
        if kept[1] > 0.0 and ira[i] > 0.0:
            ira[i] *= max(owed[1] / kept[1], 0.0)
    return panicked / holders if holders > 0.0 else 0.0


@njit(cache=True, nogil=True)
def remember(i, coins, before, spent, part_sold, exposed, price):
    """Cost basis and high-water mark of one who traded; a new holder's mark starts at the price paid."""
    coins.basis[i] = coins.basis[i] * (1.0 - part_sold) + spent
    if coins.plan[i] + coins.ira[i] <= 0.0:
        coins.basis[i] = 0.0
        if not exposed:
            coins.high_water[i] = 0.0
    elif before <= 0.0 and not exposed:
        coins.high_water[i] = price
    else:
        coins.high_water[i] = max(coins.high_water[i], price)
