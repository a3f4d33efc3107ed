"""Savers without a market: the four rules of a saver's month under an imposed crypto price, sleeves included."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from abm.asset_managers.sleeves import found_managers
from abm.books import Books
from abm.clock import Clock
from abm.columns import ColumnModel
from abm.employers.menu import found_employers
from abm.participants.life import Life
from abm.participants.payroll import Payroll
from abm.participants.population import populate
from abm.participants.retirement import Retirement
from abm.participants.valuation import Valuation
from abm.returns import Economy
from abm.scenario import Scenario
from abm.vocabulary import ALTERNATIVES

PRICES = 90_000.0 * np.exp(0.2 * np.sin(np.arange(600)))
ROTH_DEFAULT = 0.15


class SaversWorld:
    """People, sponsors, managers and the four rules; every third manager holds a one-per-cent sleeve from the start."""

    def __init__(self, scenario: Scenario, savers=None, sponsors_for: int | None = None) -> None:
        p, seed = scenario.parameters, scenario.seed
        self.model = ColumnModel(scenario)
        self.model.economy = self.economy = Economy(p.returns, seed)
        self.managers = found_managers(self.model, 12, p.sleeves, seed)
        self.sponsors = found_employers(
            self.model, sponsors_for or scenario.participants, self.managers, p.sponsors, seed
        )
        self.people = populate(self.model, scenario, self.sponsors, savers)
        self.rules = (
            Life(p.life, seed),
            Payroll(p.payroll, seed),
            Valuation(p.valuation),
            Retirement(p.retirement, p.life, p.traits, seed),
        )
        self.clock, self.books = Clock(scenario.start), Books()
        self.doors = SimpleNamespace(fund=self.sponsors.manager.astype(np.int32))

    def open_sleeves(self, share: float = 0.01, alternatives: float = 0.1) -> None:
        """Give every third manager coins worth a share of his fund, every other sponsor a fund with alternatives."""
        self.sponsors.accepts_sleeve[:] = 1
        self.sponsors.alternatives[::2] = 1
        self.aim_at(alternatives * 0.5, alternatives * 0.3, alternatives * 0.2)
        people = self.people
        held = people.weight * people.plan_core * (people.managed == 1) * (people.employer >= 0)
        assets = np.bincount(self.doors.fund[people.employer], weights=held, minlength=12)
        self.managers.coins[::3] = share * assets[::3] / PRICES[0]

    def aim_at(self, *shares: float) -> None:
        """Let every fund aim at shares of private equity, real estate and commodities."""
        for name, share in zip(ALTERNATIVES, shares, strict=True):
            getattr(self.managers, f"{name}_share")[:] = share

    def trades(self) -> SimpleNamespace:
        """Prices of the month; the sleeves bought a thousandth more coins at the mean price."""
        month = self.clock.month
        opened, closed = PRICES[month], PRICES[month + 1]
        bought = 0.001 * self.managers.coins
        self.managers.coins[:] += bought
        return SimpleNamespace(
            price=closed, price_open=opened, fund_coins=bought, fund_spent=bought * 0.5 * (opened + closed)
        )

    def step(self):
        """One month of life, payroll, valuation, income; returns what each reported."""
        life, payroll, valuation, retirement = self.rules
        people, sponsors, economy, clock, books = self.people, self.sponsors, self.economy, self.clock, self.books
        clock.tick()
        books.open()
        economy.advance(clock, ())
        moves = life.live(people, sponsors, clock, economy, books)
        paid = payroll.contribute(people, sponsors, economy, clock, books, ROTH_DEFAULT)
        self.now = self.trades()
        valued = valuation.value(people, sponsors, self.managers, self.doors, economy, self.now, books)
        income = retirement.pay(people, economy, clock, self.now.price, books)
        return moves, paid, valued, income
