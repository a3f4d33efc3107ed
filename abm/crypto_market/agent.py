"""The crypto market as an agent: it takes a month's orders, trades for thirty days, and says what came of it.

Formulas stand in the files beside this one; here state is unpacked, the month is run, and the books are written.
The model makes no price forecast. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from abm.crypto_market.clearing_kernels import REACH
from abm.crypto_market.dials import dialled
from abm.crypto_market.history import History, HistoryParameters, Outlook
from abm.crypto_market.institutions import InstitutionsParameters, added_depth, bought_coins
from abm.crypto_market.kernels import DAY, MARKET, Month, Rules, trade_days
from abm.crypto_market.leverage import LeverageParameters, found_ladders, spot_coins
from abm.crypto_market.liquidity import LiquidityParameters, amihud, quoted_spread
from abm.crypto_market.orders import CENTS, SATOSHI, Orders, Trades, daily_issuance, daily_parts, enter, flows_of
from abm.crypto_market.settlement_kernels import TOTALS, Flows
from abm.crypto_market.traders import TradersParameters, found_traders
from abm.crypto_market.traders_kernels import CLASSES, Traders
from abm.crypto_market.venues import Incident, Venues, VenuesParameters, expected_jump
from abm.errors import ClearingError
from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import stream
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR, Event, Sector

__all__ = ["CryptoMarket", "CryptoMarketParameters", "Orders", "Outlook", "Trades"]

if TYPE_CHECKING:
    from abm.asset_managers.sleeves import Funds
    from abm.books import Books
    from abm.clock import Clock
    from abm.government.agent import Stance
    from abm.government.rescue import Bid
    from abm.scenario import Loops, MarketDials, Shock


class CryptoMarketParameters(Quantities):
    """Everything the market reads, by rule."""

    start_price: float = quantity(
        87_000.0,
        unit="USD/coin",
        low=1.0,
        high=1e7,
        source="late January 2026: 56 % of 3.11 trillion USD of all crypto (CoinGecko) over 19.97 million coins",
    )
    """Price at the start; value is the same."""
    supply: float = quantity(
        19_970_000.0, unit="coins", low=1e6, high=21e6, source="Glassnode: 19.92 million in August 2025, plus 450 a day"
    )
    """Coins in existence at the start."""
    issuance: float = quantity(450.0, unit="coins/day", low=0.0, high=7200.0, source="protocol, after April 2024")
    """New coins a day until April 2028; the protocol halves them every four years from there."""
    sleeve_speed: float = quantity(1.0 / 30.0, unit="1/day", low=0.0, high=1.0, source="assumed")
    """κ_s, share of the gap to its target that a fund's sleeve trades a day."""
    traders: TradersParameters = TradersParameters()
    liquidity: LiquidityParameters = LiquidityParameters()
    institutions: InstitutionsParameters = InstitutionsParameters()
    leverage: LeverageParameters = LeverageParameters()
    venues: VenuesParameters = VenuesParameters()
    history: HistoryParameters = HistoryParameters()


class OpenMonth(NamedTuple):
    """A month that is being traded: what is known of it, what comes to the market, and what came of it so far.

    Attributes:
        month, flows, people: as the kernels take them. total: `TOTALS`, one entry. days: `DAY`, shape (30,).
        price_open: USD per coin before the first day. fund_coins: satoshi of the sleeves then, shape (m,).
        incidents: what befell the venues.
    """

    month: Month
    flows: Flows
    people: Traders
    total: np.ndarray
    days: np.ndarray
    price_open: float
    fund_coins: np.ndarray
    incidents: list[Incident]


class CryptoMarket(mesa.Agent, Stateful):
    """One market for one coin, with its background traders, market makers, levered positions and venues.

    Attributes:
        events: what was noteworthy this month.
        venues: who keeps coins and may be robbed.
        history: what is remembered of past prices.
    """

    STATE = (
        "_now", "_neutral", "_coins", "_cash", "_chartist", "_mark", "_momentum", "_ladders", "_fund_coins",
        "_clarity_at_start", "_enforcement_at_start", "_depth_usd", "venues", "history",
    )  # fmt: skip

    def __init__(
        self,
        model: mesa.Model,
        dials: MarketDials,
        loops: Loops,
        p: CryptoMarketParameters,
        seed: int,
        accounts_coins: float,
    ) -> None:
        """Found the market at a price that equals value.

        Args:
            accounts_coins: coins that retirement accounts hold; they are not among the traders'.
        """
        super().__init__(model)
        self._p, self._loops = dialled(p, dials), loops
        self._drift = dials.drift - expected_jump(p.venues)
        self._rules = Rules(
            self._p.traders.numbers(),
            self._p.liquidity.numbers(),
            self._p.leverage.numbers(),
            self._p.venues.numbers(),
            stream(seed, "market.traders"),
            stream(seed, "market.days"),
            loops.liquidations,
        )
        self.events: list[Event] = []
        self.venues = Venues(p.venues, seed)
        self.history = History(p.start_price, p.history)
        self._clarity_at_start = self._enforcement_at_start = math.nan
        self._found(dials.traders, round(accounts_coins * SATOSHI), seed)

    def _found(self, count: int, accounts: float, seed: int) -> None:
        """Set the state of the first day."""
        p, supply = self._p, round(self._p.supply * SATOSHI)
        makers, levered = round(p.liquidity.makers_inventory * supply), spot_coins(supply, p.leverage)
        worth = supply / SATOSHI * p.start_price * CENTS
        people = found_traders(count, supply - makers - levered - accounts, p.start_price, p.traders, seed)
        self._neutral, self._coins, self._cash = people.neutral, people.coins, people.cash
        self._chartist, self._mark = people.chartist, people.mark
        self._traits = people
        self._momentum = np.zeros(CLASSES)
        self._fund_coins = np.zeros(0)  # satoshi, one entry a sleeve from the first month on
        self._ladders = found_ladders(math.log(p.start_price), supply, p.leverage)
        self._now = np.zeros(1, MARKET)
        now = self._now[0]
        now["log_price"] = now["value"] = math.log(p.start_price)
        now["variance_fast"] = now["variance_slow"] = p.traders.calm_volatility**2
        now["venues_open"] = now["scale"] = 1.0
        now["fundamental"] = np.sum(people.neutral * (1.0 - people.chartist)) / people.neutral.sum()
        now["supply"], now["accounts_coins"] = supply, accounts
        now["neutral"], now["traders_coins"] = people.neutral.sum(), people.coins.sum()
        now["makers_coins"], now["makers_cash"] = makers, round(p.liquidity.makers_capital * worth)
        now["levered_coins"] = levered
        now["levered_cash"] = round(p.leverage.cash_multiple * levered / supply * worth)
        self._depth_usd = 0.01 * p.liquidity.makers_slope * people.coins.sum() / SATOSHI * p.start_price

    @property
    def price(self) -> float:
        """USD per coin at the end of the last market day."""
        return math.exp(self._now["log_price"][0])

    @property
    def high(self) -> float:
        """Highest daily price of the last twelve months, USD per coin."""
        return self.history.high

    @property
    def supply(self) -> float:
        """Coins in existence."""
        return self._now["supply"][0] / SATOSHI

    @property
    def accounts_coins(self) -> float:
        """Satoshi that retirement accounts hold, sleeves included, as the market delivered them."""
        return float(self._now["accounts_coins"][0])

    @property
    def institutions_coins(self) -> float:
        """Coins of institutions that came with clarity; they belong to the rest of the world."""
        return float(self._now["institutions_coins"][0]) / SATOSHI

    @property
    def float_share(self) -> float:
        """Share of all coins that background traders, makers and levered traders hold: what can be had at a price."""
        now = self._now[0]
        return float((now["traders_coins"] + now["makers_coins"] + now["levered_coins"]) / now["supply"])

    @property
    def long_term_share(self) -> float:
        """Share of all coins held by traders of the two slowest classes, who need half a year or more for a gap."""
        slow = self._traits.horizon >= CLASSES - 2
        return float(np.sum(self._coins[slow])) / float(self._now["supply"][0])

    @property
    def outlook(self) -> Outlook:
        """What anyone may know at the end of the last month."""
        now, t = self._now[0], self._p.traders
        mix = (1.0 - t.slow_weight) * now["variance_fast"] + t.slow_weight * now["variance_slow"]
        yearly = math.sqrt(mix * DAYS_A_MONTH * MONTHS_A_YEAR)
        return self.history.outlook(self.price, yearly, self._depth_usd)

    @property
    def purses(self) -> np.ndarray:
        """Cash that each trader aims at, share of the worth of his neutral coins, shape (traders and padding,)."""
        return self._traits.purse

    def coins_held(self) -> dict[Sector, float]:
        """Whole satoshi by holder; with those of the accounts they add up to the supply exactly."""
        now = self._now[0]
        return {
            Sector.TRADERS: float(self._coins.sum()),
            Sector.MARKET_MAKERS: float(now["makers_coins"]),
            Sector.LEVERED: float(now["levered_coins"]),
            Sector.REST: float(now["thieves_coins"] + now["institutions_coins"]),
            Sector.GOVERNMENT: float(now["government_coins"]),
        }

    def cash_held(self) -> dict[Sector, float]:
        """USD in the market by holder, whole cents."""
        now = self._now[0]
        return {
            Sector.TRADERS: float(self._cash.sum()) / CENTS,
            Sector.MARKET_MAKERS: float(now["makers_cash"]) / CENTS,
            Sector.LEVERED: float(now["levered_cash"]) / CENTS,
        }

    def trade(
        self,
        orders: Orders,
        funds: Funds,
        bid: Bid,
        stance: Stance,
        equity_news: np.ndarray,
        shocks: Iterable[Shock],
        clock: Clock,
        books: Books,
    ) -> Trades:
        """Trade a month: thirty auctions, their settlement, and their entries in the books.

        Args:
            orders: savers' purchases and sales.
            funds: the sleeves: other_assets (USD), weight and active, each shape (m,); their coins the market knows.
            bid: the government's standing bid: log_floor, budget (USD), slope (share of supply per log point).
            stance: clarity and enforcement, 0–1.
            equity_news: log returns of stocks less what was expected of them, shape (30,).

        Raises:
            ClearingError: no price clears a day.
        """
        opened = self.open_month(orders, funds, bid, stance, equity_news, shocks, clock)
        self.trade_until(opened, DAYS_A_MONTH)
        return self.close_month(opened, books)

    def open_month(
        self,
        orders: Orders,
        funds: Funds,
        bid: Bid,
        stance: Stance,
        equity_news: np.ndarray,
        shocks: Iterable[Shock],
        clock: Clock,
    ) -> OpenMonth:
        """Meet the month's incidents and take in what comes to the market; arguments as in `trade`."""
        self.events.clear()
        entering = self._change_institutions(stance)
        incidents = self._meet(stance, shocks, clock)
        month = self._month(incidents, equity_news, entering, clock)
        if self._fund_coins.size == 0:
            self._fund_coins = np.zeros(len(funds.weight))
        lump = 0.0 if self._loops.rebalancing else self.price
        owned = float(self._now["accounts_coins"][0])
        flows = flows_of(orders, funds, bid, self._fund_coins, owned, self._p.sleeve_speed, lump)
        people = self._traits._replace(
            neutral=self._neutral, coins=self._coins, cash=self._cash, chartist=self._chartist, mark=self._mark
        )
        total, days = np.zeros(1, TOTALS), np.zeros(DAYS_A_MONTH, DAY)
        return OpenMonth(month, flows, people, total, days, self.price, self._fund_coins.copy(), incidents)

    def trade_until(self, opened: OpenMonth, stop: int, first: int = 0) -> None:
        """Trade the market days from `first` up to `stop` of an open month.

        Raises:
            ClearingError: no price clears a day.
        """
        month, total = opened.month, opened.total
        failed = trade_days(
            self._now, opened.people, self._momentum, self._ladders, opened.flows, month, first, stop, self._rules,
            total, opened.days,
        )  # fmt: skip
        if failed >= 0:
            last, ends = self._now["log_price"][0], total[["excess_low", "excess_high"]][0]
            raise ClearingError(
                month.number * DAYS_A_MONTH + failed, last - REACH, last + REACH, *(end / SATOSHI for end in ends)
            )

    def peek(self, opened: OpenMonth, day: int) -> float:
        """Log return that a day of an open month would bring as its flows stand; everything is put back."""
        touched = (self._now, self._momentum, self._ladders, *opened.people, *opened.flows, opened.total)
        kept, before = [array.copy() for array in touched], float(self._now["log_price"][0])
        self.trade_until(opened, day + 1, first=day)
        found = float(self._now["log_price"][0]) - before
        for array, copied in zip(touched, kept, strict=True):
            array[...] = copied
        return found

    def close_month(self, opened: OpenMonth, books: Books) -> Trades:
        """Enter a month that has been traded in the books, remember its prices, and say what came of it."""
        _, flows, _, total, days, price_open, held, incidents = opened
        enter(total[0], books)
        self._depth_usd = float(np.mean(days["depth_usd"]))
        self.history.remember(price_open, days["price"])
        return Trades(
            price=self.price,
            price_open=price_open,
            days=days,
            bought=flows.bought / SATOSHI,
            spent=flows.spent / CENTS,
            sold=flows.sold / SATOSHI,
            received=flows.received / CENTS,
            fund_coins=(flows.fund_coins - held) / SATOSHI,
            fund_spent=flows.fund_spent / CENTS,
            bid_coins=float(total["bid_coins"][0]) / SATOSHI,
            bid_spent=0.0 - float(total["bid_cash"][0]) / CENTS,
            issued=float(total["issued"][0]) / SATOSHI,
            stolen=float(total["stolen"][0]) / SATOSHI,
            amihud=amihud(np.append(price_open, days["price"]), days["volume_usd"]),
            spread=quoted_spread(days["volatility"], days["volume_usd"], self._p.liquidity),
            sale_1_usd=float(total["sale_1_cents"][0]) / CENTS,
            sale_2_usd=float(total["sale_2_cents"][0]) / CENTS,
            incidents=incidents,
        )

    def _meet(self, stance: Stance, shocks: Iterable[Shock], clock: Clock) -> list[Incident]:
        """Let the month's incidents happen to the venues."""
        clarity = float(stance.clarity) - self._clarity_at_start
        enforcement = float(stance.enforcement) - self._enforcement_at_start
        incidents = self.venues.strike(clock.month, clarity, enforcement, shocks)
        for incident in incidents:
            self.events.append(Event("incident", "crypto market", incident.sentence(self.supply), incident.jump))
        return incidents

    def _change_institutions(self, stance: Stance) -> np.ndarray:
        """Institutions follow clarity (loop B4) and bring depth; returns the satoshi they buy a day, shape (30,)."""
        if math.isnan(self._clarity_at_start):
            self._clarity_at_start, self._enforcement_at_start = float(stance.clarity), float(stance.enforcement)
        if not self._loops.institutions:
            return np.zeros(DAYS_A_MONTH)
        clarity, now, p = float(stance.clarity) - self._clarity_at_start, self._now, self._p.institutions
        now["institutions"] = added_depth(now["institutions"][0], clarity, p)
        return daily_parts(bought_coins(now["institutions_coins"][0], clarity, now["supply"][0], p))

    def _month(self, incidents: list[Incident], equity_news: np.ndarray, entering: np.ndarray, clock: Clock) -> Month:
        """What is known of the month before it trades."""
        drift = self._drift / (DAYS_A_MONTH * MONTHS_A_YEAR) + self._p.traders.stock_beta * equity_news
        issued = round(daily_issuance(self._p.issuance, clock.year, clock.month_of_year) * SATOSHI)
        depth_loss, stolen, issued_daily = np.zeros(DAYS_A_MONTH), np.zeros(DAYS_A_MONTH), np.full(DAYS_A_MONTH, issued)
        month = Month(clock.month, drift, depth_loss, stolen, issued_daily.astype(np.float64), entering)
        for incident in incidents:
            self.let_happen(incident, month)
        return month

    def let_happen(self, incident: Incident, month: Month) -> None:
        """Let an incident move value, depth and coins on its day."""
        month.drift[incident.day] += incident.jump
        month.depth_loss[incident.day] = 1.0 - (1.0 - month.depth_loss[incident.day]) * (1.0 - incident.depth_loss)
        month.stolen[incident.day] += math.floor(incident.stolen * self._now["supply"][0])

    def endow_sleeves(self, coins: np.ndarray) -> None:
        """Count coins that accounts hold already, shape (m,), as those of sleeves; before the first month."""
        self._fund_coins = np.floor(np.asarray(coins) * SATOSHI)
