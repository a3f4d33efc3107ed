"""Compiled core of portfolio choice: who looks, who adopts, what holders buy and sell.

Nothing here changes a column; every draw is keyed by seat (and by generation for a person's traits).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from abm.streams import uniform
from abm.vocabulary import Exit, Menu

CASH_OUT, DEATH, CORE_MENU = int(Exit.CASH_OUT), int(Exit.DEATH), int(Menu.CORE)

# Slots of the month's draws; another decision takes another slot, so that none moves another's luck.
LOOK_PLAN, ADOPT_PLAN, LOOK_IRA, ADOPT_IRA, LEAVE, WAIT, FOR_EVER, OUTSIDE, ELECT, ADOPT_NEW = range(10)
# Slots of a person's traits, drawn once a life.
SIZE, THRESHOLD, KNOWLEDGE, AVERSION, FRAILTY = range(5)


class News(NamedTuple):
    """What everyone reads this month.

    Attributes:
        month: months since the start. price: USD/coin at the last month end.
        extrapolation: x̂, 1/year. risk: σ − σ₀ + dd. drawdown: dd. surprise: last month's return in standard deviations.
        volatility: σ, 1/√year. rescue: believed probability. panic: share of holders that sold in panic last month.
        peers: whether neighbours are looked at. ira_open, forced_exit: as in `Doors`.
    """

    month: int
    price: float
    extrapolation: float
    risk: float
    drawdown: float
    surprise: float
    volatility: float
    rescue: float
    panic: float
    peers: bool
    ira_open: bool
    forced_exit: bool


class Menus(NamedTuple):
    """Of `Doors`, what savers ask: shape (n_employers,) each."""

    plan_door: np.ndarray
    plan_cap: np.ndarray
    closing: np.ndarray


class Circle(NamedTuple):
    """Contacts of every saver, as neighbour arrays."""

    indptr: np.ndarray
    indices: np.ndarray


class Held(NamedTuple):
    """What holders have beside their accounts, shape (n,) each; units as declared in agent.py.

    Attributes:
        plan, ira: coins. target, basis, high_water: float32. sidelined: int16.
    """

    plan: np.ndarray
    ira: np.ndarray
    target: np.ndarray
    basis: np.ndarray
    high_water: np.ndarray
    sidelined: np.ndarray


class Looks(NamedTuple):
    """Who is awake this month, bool, shape (n,) each: looks at the plan, at the IRA, elects for contributions."""

    plan: np.ndarray
    ira: np.ndarray
    elects: np.ndarray


class Account(NamedTuple):
    """One saver's account this month: USD, coins held, USD paid in, cap, what the door adds to the logit, looks."""

    core: float
    balance: float
    held: float
    paid: float
    cap: float
    door: float
    is_open: bool
    looked: bool
    elects: bool
    slot: int


class Decisions(NamedTuple):
    """What everyone decided, shape (n,) each.

    Attributes:
        buy_plan, buy_ira: USD to spend, per person. sell_plan, sell_ira: coins to sell, per person.
        looked: looked at the allocation of the plan account. adopted: took up crypto in an account.
        panicked: sold everything in panic.
        target, sidelined: as in `Held`, from now on. outside: holds crypto outside retirement accounts (int8).
    """

    buy_plan: np.ndarray
    buy_ira: np.ndarray
    sell_plan: np.ndarray
    sell_ira: np.ndarray
    looked: np.ndarray
    adopted: np.ndarray
    panicked: np.ndarray
    target: np.ndarray
    sidelined: np.ndarray
    outside: np.ndarray


@njit(cache=True, nogil=True)
def nothing_decided(n, crypto_target, sidelined, outside):
    """Decisions of people who do nothing."""
    return Decisions(
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        crypto_target.copy(),
        sidelined.copy(),
        outside.copy(),
    )


@njit(cache=True, nogil=True)
def holders(savers, coins):
    """Who holds crypto anywhere, in accounts or outside; bool, shape (n,)."""
    n = savers.size
    out = np.empty(n, np.bool_)
    for i in range(n):
        out[i] = savers[i].outside == 1 or coins.plan[i] > 0.0 or coins.ira[i] > 0.0
    return out


@njit(cache=True, nogil=True)
def share_near(i, holding, circle, otherwise):
    """Share of a saver's contacts who hold; `otherwise` for one without contacts."""
    first, last = circle.indptr[i], circle.indptr[i + 1]
    if first == last:
        return otherwise
    count = 0
    for k in range(first, last):
        if holding[circle.indices[k]]:
            count += 1
    return count / (last - first)


@njit(cache=True, nogil=True)
def happens(u, yearly):
    """Whether a draw u brings an event of a yearly hazard this month, u < 1 − exp(−h/12) (≤ h/12: asked first)."""
    return u < yearly / 12.0 and u < -math.expm1(-yearly / 12.0)


@njit(cache=True, nogil=True)
def stir(surprise, p):
    """How news moves attention, e^(0.5 max(|z| − 1, 0)), and 1 − 0.095 min(−z, 2) of it after a fall."""
    rise = math.exp(p.news_attention * max(abs(surprise) - 1.0, 0.0))
    return rise * (1.0 - p.ostrich * min(max(-surprise, 0.0), 2.0))


@njit(cache=True, nogil=True)
def attention(base, woman, holder, stirred, p):
    """Yearly hazard of looking at an account for one of average frailty, a · sex · 2.5 for holders · news."""
    hazard = base * stirred * (p.woman if woman else p.man)
    return hazard * p.holder_attention if holder else hazard


@njit(cache=True, nogil=True)
def notices(u, yearly, v):
    """Whether `happens` to one whose own frailty, exponential of mean 1, multiplies the hazard; v is its draw."""
    # −ln v ≤ 1/v − 1: few need the logarithm.
    return u * v < yearly / 12.0 * (1.0 - v) and happens(u, -yearly * math.log(v))


@njit(cache=True, nogil=True)
def looks(savers, coins, paid_plan, holding, news, keys, p):
    """Who looks at what this month: `Looks`; the one pass that asks everybody."""
    n = savers.size
    plan, ira, elects = np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    stirred, (key, trait) = stir(news.surprise, p), keys
    for i in range(n):
        s = savers[i]
        if s.plan_core > 0.0 or coins.plan[i] > 0.0:
            base = p.look_managed if s.managed == 1 else p.look_directed
            hazard = attention(base, s.sex == 1, holding[i], stirred, p)
            frailty = uniform(trait, s.seat, s.generation, FRAILTY)
            plan[i] = notices(uniform(key, s.seat, news.month, LOOK_PLAN), hazard, frailty)
            elects[i] = paid_plan[i] > 0.0 and happens(uniform(key, s.seat, news.month, ELECT), p.elector)
        if s.ira_core > 0.0 or coins.ira[i] > 0.0:
            hazard = attention(p.look_ira, s.sex == 1, holding[i], stirred, p)
            frailty = uniform(trait, s.seat, s.generation, FRAILTY)
            ira[i] = notices(uniform(key, s.seat, news.month, LOOK_IRA), hazard, frailty)
    return Looks(plan, ira, elects)


@njit(cache=True, nogil=True)
def pass_time(savers, holding, circle, rest, news, key, p, out):
    """What happens to everyone under either rule: who holds outside the accounts, who waits after a panic."""
    outside, waits = out.outside, out.sidelined
    flight = p.outside_flight * max(news.drawdown - p.flight_from, 0.0)
    # Contacts are asked only where the draw could decide: nobody enters beyond the hazard of a circle that all holds.
    pull = p.outside_returns * news.extrapolation
    most = math.exp(pull + p.outside_peers) / 12.0
    for i in range(savers.size):
        if waits[i] > 0:
            waits[i] -= 1
        u = uniform(key, savers[i].seat, news.month, OUTSIDE)
        if outside[i] == 1:
            outside[i] = 0 if happens(u, rest[i] + flight) else 1
        elif u < rest[i] * most:
            near = share_near(i, holding, circle, p.peer_mean) if news.peers else p.peer_mean
            hazard = rest[i] * math.exp(pull + p.outside_peers * (near - p.peer_mean))
            outside[i] = 1 if happens(u, hazard) else 0


@njit(cache=True, nogil=True)
def forced_sales(i, savers, coins, news, menus, out):
    """Coins that go whatever their owner thinks: estates, cash-outs, a prohibition, a closed core option."""
    employer = savers[i].employer
    if savers[i].exit == DEATH:
        out.sell_plan[i], out.sell_ira[i] = coins.plan[i], coins.ira[i]
        out.target[i] = 0.0
    elif savers[i].exit == CASH_OUT or news.forced_exit or (employer >= 0 and menus.closing[employer]):
        out.sell_plan[i] = coins.plan[i]
        if coins.ira[i] == 0.0:
            out.target[i] = 0.0


@njit(cache=True, nogil=True)
def concerned(coins, awake):
    """Rows for whom anything can happen: those who look or hold; few, so that what they do need not be fast."""
    plan, ira, elects = awake.plan, awake.ira, awake.elects
    rows = np.empty(plan.size, np.int64)
    count = 0
    for i in range(plan.size):
        if plan[i] or ira[i] or elects[i] or coins.plan[i] > 0.0 or coins.ira[i] > 0.0:
            rows[count] = i
            count += 1
    return rows[:count]


@njit(cache=True, nogil=True)
def plan_account(i, savers, coins, paid, menus, awake, news, p):
    """The plan account of one saver, with this month's looks."""
    employer, core, held = savers[i].employer, savers[i].plan_core, coins.plan[i]
    balance = core + held * news.price
    door = menus.plan_door[employer] if employer >= 0 else 0
    cap = min(menus.plan_cap[employer], p.free_cap) if door > 0 else p.free_cap
    logit = p.core_door if door == CORE_MENU else p.window_door
    slot = ADOPT_PLAN if awake.plan[i] else ADOPT_NEW
    is_open = door > 0 and cap > 0.0 and balance > 0.0
    return Account(core, balance, held, paid, cap, logit, is_open, awake.plan[i], awake.elects[i], slot)


@njit(cache=True, nogil=True)
def ira_account(i, savers, coins, paid, awake, news, p):
    """The IRA of one saver, with this month's looks."""
    core, held = savers[i].ira_core, coins.ira[i]
    balance = core + held * news.price
    is_open = news.ira_open and balance > 0.0
    return Account(core, balance, held, paid, p.free_cap, p.ira_door, is_open, awake.ira[i], False, ADOPT_IRA)


@njit(cache=True, nogil=True)
def room(account, value, wish):
    """USD that may be bought so that crypto stays within the cap, out of what the core holds."""
    return max(min(wish, account.cap * account.balance - value, account.core * (1.0 - 1e-9)), 0.0)
