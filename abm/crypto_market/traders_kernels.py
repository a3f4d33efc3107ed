"""Compiled core of the background traders: who trades on value and who on trend, what each wants, what each settles.

Money is cents, coins are satoshi, both whole numbers in float64; prices and values are logs. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from abm.crypto_market.clearing_kernels import CENTS_TO_SATOSHI
from abm.streams import bits, uniform

CLASSES = 6
_SPREAD = math.sqrt(12.0)
_LOW_BITS, _HALF, _UNIT = np.uint64(0xFFFFFFFF), np.uint64(32), 1.0 / 4294967296.0
_DAILY, _RENEWAL = 0, 1  # slots of the traders' stream


class Traders(NamedTuple):
    """Background traders, one entry each, padded with traders who own nothing and want nothing.

    Traits: `neutral`, satoshi wanted at a price of value with the supply of the start; `slope` of the want on the log
    gap; `belief` about value, log; `horizon`, class 0 (fastest) to 5; `purse`, cash aimed at as a share of the worth
    of neutral coins. State: `coins`, `cash`; `chartist`, 0 or 1; `mark`, the last private draw. Scratch: `swing`, the
    change of the private draw; `level` and `tilt` of today's want.
    """

    neutral: np.ndarray
    slope: np.ndarray
    belief: np.ndarray
    horizon: np.ndarray
    purse: np.ndarray
    coins: np.ndarray
    cash: np.ndarray
    chartist: np.ndarray
    mark: np.ndarray
    swing: np.ndarray
    level: np.ndarray
    tilt: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def payment(satoshi, price):
    """Whole cents for a trade of whole satoshi at a price in USD per coin."""
    return np.rint(satoshi * price / CENTS_TO_SATOSHI)


@njit(cache=True, nogil=True, error_model="numpy")
def switch(traders, index, total, t, key, time):
    """Let everybody reconsider value or trend, and draw private orders; one hash a trader and day.

    Args:
        index: attractiveness a. total: neutral holdings of all. time: days since the start.

    P(trend → value) = min(1, ν e^{a/2}),  P(value → trend) = min(1, ν e^{−a/2})    (Franke and Westerhoff 2012)

    Returns:
        share of neutral holdings that trades on value, and the weighted mean private swing.
    """
    to_value, to_trend = t.switching * math.exp(0.5 * index), t.switching * math.exp(-0.5 * index)
    on_value = swing = 0.0
    for i in range(traders.neutral.size):
        draw = bits(key, i, time, _DAILY)
        luck = np.float64(draw >> _HALF) * _UNIT
        mark = _SPREAD * (np.float64(draw & _LOW_BITS) * _UNIT - 0.5)  # uniform, mean 0, variance 1
        trend, size = traders.chartist[i], traders.neutral[i]
        trend = 1.0 - trend if luck < (to_value if trend > 0.0 else to_trend) else trend
        traders.chartist[i] = trend
        traders.swing[i] = mark - traders.mark[i]
        traders.mark[i] = mark
        on_value += size * (1.0 - trend)
        swing += size * traders.swing[i]
    return on_value / total, swing / total


@njit(cache=True, nogil=True, error_model="numpy")
def form_wants(traders, now, t, momentum, depth, orders, swing_mean):
    """Everybody's want a − b p of today, before what he has cuts it.

    value:  κ_k g [n (1 + φ (v + b − p)) − q] + orders;    trend:  χ n m_k + r · orders;   private orders net to nothing
    """
    pace, pull = np.empty(CLASSES), np.empty(CLASSES)
    for k in range(CLASSES):
        # Speeds fall by half from class to class and have mean κ over the classes
        pace[k] = t.value_speed * depth * CLASSES * 0.5**k / (2.0 - 0.5 ** (CLASSES - 1))
        pull[k] = t.trend_strength * momentum[k]
    for i in range(traders.neutral.size):
        k, size, trend = traders.horizon[i], traders.neutral[i] * now.scale, traders.chartist[i]
        common = t.order_size * orders * (1.0 + (t.trend_reaction - 1.0) * trend)
        noise = size * (common + t.private_size * (traders.swing[i] - swing_mean))
        tilt = (1.0 - trend) * pace[k] * size * traders.slope[i]
        rest = (1.0 - trend) * pace[k] * (size - traders.coins[i]) + trend * size * pull[k]
        traders.level[i] = rest + tilt * (now.value + traders.belief[i]) + noise
        traders.tilt[i] = tilt


@njit(cache=True, nogil=True, error_model="numpy")
def steal(traders, share):
    """Take a share of every trader's coins, whole satoshi; returns what was taken."""
    taken = 0.0
    for i in range(traders.coins.size):
        loss = math.floor(traders.coins[i] * min(share, 1.0))
        traders.coins[i] -= loss
        taken += loss
    return taken


@njit(cache=True, nogil=True, error_model="numpy")
def settle_traders(traders, p, price):
    """Carry out the traders' trades, whole satoshi towards zero; returns satoshi and cents received, satoshi traded."""
    per_cent = CENTS_TO_SATOSHI / price
    received = paid = volume = 0.0
    for i in range(traders.coins.size):
        want, most, least = traders.level[i] - traders.tilt[i] * p, traders.cash[i] * per_cent, -traders.coins[i]
        trade = np.trunc(least if want < least else (most if want > most else want))
        cost = payment(trade, price)
        cost = traders.cash[i] if cost > traders.cash[i] else cost
        traders.coins[i] += trade
        traders.cash[i] -= cost
        received += trade
        paid += cost
        volume += abs(trade)
    return received, -paid, volume


@njit(cache=True, nogil=True, error_model="numpy")
def pay_incomes(traders, now, t, key, month):
    """Move everybody's cash part of the way to his purse, and replace some traders; returns cents from outside.

    A replaced trader passes his coins on; his cash leaves with him and his successor brings a full purse. The purse
    follows price: tied to value, a rising price would starve buyers and steady the market by accident.
    """
    anchor = now.log_price if t.purse_follows_price > 0.0 else now.value
    worth = math.exp(anchor) * now.scale / CENTS_TO_SATOSHI
    income = 0.0
    for i in range(traders.cash.size):
        purse = np.rint(traders.purse[i] * traders.neutral[i] * worth)
        change = purse - traders.cash[i]
        if uniform(key, i, month, _RENEWAL) >= t.renewal:
            change = np.rint(t.income_speed * change)
        traders.cash[i] += change
        income += change
    return income
