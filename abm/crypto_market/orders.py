"""What comes to the market and what comes of it: a month's orders in, its trades out, and their entries in the books.

    purchases  USD, in whole cents          sales  coins, in whole satoshi          each spread evenly over thirty days

A sleeve quotes a curve, κ_s (w (A/P + q) − q), so that it buys more the lower the price; with loop B1 cut it trades the
gap of the opening price instead, whatever the price does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.crypto_market.clearing_kernels import CENTS_TO_SATOSHI
from abm.crypto_market.settlement_kernels import DOORS, Flows
from abm.crypto_market.venues import Incident
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR, Sector

if TYPE_CHECKING:
    from abm.asset_managers.sleeves import Funds
    from abm.books import Books
    from abm.government.rescue import Bid

SATOSHI, CENTS = 1e8, 100.0
"""Satoshi in a coin, cents in a USD."""


class Orders(NamedTuple):
    """A month's orders of savers by `Door`, spread evenly over its days; the sleeve's entries are 0.

    Attributes:
        usd: purchases, national USD, shape (4,).
        coins: sales, coins, shape (4,).
    """

    usd: np.ndarray
    coins: np.ndarray


class Trades(NamedTuple):
    """What a month of trading came to; coins and USD, each a whole number of satoshi and cents.

    Attributes:
        price, price_open: USD per coin at the end of the last day and of the day before the first.
        days: one record a day, dtype `kernels.DAY`, shape (30,).
        bought, spent, sold, received: savers' orders by door, shape (4,).
        fund_coins, fund_spent: change of the sleeves' coins and net USD paid for it, shape (m,).
        bid_coins, bid_spent: of the government's standing bid.
        issued, stolen: new coins, and coins taken by thieves.
        amihud: % per billion USD. spread: between bid and ask, basis points of the price.
        sale_1_usd, sale_2_usd: sale that would have brought the last day's price down by 1 and 2 %.
        incidents: what befell the venues.
    """

    price: float
    price_open: float
    days: np.ndarray
    bought: np.ndarray
    spent: np.ndarray
    sold: np.ndarray
    received: np.ndarray
    fund_coins: np.ndarray
    fund_spent: np.ndarray
    bid_coins: float
    bid_spent: float
    issued: float
    stolen: float
    amihud: float
    spread: float
    sale_1_usd: float
    sale_2_usd: float
    incidents: list[Incident]


def flows_of(
    orders: Orders, funds: Funds, bid: Bid, fund_coins: np.ndarray, owned: float, speed: float, lump: float
) -> Flows:
    """Outside orders in whole cents and satoshi; savers' sales are held to what the accounts own.

    Args:
        fund_coins: the sleeves' satoshi, shape (m,); the market will update it. owned: satoshi of all accounts.
        speed: share of its gap that a sleeve trades a day. lump: price at which sleeves trade a fixed gap, or 0.
    """
    usd, coins = np.floor(np.asarray(orders.usd) * CENTS), np.floor(np.asarray(orders.coins) * SATOSHI)
    free = max(owned - fund_coins.sum(), 0.0)
    if coins.sum() > free:  # savers' own floats may round above whole satoshi
        coins = np.floor(coins * (free / coins.sum()))
    assets = np.rint(np.maximum(funds.other_assets, 0.0) * CENTS)
    weight, pace = np.asarray(funds.weight, dtype=np.float64), np.where(funds.active, speed, 0.0)
    purchase, sale = fixed_gap(assets, fund_coins, weight, pace, lump)
    if lump > 0.0:
        pace = np.zeros_like(pace)
    floor = bid.log_floor if bid.budget > 0.0 else -np.inf
    return Flows(
        usd=daily_parts(usd),
        coins=daily_parts(coins),
        **{name: np.zeros(DOORS) for name in ("bought", "spent", "sold", "received")},
        fund_assets=assets,
        fund_coins=fund_coins,
        fund_weight=weight,
        fund_speed=pace,
        fund_cents=purchase,
        fund_sale=sale,
        fund_spent=np.zeros(fund_coins.size),
        bid=np.array([floor, math.floor(bid.budget * CENTS), bid.slope], dtype=np.float64),
    )


def daily_parts(total: np.ndarray | float) -> np.ndarray:
    """Whole totals of a month spread evenly over its days in whole parts, shape (30, *total.shape)."""
    reached = np.floor(np.multiply.outer(np.arange(DAYS_A_MONTH + 1), total) / DAYS_A_MONTH)
    return np.diff(reached, axis=0)


def fixed_gap(
    assets: np.ndarray, coins: np.ndarray, weight: np.ndarray, speed: np.ndarray, price: float
) -> tuple[np.ndarray, np.ndarray]:
    """Daily purchases (whole cents) and sales (whole satoshi) of funds that trade a fixed gap, each shape (m,).

    Args:
        assets: cents outside crypto. coins: satoshi. weight: target share. speed: share of the gap a day.
        price: USD per coin at which the gap is measured; 0 for no fixed trades.
    """
    if price <= 0.0:
        return np.zeros(coins.size), np.zeros(coins.size)
    worth = coins * price / CENTS_TO_SATOSHI
    gap = weight * (assets + worth) - worth
    # Thirty days of it must not exceed what the fund owns
    daily = np.clip(speed * gap, -worth / DAYS_A_MONTH, assets / DAYS_A_MONTH)
    return np.floor(np.maximum(daily, 0.0)), np.floor(np.maximum(-daily, 0.0) * CENTS_TO_SATOSHI / price)


def daily_issuance(at_start: float, year: int, month_of_year: int) -> float:
    """New coins a day, in coins: halved in April 2028 and every four years from there (protocol)."""
    months = (year - 2028) * MONTHS_A_YEAR + month_of_year - 4
    halvings = 0 if months < 0 else 1 + months // (4 * MONTHS_A_YEAR)
    return at_start / 2.0**halvings


def enter(total: np.void, books: Books) -> None:
    """Enter the month in the books; the market makers stand between all buyers and sellers."""
    books.coins.create(Sector.REST, "issuance", float(total["issued"]))
    books.deliver(Sector.TRADERS, Sector.REST, "theft", float(total["stolen"]))
    sectors = {
        Sector.TRADERS: "traders",
        Sector.LEVERED: "levered",
        Sector.REST: "rest",
        Sector.ACCOUNTS: "accounts",
        Sector.GOVERNMENT: "bid",
    }
    for sector, name in sectors.items():
        books.deliver(Sector.MARKET_MAKERS, sector, "auction", float(total[f"{name}_coins"]))
        books.pay(Sector.MARKET_MAKERS, sector, "auction", float(total[f"{name}_cash"]) / CENTS)
    outside = {
        "trader income": (Sector.TRADERS, "income"),
        "recapitalisation": (Sector.MARKET_MAKERS, "recapitalisation"),
        "liquidation shortfall": (Sector.LEVERED, "shortfall"),
        "margin lending": (Sector.LEVERED, "lending"),
    }
    for kind, (sector, name) in outside.items():
        books.pay(Sector.REST, sector, kind, float(total[name]) / CENTS)
