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
        self.pools = {who: [0.0] * 3 for who in (None, *range(len(self.managers)))}
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
        self.classes = list(zip(CLASSES, np.exp(self.economy.monthly[3:]), strict=True))
        nation = [sum(pool[k] for pool in self.pools.values()) for k in range(3)]
        thirds = [part / sum(nation) for part in nation] if sum(nation) > 0.0 else [1 / 3] * 3
        self.mix_of = {who: [part / sum(p) for part in p] if sum(p) > 0.0 else thirds for who, p in self.pools.items()}
        self.mix_of[None] = thirds
        self.pools = {who: [0.0] * 3 for who in self.pools}
        claims = np.zeros(len(self.managers))
        for person in self.persons:
            if person.fund() is not None:
                claims[person.fund()] += person.weight * person.plan_core
        after, bought = self.managers.coins, self.trades.fund_coins
        gain = after * self.trades.price - (after - bought) * self.trades.price_open - self.trades.fund_spent
        held = np.where(claims > 0.0, claims, np.inf)
        self.sleeve_share = np.clip((after - bought) * self.trades.price_open / held, 0.0, 1.0)
        self.sleeve_gain = gain / held

    def hold_alternatives(self, person: Person, core: float, fee: float) -> None:
        """Mark one person's alternatives class by class and move them toward what his fund aims at."""
        p, works = self.p.valuation.alternatives, person.employer >= 0
        provider = int(self.doors.fund[person.employer]) if works else None
        parts = []
        for (name, growth), share in zip(self.classes, self.mix_of[provider], strict=True):
            parts.append(person.plan_alternatives * share * growth * (1.0 - fee - getattr(p, f"{name}_fee") / 12.0))
        total, liquid = core + sum(parts), core
        person.plan_core, person.plan_alternatives = core, sum(parts)
        for k, (name, _) in enumerate(self.classes):
            aim = self.doors.alternatives_share[person.employer, k] if person.managed and works else 0.0
            gap, gate = aim * total - parts[k], getattr(p, f"{name}_gate")
            moved = p.build * min(gap, liquid / 3) if gap > 0.0 else max(gap, -gate * parts[k])
            self.pools[provider][k] += person.weight * (parts[k] + moved)
            person.plan_core, person.plan_alternatives = person.plan_core - moved, person.plan_alternatives + moved
