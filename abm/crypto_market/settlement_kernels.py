"""Compiled core of the settlement: who pays and delivers what at the price found, in whole cents and whole satoshi.

The market makers are everybody's other side and take what rounding leaves, so that every auction moves coins and cents
and makes none. `docs/model.md`, 4.6 and section 6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from abm.crypto_market.clearing_kernels import CENTS_TO_SATOSHI, bid_want, fund_want
from abm.crypto_market.traders_kernels import payment, settle_traders

DOORS = 4


class Flows(NamedTuple):
    """What retirement money and government bring in a month, and what came of it.

    `usd`, `coins` (30, 4): cents to spend and satoshi to sell by day and door; `bought` … `received` (4,): results.
    `fund_*` (m,): the sleeves as in `Book`, coins and assets are updated; `fund_spent`: cents, net. `bid` (3,): log
    floor, cents left, share of supply per log point.
    """

    usd: np.ndarray
    coins: np.ndarray
    bought: np.ndarray
    spent: np.ndarray
    sold: np.ndarray
    received: np.ndarray
    fund_assets: np.ndarray
    fund_coins: np.ndarray
    fund_weight: np.ndarray
    fund_speed: np.ndarray
    fund_cents: np.ndarray
    fund_sale: np.ndarray
    fund_spent: np.ndarray
    bid: np.ndarray


def record_type(names: str) -> np.dtype:
    """A record of float64 fields with these names."""
    return np.dtype([(name, np.float64) for name in names.split()])


TOTALS = record_type(
    "traders_coins traders_cash levered_coins levered_cash rest_coins rest_cash accounts_coins accounts_cash "
    "bid_coins bid_cash issued stolen income recapitalisation shortfall lending excess_low excess_high "
    "sale_1_cents sale_2_cents"
)
"""A month's flows, satoshi and cents: net receipts from the auction by sector, then flows from outside it; where no
price cleared a day, excess demand at the ends of the search, satoshi; at the end of the month, cents of a sale that
would have brought the price down by 1 and by 2 %."""


@njit(cache=True, nogil=True, error_model="numpy")
def settle_accounts(flows, book, day, price):
    """Carry out the orders of savers and sleeves; returns satoshi and cents received, satoshi traded."""
    per_cent = CENTS_TO_SATOSHI / price
    received = cash = volume = 0.0
    for door in range(DOORS):
        sold, most = flows.coins[day, door], flows.usd[day, door]
        bought = np.trunc(most * per_cent)
        spent, proceeds = min(payment(bought, price), most), payment(sold, price)
        flows.bought[door] += bought
        flows.spent[door] += spent
        flows.sold[door] += sold
        flows.received[door] += proceeds
        received += bought - sold
        cash += proceeds - spent
        volume += bought + sold
    for fund in range(flows.fund_coins.size):
        trade = max(np.trunc(fund_want(book, fund, per_cent)[0]), -flows.fund_coins[fund])
        cost = payment(trade, price)
        flows.fund_coins[fund] += trade
        flows.fund_assets[fund] -= cost
        flows.fund_spent[fund] += cost
        received += trade
        cash -= cost
        volume += abs(trade)
    return received, cash, volume


@njit(cache=True, nogil=True, error_model="numpy")
def settle(now, traders, flows, book, found, day, opened, rest, total):
    """Carry out a day's trades at the price found; the market makers are everybody's other side.

    Returns:
        satoshi traded, and satoshi that liquidations brought to the market.
    """
    price = math.exp(found.log_price)
    forced = np.rint(found.short_crossed * book.short_share) - np.rint(found.long_crossed * book.long_share)
    coins, cash, volume = settle_traders(traders, found.log_price, price)
    now.traders_coins += coins
    total.traders_coins += coins
    total.traders_cash += cash
    saved, change, traded = settle_accounts(flows, book, day, price)
    now.accounts_coins += saved
    total.accounts_coins += saved
    total.accounts_cash += change
    bought = np.trunc(bid_want(book, found.log_price, CENTS_TO_SATOSHI / price)[0])
    cost = min(payment(bought, price), flows.bid[1])
    flows.bid[1] -= cost
    now.government_coins += bought
    total.bid_coins += bought
    total.bid_cash -= cost
    levered = max(opened + forced, -now.levered_coins)
    now.levered_coins += levered
    now.levered_cash -= payment(levered, price)
    total.levered_coins += levered
    total.levered_cash -= payment(levered, price)
    total.rest_coins += rest
    total.rest_cash -= payment(rest, price)
    others = coins + saved + bought + levered + rest
    now.makers_coins -= others
    now.makers_cash -= cash + change - cost - payment(levered, price) - payment(rest, price)
    if now.levered_cash < 0.0:  # a shortfall stays the lender's, who stands outside
        total.shortfall -= now.levered_cash
        now.levered_cash = 0.0
    if now.makers_cash < 0.0:
        total.recapitalisation -= now.makers_cash
        now.makers_cash = 0.0
    return volume + traded + bought + abs(levered) + abs(rest) + abs(others), abs(forced)
