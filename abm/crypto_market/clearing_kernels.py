"""Compiled core of the clearing: one price at which everybody's wants, cut at what they have, add up to nothing.

    Σ_i clip(a_i − b_i p, −coins_i, cash_i/P) + makers + sleeves + USD/P + fixed + bid − ψ_L L(p) + ψ_S S(p) = 0

Without its ladder this excess demand falls in p, so a bracketed Newton search finds its only zero. Liquidations make it
rise in places; the market then stops at the *first* price on its way from yesterday's: rungs are swept in order and
the price is solved again until no new rung is crossed (a monotone iteration, as in Eisenberg and Noe 2001).

Coins are satoshi, money is US cents, p is the log of USD per coin. Sums over traders run in eight lanes of fixed order,
so that the same book gives the same bits however wide the processor's vectors are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

LANES = 8
CENTS_TO_SATOSHI = 1e6
"""Satoshi that one cent buys at a price of one USD per coin."""
RUNGS, RUNG = 1024, 0.005
"""The ladder: places on a ring, and their height in log price; place j stands for every (j + 1024 k) · 0.005."""

REACH = 10.0
"""How far from yesterday's log price a clearing price is looked for."""
_STEP, _TOLERANCE, _PASSES = 0.25, 1e-10, 200
CLEARED, NO_PRICE = 0, 1


class Book(NamedTuple):
    """Everybody's standing wants on one day.

    Traders (arrays of one length, a multiple of eight): `level` a_i and `tilt` b_i of the want a_i − b_i p, satoshi;
    `coins`, satoshi, and `cash`, cents, at which it is cut. Makers: the same with limits on today's trade, satoshi.
    Sleeves (arrays of one length): other `fund_assets`, cents; `fund_coins`, satoshi; target `fund_weight`;
    `fund_speed`, the share of the gap traded today; `fund_cents` and `fund_sale`, fixed purchases and sales.
    `cents`: other fixed purchases. `fixed`: fixed net purchases, satoshi. Bid: log price of the `floor`, `budget` in
    cents, `bid_slope` in satoshi per log point. Ladders: open interest by place on the ring, satoshi, and the shares
    of it that reach this market. `last`: yesterday's log price. `start`: where the search begins.
    """

    level: np.ndarray
    tilt: np.ndarray
    coins: np.ndarray
    cash: np.ndarray
    makers_level: float
    makers_tilt: float
    makers_low: float
    makers_high: float
    fund_assets: np.ndarray
    fund_coins: np.ndarray
    fund_weight: np.ndarray
    fund_speed: np.ndarray
    fund_cents: np.ndarray
    fund_sale: np.ndarray
    cents: float
    fixed: float
    floor: float
    budget: float
    bid_slope: float
    longs: np.ndarray
    shorts: np.ndarray
    long_share: float
    short_share: float
    last: float
    start: float


class Price(NamedTuple):
    """Where the market cleared.

    Log price; open interest crossed by longs and shorts, satoshi; slope of excess demand there, satoshi per log point
    (positive where demand falls); passes over the book; CLEARED or NO_PRICE.
    """

    log_price: float
    long_crossed: float
    short_crossed: float
    slope: float
    passes: int
    status: int


@njit(cache=True, nogil=True, error_model="numpy")
def makers_want(book, p):
    """Satoshi the market makers want at log price p, and its slope."""
    want = book.makers_level - book.makers_tilt * p
    if want < book.makers_low:
        return book.makers_low, 0.0
    if want > book.makers_high:
        return book.makers_high, 0.0
    return want, book.makers_tilt


@njit(cache=True, nogil=True, error_model="numpy")
def fund_want(book, fund, per_cent):
    """Satoshi that a sleeve wants when a cent buys `per_cent` satoshi, and its slope."""
    pull = book.fund_speed[fund]
    bought = (pull * book.fund_weight[fund] * book.fund_assets[fund] + book.fund_cents[fund]) * per_cent
    kept = pull * (1.0 - book.fund_weight[fund]) * book.fund_coins[fund] + book.fund_sale[fund]
    return bought - kept, bought


@njit(cache=True, nogil=True, error_model="numpy")
def bid_want(book, p, per_cent):
    """Satoshi that the standing bid wants at log price p, and its slope: nothing above its floor."""
    if p >= book.floor or book.budget <= 0.0:
        return 0.0, 0.0
    want, most = book.bid_slope * (book.floor - p), book.budget * per_cent
    return (want, book.bid_slope) if want < most else (most, most)


@njit(cache=True, nogil=True, error_model="numpy")
def excess(book, p, liquidated):
    """Excess demand at log price p without the ladder's answer to p, and minus its slope, satoshi.

    Args:
        liquidated: net satoshi already forced into the market (bought less sold).
    """
    per_cent = CENTS_TO_SATOSHI * math.exp(-p)
    total, steep = np.zeros(LANES), np.zeros(LANES)
    level, tilt, coins, cash = book.level, book.tilt, book.coins, book.cash
    for block in range(0, level.size, LANES):
        for lane in range(LANES):
            i = block + lane
            want, most, least = level[i] - tilt[i] * p, cash[i] * per_cent, -coins[i]
            total[lane] += least if want < least else (most if want > most else want)
            steep[lane] += 0.0 if want < least else (most if want > most else tilt[i])
    demand, slope = makers_want(book, p)
    bought, steeper = bid_want(book, p, per_cent)
    demand += bought + book.cents * per_cent + book.fixed + liquidated
    slope += steeper + book.cents * per_cent
    for fund in range(book.fund_coins.size):
        bought, steeper = fund_want(book, fund, per_cent)
        demand += bought
        slope += steeper
    for lane in range(LANES):
        demand += total[lane]
        slope += steep[lane]
    return demand, slope


@njit(cache=True, nogil=True, error_model="numpy")
def root(book, liquidated, start):
    """The zero of `excess` nearest by bracketed Newton steps: log price, slope there, passes, status."""
    low, high = book.last - REACH, book.last + REACH
    below = above = False  # whether the ends of the bracket have been seen to hold the zero
    p, slope = min(max(start, low), high), 0.0
    for passes in range(1, _PASSES):
        demand, slope = excess(book, p, liquidated)
        if demand >= 0.0:
            low, below = p, True
        if demand <= 0.0:
            high, above = p, True
        if low == high:
            return p, slope, passes, CLEARED
        step = _STEP if demand > 0.0 else -_STEP
        if slope > 0.0:
            step = min(max(demand / slope, -_STEP), _STEP)
        if abs(step) < _TOLERANCE or (below and above and high - low < _TOLERANCE):
            return p + step, slope, passes, CLEARED
        p += step
        if p <= low or p >= high:
            if below and above:
                p = 0.5 * (low + high)
            else:
                p = low if p <= low else high  # an end not seen yet: look there once, then give up
                if excess(book, p, liquidated)[0] * step > 0.0:
                    return p, slope, passes, NO_PRICE
        elif below and above and passes % 16 == 0:
            p = 0.5 * (low + high)  # Newton between two kinks can crawl
    return p, slope, _PASSES, NO_PRICE


@njit(cache=True, nogil=True, error_model="numpy")
def clear(book):
    """The price at which the market stops, liquidations included; returns a `Price`."""
    p, slope, passes, status = root(book, 0.0, book.start)
    falling = p < book.last
    ladder, share = (book.longs, -book.long_share) if falling else (book.shorts, book.short_share)
    rung = math.floor(book.last / RUNG)
    crossed, swept = 0.0, 0
    while status == CLEARED:
        new = 0.0
        # A long of place j is closed below j · RUNG, a short above (j + 1) · RUNG
        while swept < RUNGS and (p < rung * RUNG if falling else p > (rung + 1) * RUNG):
            new += ladder[rung % RUNGS]
            rung += -1 if falling else 1
            swept += 1
        if new * share == 0.0:
            crossed += new
            break
        crossed += new
        start = p + max(min(new * share / slope, _STEP), -_STEP) if slope > 0.0 else p
        p, slope, more, status = root(book, crossed * share, start)
        passes += more
    return Price(p, crossed if falling else 0.0, 0.0 if falling else crossed, slope, passes, status)
