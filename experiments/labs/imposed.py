"""Worlds whose crypto price is imposed: savers, sponsors and managers live as ever, but nobody's order moves the price.

For questions about behaviour alone: what would people do along this path? All orders are filled, spread evenly over the
days of the month, against the rest of the world. Nothing else of the month is different, and the books close.

    world = imposed_world(scenario, prices, before)      # prices[0] is the price of the eve of the first month
    months = lived(world)                                # the months table, after as many months as there are prices
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.crypto_market.agent import Outlook
from abm.crypto_market.history import History
from abm.crypto_market.kernels import DAY
from abm.crypto_market.orders import Orders, Trades
from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.state import Stateful
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR, Sector

if TYPE_CHECKING:
    from abm.asset_managers.sleeves import Funds
    from abm.books import Books
    from abm.clock import Clock
    from abm.crypto_market.agent import CryptoMarket, CryptoMarketParameters
    from abm.scenario import Shock

SATOSHI = 1e8


class ImposedMarket(Stateful):
    """Stands where the market stands, with a price that is given.

    Attributes:
        price: USD per coin at the end of the last month.
        history: what is remembered of past prices.
        events: always empty.
    """

    STATE = ("price", "history")

    def __init__(
        self,
        idle: CryptoMarket,
        prices: np.ndarray,
        before: np.ndarray,
        volatility: float,
        p: CryptoMarketParameters,
    ) -> None:
        """A market for as many months as there are prices after the first.

        Args:
            idle: the market that would be there; it never trades, and answers whatever else is recorded.
            prices: USD per coin at month ends, the eve of the first month first, shape (months + 1,).
            before: month ends before that, oldest first, shape (k,); they are remembered, nobody lives them.
            volatility: what everyone believes of it, 1/√year.
        """
        self._idle, self._prices, self._volatility = idle, prices, volatility
        self._speed = 1.0 - (1.0 - p.sleeve_speed) ** DAYS_A_MONTH
        self.price, self.events = float(prices[0]), []
        past = np.append(before, prices[0])
        self.history = History(float(past[0]), p.history.but(start_high=0.0))
        for opened, closed in pairwise(past):
            self.history.remember(float(opened), daily(opened, closed))

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):  # copying asks for them before there is an idle market
            raise AttributeError(name)
        return getattr(self._idle, name)

    @property
    def outlook(self) -> Outlook:
        """What anyone may know at the end of the last month."""
        return self.history.outlook(self.price, self._volatility, 1e9)

    @property
    def high(self) -> float:
        """Highest price of the last twelve months, USD per coin."""
        return self.history.high

    def coins_held(self) -> dict[Sector, float]:
        """Nothing is counted outside the accounts."""
        return {}

    cash_held = coins_held

    def trade(
        self,
        orders: Orders,
        funds: Funds,
        bid: object,
        stance: object,
        equity_daily: np.ndarray,
        shocks: Iterable[Shock],
        clock: Clock,
        books: Books,
    ) -> Trades:
        """Fill the month's orders at the mean of the imposed days, and enter them in the books."""
        opened, self.price = self.price, float(self._prices[clock.month + 1])
        days = np.zeros(DAYS_A_MONTH, DAY)
        days["price"] = daily(opened, self.price)
        buys, sells = float(np.mean(1.0 / days["price"])), float(np.mean(days["price"]))
        bought, received = np.floor(orders.usd * buys * SATOSHI) / SATOSHI, orders.coins * sells
        fund_coins = self._fund_coins(funds, opened)
        fund_spent = fund_coins * sells
        net_coins = float(np.sum(bought) - np.sum(orders.coins) + np.sum(fund_coins))
        net_usd = float(np.sum(orders.usd) - np.sum(received) + np.sum(fund_spent))
        books.deliver(Sector.REST, Sector.ACCOUNTS, "auction", net_coins * SATOSHI)
        books.pay(Sector.ACCOUNTS, Sector.REST, "auction", net_usd)
        self._held = self._held + fund_coins
        self.history.remember(opened, days["price"])
        done = {
            "price": self.price,
            "price_open": opened,
            "days": days,
            "bought": bought,
            "spent": orders.usd,
            "sold": orders.coins,
            "received": received,
            "fund_coins": fund_coins,
            "fund_spent": fund_spent,
            "amihud": float("nan"),
            "incidents": [],
        }
        return Trades(**dict.fromkeys(Trades._fields, 0.0) | done)  # nothing else happens in a market that is not there

    _held: np.ndarray | float = 0.0

    def _fund_coins(self, funds: Funds, price: float) -> np.ndarray:
        """Coins that the sleeves trade toward their targets, shape (m,)."""
        held = np.zeros(len(funds.weight)) + self._held
        wanted = funds.weight * (funds.other_assets / price + held)
        moved = np.where(funds.active, self._speed * (wanted - held), 0.0)
        moved = np.where(funds.active & (funds.weight <= 0.0), -held, moved)  # one that winds up leaves no tail
        return np.round(moved * SATOSHI) / SATOSHI


class ImposedWorld(RetirementModel):
    """A world along an imposed path; see `imposed_world`."""

    def __init__(self, scenario: Scenario, market: Callable[[CryptoMarket], ImposedMarket]) -> None:
        self._imposed = market
        super().__init__(scenario)

    def _found_actors(self, scenario: Scenario, savers: None) -> None:
        super()._found_actors(scenario, savers)
        self.market = self._imposed(self.market)


def imposed_world(
    scenario: Scenario, prices: np.ndarray, before: np.ndarray | None = None, volatility: float = 0.55
) -> ImposedWorld:
    """A world of the scenario along a path of prices.

    Args:
        scenario: its months, start price and shocks give way to the path.
        prices: USD per coin at month ends, the eve of the first month first, shape (months + 1,).
        before: month ends before that, oldest first; a year of the first price when left out.
        volatility: what everyone believes of it, 1/√year; the default moves nobody.
    """
    prices = np.asarray(prices, dtype=np.float64)
    past = np.full(MONTHS_A_YEAR, prices[0]) if before is None else np.asarray(before, dtype=np.float64)
    levers = {"parameters.crypto_market.start_price": float(prices[0]), "months": len(prices) - 1}
    scenario = scenario.with_values(levers).but(shocks=())
    p = scenario.parameters.crypto_market
    return ImposedWorld(scenario, lambda idle: ImposedMarket(idle, prices, past, volatility, p))


def lived(world: RetirementModel, watch: Callable[[RetirementModel], None] | None = None) -> pd.DataFrame:
    """The months table after the world's last month; `watch` is shown the world after every month."""
    while world.running:
        world.step()
        if watch is not None:
            watch(world)
    return world.records.tables()["months"]


def daily(opened: float, closed: float) -> np.ndarray:
    """Daily prices from one month end to the next, in equal logarithmic steps, shape (30,)."""
    steps = np.arange(1, DAYS_A_MONTH + 1) / DAYS_A_MONTH
    return opened * (closed / opened) ** steps
