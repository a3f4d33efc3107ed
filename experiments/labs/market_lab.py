"""The crypto market by itself: the same auctions, draws and incidents as in the whole world, without its savers.

Two labs of one scenario share every draw, so whatever differs between them is the effect of what was done to one:

    base, moved = (MarketLab(Scenario(seed=1)) for _ in range(2))
    moved.run(360, usd=1e8)["log_price"] - base.run(360)["log_price"]

Used by the studies of flows, stress and claim C1, and by whoever fits the market to data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import mesa
import numpy as np
import pandas as pd
from scipy.stats import binom

from abm.books import Books
from abm.clock import Clock
from abm.crypto_market.agent import CryptoMarket, OpenMonth, Orders, Trades
from abm.returns import Economy
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH

CENTS, SATOSHI = 100.0, 1e8


class Sleeves(NamedTuple):
    """Funds that trade back to a target share: `other_assets` (USD), target `weight`, `active`, each shape (m,)."""

    other_assets: np.ndarray = np.zeros(0)
    weight: np.ndarray = np.zeros(0)
    active: np.ndarray = np.zeros(0, dtype=bool)


class StandingBid(NamedTuple):
    """A bid below a price: its log, USD left to spend a month, and share of supply bought per log point below."""

    log_floor: float = 0.0
    budget: float = 0.0
    slope: float = 0.0


class Stance(NamedTuple):
    """What the government lets the market expect, 0–1 each; the first month's is the start."""

    clarity: float = 0.5
    enforcement: float = 0.5


class DayShock(NamedTuple):
    """A shock on any day of a run, counted from 0; kinds and sizes as in `Shock` of a scenario (not election)."""

    day: int
    kind: str
    size: float


Peek = Callable[[float, float], float]
"""The log return that today would bring with a flow of (USD to buy with, coins to sell)."""
Flow = Callable[[int, Peek], tuple[float, float]]
"""Today's flow by (day of the run, peek): USD to buy with, and coins to sell."""


class MarketLab:
    """One crypto market and the stocks it leans on.

    Attributes:
        market: the market.
        clock: the lab's own.
        trades: what the last month of a run came to; None before it.
    """

    def __init__(self, scenario: Scenario | None = None, accounts: float = 0.0, sleeves: float = 0.0) -> None:
        """Build the market of a scenario.

        Args:
            accounts: coins that retirement accounts hold at the start. sleeves: of these, the coins of one sleeve.
        """
        self.scenario = scenario or Scenario()
        s, p = self.scenario, self.scenario.parameters
        self.market = CryptoMarket(mesa.Model(), s.market, s.loops, p.crypto_market, s.draws, max(accounts, sleeves))
        if sleeves:
            self.market.endow_sleeves(np.array([sleeves]))
        self.trades: Trades | None = None
        self.clock, self._economy, self._books = Clock(s.start), Economy(p.returns, s.draws), Books()

    def run(
        self,
        days: int,
        usd: np.ndarray | float = 0.0,
        coins: np.ndarray | float = 0.0,
        shocks: Iterable[DayShock] = (),
        sleeves: Sleeves = Sleeves(),  # noqa: B008 immutable
        bid: StandingBid = StandingBid(),  # noqa: B008 immutable
        stance: Stance = Stance(),  # noqa: B008 immutable
        flow: Flow | None = None,
    ) -> pd.DataFrame:
        """Trade some days and return one row a day; the lab goes on from the end of the last month it began.

        Args:
            usd, coins: USD to buy with and coins to sell a day, a number or shape (days,).
            shocks: what befalls the market on which day, beside what the draws and the scenario bring.
            sleeves, bid, stance: as a month of the whole world hands them over.
            flow: called every day before the auction, instead of `usd` and `coins`.

        Returns:
            columns of `kernels.DAY`, and log_price and log_return, shape (days, …).

        Raises:
            ClearingError: no price clears a day.
        """
        months = -(-days // DAYS_A_MONTH)
        bought, sold = (_by_day(values, days, months) for values in (usd, coins))
        shocks, tables = list(shocks), []
        last = math.log(self.market.price)
        for month in range(months):
            opened = self._open(sleeves, bid, stance)
            begun = month * DAYS_A_MONTH
            for shock in shocks:
                if begun <= shock.day < begun + DAYS_A_MONTH:
                    self._let_happen(shock, shock.day - begun, opened)
            opened.flows.usd[:, 0] = np.floor(CENTS * bought[begun : begun + DAYS_A_MONTH])
            opened.flows.coins[:, 0] = np.floor(SATOSHI * sold[begun : begun + DAYS_A_MONTH])
            if flow is None:
                self.market.trade_until(opened, DAYS_A_MONTH)
            else:
                self._trade_by_day(opened, begun, flow)
            self.trades = self.market.close_month(opened, self._books)
            tables.append(self.trades.days)
        return _frame(np.concatenate(tables)[:days], last)

    def quiet_month(self) -> np.ndarray:
        """A month in which nothing comes from outside: its records as the kernels write them, shape (30,)."""
        opened = self._open(Sleeves(), StandingBid(), Stance())
        self.market.trade_until(opened, DAYS_A_MONTH)
        return self.market.close_month(opened, self._books).days

    def _open(self, sleeves: Sleeves, bid: StandingBid, stance: Stance) -> OpenMonth:
        self.clock.tick()
        self._books.open()
        shocks, nothing = self.scenario.shocks_in(self.clock.label), np.zeros(4)
        self._economy.advance(self.clock, shocks)
        return self.market.open_month(
            Orders(nothing, nothing), sleeves, bid, stance, self._economy.equity_news, shocks, self.clock
        )

    def _let_happen(self, shock: DayShock, day: int, opened: OpenMonth) -> None:
        if shock.kind == "equity":
            opened.month.drift[day] += self.scenario.parameters.crypto_market.traders.stock_beta * shock.size
            return
        incident = self.market.venues.incident_of(shock.kind, shock.size)
        if incident is not None:
            self.market.let_happen(incident._replace(day=day), opened.month)

    def _trade_by_day(self, opened: OpenMonth, begun: int, flow: Flow) -> None:
        for day in range(DAYS_A_MONTH):
            usd, coins = flow(begun + day, lambda *flows, day=day: self._peek(opened, day, *flows))
            _order(opened, day, usd, coins)
            self.market.trade_until(opened, day + 1, first=day)

    def _peek(self, opened: OpenMonth, day: int, usd: float, coins: float) -> float:
        _order(opened, day, usd, coins)
        return self.market.peek(opened, day)


def median_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Interval of the median of independent markets by order statistics, right whatever the distribution.

    NaN where there are too few for the level (fewer than six at 95 %).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    rank = int(binom.ppf(0.5 * (1.0 - level), ordered.size, 0.5))
    if rank == 0:
        return math.nan, math.nan
    return float(ordered[rank - 1]), float(ordered[ordered.size - rank])


def _order(opened: OpenMonth, day: int, usd: float, coins: float) -> None:
    opened.flows.usd[day, 0], opened.flows.coins[day, 0] = math.floor(CENTS * usd), math.floor(SATOSHI * coins)


def _by_day(values: np.ndarray | float, days: int, months: int) -> np.ndarray:
    spread = np.zeros(months * DAYS_A_MONTH)
    spread[:days] = values
    return spread


def _frame(days: np.ndarray, last: float) -> pd.DataFrame:
    """Daily records with the log price and the log return."""
    frame = pd.DataFrame({name: days[name] for name in days.dtype.names})
    frame["log_price"] = np.log(frame["price"])
    frame["log_return"] = np.diff(frame["log_price"], prepend=last)
    return frame
