"""A small made-up world with the interface of the real one: quick to build, every figure a plain function of time."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np

from abm.clock import Clock
from abm.scenario import Change, Scenario, Shock
from abm.vocabulary import Event, Rule


class People(SimpleNamespace):
    def __len__(self):
        return len(self.employer)


class FakeWorld:
    """Savers with fixed accounts, a price that swings, an event every sixth month."""

    def __init__(self, scenario: Scenario, month_takes: float = 0.0) -> None:
        n, firms, managers = scenario.participants, max(1, scenario.participants // 100), scenario.managers
        luck = np.random.default_rng(scenario.seed)
        self.scenario, self.month_takes = scenario, month_takes
        self.clock, self.steps, self.running = Clock(scenario.start), 0, True
        sizes = 1.0 / np.arange(1, firms + 1)
        employer = luck.choice(firms, n, p=sizes / sizes.sum()).astype(np.int32)
        employer[luck.random(n) < 0.35] = -1
        self.people = People(
            employer=employer,
            managed=(luck.random(n) < 0.6).astype(np.int8),
            age=luck.integers(264, 1000, n),
            weight=np.full(n, 250e6 / n),
            plan_core=luck.lognormal(10, 1.5, n) * (employer >= 0),
            plan_crypto=np.where(luck.random(n) < 0.06, luck.lognormal(-5, 1, n), 0.0),
            ira_core=luck.lognormal(8, 2, n),
            ira_crypto=np.zeros(n),
            high_water=np.full(n, 130_000.0),
        )
        self.sponsors = People(
            employer=np.arange(firms),
            manager=luck.integers(0, managers, firms),
            accepts_sleeve=(luck.random(firms) < 0.5).astype(np.int8),
        )
        self.managers = People(
            employer=np.arange(managers), coins=np.arange(managers) % 3 * 1e4, assets=np.full(managers, 4e11)
        )
        self.market = SimpleNamespace(events=[])
        self.government = SimpleNamespace(events=[])
        self.records = self

    def step(self) -> None:
        time.sleep(self.month_takes)
        self.clock.tick()
        self.steps += 1
        self.running = self.steps < self.scenario.months
        self.market.events = []
        if self.steps % 6 == 0:
            self.market.events.append(Event("incident", "venue", f"A venue was robbed of {self.steps} coins", 1.0))
        for shock in self.scenario.shocks_in(self.clock.label):
            self.market.events.append(Event("shock", "chance", f"A shock struck: {shock.kind}", shock.size))

    @property
    def events(self) -> list[Event]:
        return self.market.events

    def latest(self) -> dict:
        month = self.clock.month
        swing = np.sin(month / 7)
        return {
            "month": self.clock.label,
            "price_usd": 90_000 * np.exp(0.03 * month + 0.4 * swing),
            "depth_usd": 4e8 * np.exp(-0.3 * swing),
            "inflow_sleeve_usd": 1e9 * month,
            "inflow_core_usd": 2e9,
            "inflow_window_usd": 5e8 * swing,
            "inflow_ira_usd": 3e9 * swing,
            "approval": 45 - 5 * swing,
            "pressure": 0.2 + 0.2 * abs(swing),
            "rescue_belief": 0.3,
            "rule": int(Rule[self.scenario.policy_asked(self.clock.label).rule.upper()]),
            "exposed_share": 0.09,
            "crypto_in_plans_usd": 8e10,
            "crypto_in_iras_usd": 2e10,
        }

    def change(self, **levers) -> None:
        month = self._next_month()
        changes = (*self.scenario.changes, Change.read({"month": month, **levers}, "page"))
        self.scenario = self.scenario.model_copy(update={"changes": changes})

    def shock(self, kind: str, size: float) -> None:
        shock = Shock.read({"month": self._next_month(), "kind": kind, "size": size}, "page")
        self.scenario = self.scenario.model_copy(update={"shocks": (*self.scenario.shocks, shock)})

    def _next_month(self) -> str:
        return Clock(self.clock.start, self.clock.month + 1).label
