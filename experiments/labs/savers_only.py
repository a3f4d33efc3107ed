"""A world without crypto: the months of savers and of the Treasury, with neither market nor politics.

It lives the rules of `RetirementModel.step` that concern savers (3.1, 3.3, 3.6, 3.7) and the Treasury (3.9), under a
scenario whose plans and IRAs hold no coins, so that long paired worlds are cheap and nothing but the pair differs.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from abm.employers import menu
from abm.model import RetirementModel
from abm.participants.agent import Participants
from abm.participants.payroll import Contributions, Payroll
from abm.participants.retirement import Retirement
from abm.scenario import Scenario
from abm.vocabulary import Exit


class Estates(Retirement):
    """The rule of income from accounts, which also says who leaves what to heirs.

    Attributes:
        left: Traditional accounts that this month's dead leave to others than a spouse, USD, shape (n,).
    """

    left: np.ndarray

    def replace_the_dead(self, people: Participants) -> None:
        """Note what is left in the seats of the dead before entrants take them."""
        plan, ira = people.plan_core, people.ira_core
        traditional = plan * (1.0 - people.plan_roth) + ira * (1.0 - people.ira_roth)
        self.left = np.where(people.exit == Exit.DEATH, traditional, 0.0)
        super().replace_the_dead(people)


class SaversOnly:
    """Savers, sponsors and the Treasury of a scenario, month by month.

    Attributes:
        people, economy, clock, treasury: as in `RetirementModel`.
        model: the world whose parts these are; its market and its politics never move.
        income: what accounts and Social Security paid this month.
        paid: what this month's payroll put into each account.
        heirs_tax: what heirs owe on the Traditional accounts of this month's dead, by the dead, USD, shape (n,).
    """

    def __init__(self, scenario: Scenario) -> None:
        closed = {"policy.rule": "prohibit", "policy.rule_held": True, "policy.ira": False, "panel": 0}
        world = RetirementModel(scenario.with_values(closed))
        self._world, self._policy = world, world.scenario.policy
        self.model, self.income = world, None
        self.people, self.economy, self.clock = world.people, world.economy, world.clock
        self.treasury = world.government.treasury
        p, draws = world.scenario.parameters, world.scenario.draws
        self._payroll, self._none = world.payroll, Payroll(p.payroll.but(ira_savers=0.0), draws)
        self._retirement = Estates(p.retirement, p.life, p.traits, draws)
        self._sell_coins(world.market.price)
        nothing = np.zeros(len(world.managers))
        price = world.market.price
        self._trades = SimpleNamespace(price=price, price_open=price, fund_coins=nothing, fund_spent=nothing)
        self.paid = Contributions(np.zeros(len(self.people)), np.zeros(len(self.people)))
        self.heirs_tax = np.zeros(len(self.people))
        self._heirs_rate = p.government.fiscal.heirs_rate

    def step(self, paying_in: bool = True) -> None:
        """One month.

        Args:
            paying_in: False: everybody is paid as usual, but nobody and no employer puts anything into an account.
        """
        world, people, economy, clock = self._world, self.people, self.economy, self.clock
        sponsors, managers, books = world.sponsors, world.managers, world.books
        clock.tick()
        books.open()
        economy.advance(clock, ())
        world.life.live(people, sponsors, clock, economy, books)
        self.paid = self._contribute(paying_in)
        doors = menu.doors(sponsors, managers, self._policy)
        world.valuation.value(people, sponsors, managers, doors, economy, self._trades, books)
        self.income = self._retirement.pay(people, economy, clock, self._trades.price, books)
        self.heirs_tax = self._heirs_rate * self._retirement.left
        self.treasury.collect(people, self.income, economy, clock, books)

    def _contribute(self, paying_in: bool) -> Contributions:
        world, people, clock = self._world, self.people, self.clock
        roth = world.scenario.policy_asked(clock.label).roth_default
        given = (people, world.sponsors, self.economy, clock, world.books, roth)
        if paying_in:
            return self._payroll.contribute(*given)
        # Elections stand, so that whoever pays nothing in now begins again where he would have been.
        elected = people.deferral_points.copy()
        people.deferral_points[:] = 0.0
        paid = self._none.contribute(*given)
        people.deferral_points[:] = elected
        return paid

    def _sell_coins(self, price: float) -> None:
        """Turn the coins of the start into USD of the same account."""
        people = self.people
        people.plan_core[:] += people.plan_crypto * price
        people.ira_core[:] += people.ira_crypto * price
        people.write(plan_crypto=0.0, ira_crypto=0.0, crypto_target=0.0, crypto_basis=0.0, high_water=0.0)
