"""Markets and outside worlds for tests of the crypto market alone."""

from typing import NamedTuple

import mesa
import numpy as np

from abm.books import Books
from abm.clock import Clock
from abm.crypto_market.agent import CryptoMarket, CryptoMarketParameters, Orders
from abm.scenario import Loops, MarketDials
from abm.streams import normals, stream


class Funds(NamedTuple):
    other_assets: np.ndarray
    weight: np.ndarray
    active: np.ndarray


class Bid(NamedTuple):
    log_floor: float = 0.0
    budget: float = 0.0
    slope: float = 0.05


class Stance(NamedTuple):
    clarity: float = 0.5
    enforcement: float = 0.5


def funds(assets=0.0, weight=0.0, count=2):
    return Funds(np.full(count, assets), np.full(count, weight), np.ones(count, dtype=bool))


def orders(usd=0.0, coins=0.0):
    """The same purchase (USD) and sale (coins) through three doors; the sleeve's door is not used for orders."""
    doors = np.array([1.0, 1.0, 0.0, 1.0])
    return Orders(usd * doors, coins * doors)


def market(seed=1, accounts=0.0, loops=None, parameters=None, **dials):
    dials = {"traders": 200} | dials
    p = parameters or CryptoMarketParameters()
    return CryptoMarket(mesa.Model(), MarketDials(**dials), loops or Loops(), p, seed, accounts)


class World:
    """A clock, stocks and books around one market; `trade` runs one month and closes the books on what is held."""

    def __init__(self, market, seed=1, start="2026-01"):
        self.market, self.seed, self.clock, self.books = market, seed, Clock(start), Books()
        self._close()

    def trade(self, orders=orders(), funds=funds(), bid=Bid(), stance=Stance(), shocks=()):  # noqa: B008 immutable
        self.clock.tick()
        self.books.open()
        stocks = 0.165 / np.sqrt(360) * normals(stream(self.seed, "stocks"), np.arange(30), self.clock.month, 0)
        trades = self.market.trade(orders, funds, bid, stance, stocks, shocks, self.clock, self.books)
        self._close()
        return trades

    def run(self, months, **outside):
        """Several months of the same outside world; daily records joined, shape (30 × months,)."""
        return np.concatenate([self.trade(**outside).days for _ in range(months)])

    def _close(self):
        self.books.close(self.clock.label, self.market.cash_held(), self.market.coins_held())


def total_coins(market):
    """Whole satoshi of all holders."""
    return sum(market.coins_held().values()) + market.accounts_coins
