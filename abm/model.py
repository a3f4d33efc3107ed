"""The world: five kinds of agents, built from a scenario and moved month by month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from abm.asset_managers import sleeves
from abm.books import Books
from abm.clock import Clock, ordinal
from abm.columns import ColumnModel
from abm.crypto_market.agent import CryptoMarket, Orders
from abm.employers import menu
from abm.errors import CheckpointError
from abm.government.agent import Government
from abm.network import Network
from abm.participants import (
    choice,
    exposure,
    life,
    outcomes,
    payroll,
    population,
    retirement,
    traits,
    trust,
    valuation,
)
from abm.records import Records
from abm.returns import Economy
from abm.scenario import Scenario, Shock
from abm.vocabulary import MONTHS_A_YEAR, Event, Sector

_LASTING = ("economy", "people", "sponsors", "managers", "market", "government", "network", "choice", "records")
"""Components whose state a checkpoint keeps; everything else is rebuilt from the scenario."""


class RetirementModel(ColumnModel):
    """A world of savers, sponsors, managers, one crypto market and one government.

    Attributes:
        people, sponsors, managers: populations of `Participant`, `Employer`, `AssetManager`.
        market, government: the one `CryptoMarket` and the one `Government`.
        network: who knows whom, in three layers.
        economy: wages, prices and the returns of the exogenous assets.
        books: this month's payments and deliveries.
        records: every recorded month, day, event and panel row so far.
        events: what happened this month, in sentences.
    """

    def __init__(self, scenario: Scenario | None = None, savers: population.SaversTable | None = None) -> None:
        """Build the world of a scenario.

        Args:
            scenario: what to simulate; the base scenario when left out.
            savers: the user's own participants instead of the published population.
        """
        scenario = scenario or Scenario()
        super().__init__(scenario)
        self.savers_table = savers
        self.clock = Clock(scenario.start)
        self.economy = Economy(scenario.parameters.returns, scenario.draws)
        self._set_rules(scenario)
        self._found_actors(scenario, savers)
        self.books = Books()
        self.books.take_stock(self._measured_usd(), self._measured_coins())
        self.events: list[Event] = []
        self.records = Records(self)
        self.datacollector = self.records.datacollector

    def _set_rules(self, scenario: Scenario) -> None:
        """The rules of the month, each with its parameters, switches and seed."""
        p, loops, seed = scenario.parameters, scenario.loops, scenario.draws
        self.traits = traits.Traits(p.traits, seed)
        self.life = life.Life(p.life, seed)
        self.menus = menu.Menus(p.sponsors, loops, seed)
        self.sleeves = sleeves.Sleeves(p.sleeves, loops, seed)
        self.payroll = payroll.Payroll(p.payroll, seed)
        self.choice = choice.rule_of(scenario.choice, p.choice, loops, seed, p.traits)
        self.valuation = valuation.Valuation(p.valuation)
        self.retirement = retirement.Retirement(p.retirement, p.life, p.traits, seed)

    def _found_actors(self, scenario: Scenario, savers: population.SaversTable | None) -> None:
        """Actors in the order in which each needs the one before."""
        p, seed, market = scenario.parameters, scenario.draws, scenario.parameters.crypto_market
        self.managers = sleeves.found_managers(self, scenario.managers, p.sleeves, seed)
        self.sponsors = menu.found_employers(self, scenario.participants, self.managers, p.sponsors, seed)
        self.people = population.populate(self, scenario, self.sponsors, savers)
        if savers is None:  # a user's savers keep the balances of their table
            choice.endow(self.people, market.start_price, p.choice, seed)
        coins = self.people.total(self.people.plan_crypto + self.people.ira_crypto)
        self.market = CryptoMarket(self, scenario.market, scenario.loops, market, seed, coins)
        self.government = Government(self, scenario, p.government)
        self.network = Network(self.people, self.sponsors, self.managers, p.network, seed)

    def step(self) -> None:
        """One month, in the order of docs/model.md, section 3."""
        clock, economy, books, network = self.clock, self.economy, self.books, self.network
        people, sponsors, managers = self.people, self.sponsors, self.managers
        market, government = self.market, self.government

        clock.tick()
        books.open()
        shocks = self.scenario.shocks_in(clock.label)
        policy = government.take_request(self.scenario.policy_asked(clock.label), clock)
        economy.advance(clock, shocks)
        network.refresh(people, clock)
        outlook = market.outlook

        # 3.1 Life
        self.life.live(people, sponsors, clock, economy, books)
        # 3.2 Sponsors and managers
        demand = exposure.holder_share(people, len(sponsors))
        self.menus.review(sponsors, managers, demand, policy, outlook, network, clock)
        self.sleeves.set_targets(managers, policy, outlook, network, clock)
        # 3.3 Payroll
        self.paid = self.payroll.contribute(people, sponsors, economy, clock, books, policy.roth_default)
        # 3.4 Choice
        doors = menu.doors(sponsors, managers, policy)
        self.choices = self.choice.choose(
            people, self.paid, doors, outlook, government.rescue_belief, network.neighbours, clock
        )
        # 3.5 Market
        funds = self.sleeves.quote(managers, people, doors, policy)
        orders = Orders(self.choices.usd_by_door(people, doors), self.choices.coins_by_door(people, doors))
        self.trades = market.trade(
            orders, funds, government.bid(market), government.stance, economy.equity_news, shocks, clock, books
        )
        self.choice.settle(people, doors, self.choices, self.trades)
        self.sleeves.settle(managers, self.trades)
        trust.move(
            people, self.traits, self.trades.incidents, market.outlook.month_return, self.scenario.parameters.trust
        )
        # 3.6 Valuation
        self.valued = self.valuation.value(people, sponsors, managers, doors, economy, self.trades, books)
        # 3.7 Retirement income
        self.income = self.retirement.pay(people, economy, clock, self.trades.price, books)
        # 3.8 Politics
        self.stakes = exposure.stakes(people, self.traits, doors, managers, self.trades.price)
        self.acts = government.respond(self.stakes, network.neighbours, market.outlook, economy, shocks, clock)
        exposure.receive(people, self.acts.compensation, books)
        # 3.9 Treasury
        government.treasury.collect(people, self.income, economy, clock, books)
        # 3.10 Books and records
        self._close_books()
        self.outcomes = outcomes.measure(people, self.trades.price, economy, self.scenario.parameters.outcomes)
        self.events = [*government.events, *self.menus.events, *self.sleeves.events, *market.events]
        self.records.observe()
        self.running = clock.month + 1 < self.scenario.months

    def change(self, **levers: Any) -> None:
        """Ask for other policy levers from the next month on; the scenario keeps the dated change."""
        values = {"month": self._next_label(), **levers}
        changes = [change.model_dump(exclude_none=True) for change in self.scenario.changes]
        self.scenario = self.scenario.with_values({"changes": [*changes, values]})

    def shock(self, kind: str, size: float) -> None:
        """Let something happen in the next month; the scenario keeps the dated shock."""
        values = Shock.read({"month": self._next_label(), "kind": kind, "size": size}, "shock")
        self.scenario = self.scenario.but(shocks=(*self.scenario.shocks, values))

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the future depends on, as flat arrays; with the scenario it is a checkpoint."""
        kept = {f"{name}.{inner}": array for name in _LASTING for inner, array in getattr(self, name).state().items()}
        return kept | {"month": np.array(self.clock.month), "digest": np.array(self.scenario.digest())}

    @classmethod
    def resume(
        cls, scenario: Scenario, kept: Mapping[str, np.ndarray], savers: population.SaversTable | None = None
    ) -> Self:
        """A world that goes on where `state` was taken, bit for bit.

        Raises:
            CheckpointError: the state belongs to another scenario, or lacks a part.
        """
        if "digest" not in kept or str(kept["digest"]) != scenario.digest():
            raise CheckpointError("The checkpoint belongs to another scenario or another version of the model.")
        world = cls(scenario, savers)
        world.clock.month = int(kept["month"])
        for name in _LASTING:
            prefix = f"{name}."
            part = {key[len(prefix) :]: array for key, array in kept.items() if key.startswith(prefix)}
            getattr(world, name).restore(part)
        world.books.take_stock(world._measured_usd(), world._measured_coins())
        return world

    def _next_label(self) -> str:
        months = ordinal(self.clock.start) + self.clock.month + 1
        return f"{months // MONTHS_A_YEAR:04d}-{months % MONTHS_A_YEAR + 1:02d}"

    def _close_books(self) -> None:
        """Give sectors without a measured stock their balancing flow, then prove the month."""
        usd = self.books.usd
        usd.balance(Sector.EMPLOYERS, Sector.REST, "sales and other costs")
        usd.balance(Sector.MANAGERS, Sector.REST, "fees spent")
        usd.balance(Sector.GOVERNMENT, Sector.REST, "borrowing")
        usd.balance(Sector.HOUSEHOLDS, Sector.REST, "spending and other saving")
        self.books.close(self.clock.label, self._measured_usd(), self._measured_coins())

    def _measured_usd(self) -> dict[Sector, float]:
        """USD that can be counted: accounts outside coins, and the market's cash."""
        people = self.people
        claims = people.total(people.plan_core + people.ira_core)
        sleeves_worth = float(self.managers.coins.sum()) * self.market.price
        return {Sector.ACCOUNTS: claims - sleeves_worth, **self.market.cash_held()}

    def _measured_coins(self) -> dict[Sector, float]:
        """Satoshi that can be counted, by whoever holds them."""
        people = self.people
        chosen = people.total(people.plan_crypto + people.ira_crypto)
        in_accounts = (chosen + float(self.managers.coins.sum())) * 1e8
        return {Sector.ACCOUNTS: in_accounts, **self.market.coins_held()}
