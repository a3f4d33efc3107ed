"""The obvious twin of a saver's month: plain Mesa agents, one at a time, every rule written out again.

Slow on purpose and written from docs/model.md, not from the compiled rules; both draw the same keyed luck, so they must
agree saver by saver. Compared with `abm.participants` by tests/participants/test_naive.py and timed by
benchmarks/participants.py.
"""

from __future__ import annotations

import math

import mesa
import numpy as np

from abm.data import table
from abm.streams import stream
from abm.vocabulary import Exit
from tests.naive_person import Person

CLASSES = ("private_equity", "real_estate", "commodities")


class SlowWorld(mesa.Model):
    """The savers of a SaversWorld as ordinary agents, moved month by month beside it."""

    KEYS = (
        *("life.event", "life.job", "life.pay", "life.person", "life.death"),
        *("payroll.ira", "retirement.hardship", "retirement.spouse"),
    )

    def __init__(self, world, scenario, roth_default: float) -> None:
        super().__init__(rng=0)
        self.source, self.sponsors, self.managers = world.people, world.sponsors, world.managers
        self.doors, self.economy, self.clock = world.doors, world.economy, world.clock
        self.p, self.roth_default = scenario.parameters, roth_default
        self.keys = {name: stream(scenario.seed, name) for name in self.KEYS}
        self.held = [[0.0] * len(self.managers) for _ in CLASSES]
        self.persons = [Person(self, row) for row in range(len(world.people))]

    def step_beside(self, trades) -> None:
        """The month that the SaversWorld has just lived, with its trades."""
        self.trades, month = trades, self.clock.month_of_year
        self.january = month == 1
        self.cost_of_living = 1.0 + self.economy.yearly_inflation if self.january and self.clock.years > 0 else 1.0
        self.limits = self.limits_of_the_year()
        for person in self.persons:
            person.live()
        for person in self.persons:
            person.contribute()
        self.prepare_marks()
        for person in self.persons:
            person.mark()
        self.trade_alternatives()
        for person in self.persons:
            if person.exit == Exit.DEATH:
                person.bequeath()
        for person in self.persons:
            person.draw()
        for person in self.persons:
            if person.exit == Exit.DEATH:
                person.die()

    def limits_of_the_year(self) -> dict[str, float]:
        steps = {"deferral": 500, "catch_up_50": 500, "catch_up_60_63": 250, "annual_additions": 1000, "ira": 500}
        steps["ira_catch_up"] = 100
        index = self.economy.price_index
        return {
            name: step * math.floor((float(table("limits")[name][-1]) * index + 1e-6) / step)
            for name, step in steps.items()
        }

    def prepare_marks(self) -> None:
        """What the sleeves gained over the claims of the savers who share them."""
        stocks, bonds, *_ = np.exp(self.economy.monthly) - 1.0
        self.growth = lambda kind, years: (
            bonds + (stocks - bonds) * np.interp(years, table("glide_path")["age"], table("glide_path")[kind])
        )
        self.classes = [
            (grown, getattr(self.p.valuation.alternatives, f"{name}_fee") / 12.0)
            for name, grown in zip(CLASSES, np.exp(self.economy.monthly[3:]), strict=True)
        ]
        self.count_claims()
        claims = np.zeros(len(self.managers))
        for person in self.persons:
            if person.fund() is not None:
                claims[person.fund()] += person.weight * person.plan_core
        after, bought = self.managers.coins, self.trades.fund_coins
        gain = after * self.trades.price - (after - bought) * self.trades.price_open - self.trades.fund_spent
        held = np.where(claims > 0.0, claims, np.inf)
        self.sleeve_share = np.clip((after - bought) * self.trades.price_open / held, 0.0, 1.0)
        self.sleeve_gain = gain / held

    def count_claims(self) -> None:
        """Claims on each fund with alternatives, and what is left of those that their claims do not cover."""
        self.claims = [0.0] * len(self.managers)
        for person in self.persons:
            if person.other_fund() is not None:
                self.claims[person.other_fund()] += person.weight * person.plan_core
        totals = [sum(held[fund] for held in self.held) for fund in range(len(self.managers))]
        self.whole = [max(*pair) or 1.0 for pair in zip(self.claims, totals, strict=True)]
        everybody = sum(person.weight * person.plan_core for person in self.persons)
        self.left = []
        for held in self.held:
            unowned = [usd * (1.0 - c / w) for usd, c, w in zip(held, self.claims, self.whole, strict=True)]
            self.left.append(sum(unowned) / everybody)

    def parts_of(self, person: Person) -> list[float]:
        """What a USD of a person's plan account owns of each class."""
        fund, parts = person.other_fund(), list(self.left)
        if fund is not None:
            parts = [part + held[fund] / self.whole[fund] for part, held in zip(parts, self.held, strict=True)]
        return parts

    def trade_alternatives(self) -> None:
        """Mark what each fund holds, and move it toward what the fund aims at."""
        p = self.p.valuation.alternatives
        for fund, charged in enumerate(self.managers.fee / 12.0):
            for held, (grown, of_class) in zip(self.held, self.classes, strict=True):
                held[fund] *= grown * (1.0 - charged - of_class)
        self.count_claims()
        for fund, claims in enumerate(self.claims):
            liquid = max(claims - sum(held[fund] for held in self.held), 0.0)
            for name, held in zip(CLASSES, self.held, strict=True):
                gap = getattr(self.managers, f"{name}_share")[fund] * claims - held[fund]
                gate = getattr(p, f"{name}_gate")
                held[fund] += p.build * min(gap, liquid / 3) if gap > 0.0 else max(gap, -gate * held[fund])
