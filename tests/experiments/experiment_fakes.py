"""A small world that behaves like `abm.RetirementModel` to the experiments, lives in milliseconds, and fails on demand.

Seeds with a meaning: 13 raises in its second month, 666 kills its process. `FAKE_MONTH_SECONDS` makes months last.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.clock import Clock
from experiments.workers import TRIES, Failure, _attempt, one_thread_each

RAISES, KILLS = 13, 666
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
"""A PNG of one pixel, in place of the picture of the loop, which takes longer than a quick world."""


class Inline:
    """A crew that works in this process: for tests whose subject is not the workers."""

    def __init__(self, work, tasks, workers, done, failed):
        self.work, self.tasks, self.done, self.failed = work, tasks, done, failed

    def run(self):
        with one_thread_each():
            for index, task in enumerate(self.tasks):
                problem = _attempt(self.work, task)
                self.failed(Failure(index, TRIES, *problem)) if problem else self.done(index)


class Recorded(NamedTuple):
    name: str
    unit: str
    label: str


_DOORS = ("inflow_core_usd", "inflow_window_usd", "inflow_sleeve_usd", "inflow_ira_usd")
_MARKET = ("price_usd", "price_return", "depth_usd", "amihud", "crypto_in_plans_usd", "crypto_in_iras_usd")
_POLITICS = ("rule", "pressure", "approval", "clarity", "lock_in", "rescue_belief", "rescue_usd")
_TREASURY = ("debt_usd", "fiscal_balance_usd")
_SAVERS = ("holders_share", "gini", *(f"wealth_65_decile_{decile}" for decile in range(1, 11)))
_NUMBERS = (*_DOORS, *_MARKET, *_POLITICS, *_TREASURY, *_SAVERS, "threads")
COLUMNS = {
    "months": tuple(Recorded(name, "unit", f"Label of {name}") for name in ("month", *_NUMBERS)),
    "days": (Recorded("month", "year-month", "Month"), Recorded("price_usd", "USD/coin", "Price")),
    "panel": (Recorded("month", "year-month", "Month"), Recorded("seat", "", "Seat")),
    "savers": (Recorded("seat", "", "Seat"), Recorded("plan_core", "USD", "Core fund")),
    "transactions": (Recorded("month", "year-month", "Month"), Recorded("amount", "USD", "Amount")),
    "events": (Recorded("month", "year-month", "Month"), Recorded("kind", "", "Kind"), Recorded("text", "", "Text")),
}


class FakeRecords:
    def __init__(self) -> None:
        self.rows = {name: [] for name in COLUMNS if name != "savers"}

    def tables(self):
        frames = {
            name: pd.DataFrame(self.rows.get(name, []), columns=[column.name for column in columns])
            for name, columns in COLUMNS.items()
        }
        return frames | {"savers": pd.DataFrame({"seat": [0, 1], "plan_core": [10.0, 20.0]})}


class FakeWorld:
    """A price that walks with draws of (seed, month), and doors that depend on the rule."""

    def __init__(self, scenario, savers=None):
        self.scenario, self.savers_table = scenario, savers
        self.clock, self.people = Clock(scenario.start), range(scenario.participants)
        self.records, self.price = FakeRecords(), 100.0

    def step(self):
        time.sleep(float(os.environ.get("FAKE_MONTH_SECONDS", "0")))
        month = self.clock.tick()
        if month == 1 and self.scenario.seed == RAISES:
            raise RuntimeError("this seed never gets past its second month")
        if month == 1 and self.scenario.seed == KILLS:
            os._exit(9)
        draws = np.random.default_rng([self.scenario.seed, month]).normal(size=len(_NUMBERS))
        move = 0.1 * draws[0]
        self.price *= float(np.exp(move))
        rule = 0 if self.scenario.policy_asked(self.clock.label).rule == "prohibit" else 2
        row = dict(zip(_NUMBERS, np.abs(draws), strict=True))
        row |= {
            "month": self.clock.label,
            "price_usd": self.price,
            "price_return": move,
            "rule": rule,
            "approval": 40.0,
        }
        row["threads"] = int(os.environ.get("NUMBA_NUM_THREADS", "0"))
        row["inflow_core_usd"] = 1e9 * rule * (1 + abs(draws[1]))
        self.records.rows["months"].append(row)
        self.records.rows["days"] += [{"month": self.clock.label, "price_usd": self.price}] * 30
        self.records.rows["events"].append({"month": self.clock.label, "kind": "rule", "text": "A rule."})

    def state(self):
        months = pd.DataFrame(self.records.rows["months"])
        kept = {f"months.{name}": months[name].to_numpy(str if name == "month" else None) for name in months}
        return kept | {
            "price": np.array(self.price),
            "month": np.array(self.clock.month),
            "digest": np.array(self.scenario.digest()),
        }

    @classmethod
    def resume(cls, scenario, state, savers=None):
        assert str(state["digest"]) == scenario.digest()
        world = cls(scenario, savers)
        world.clock.month, world.price = int(state["month"]), float(state["price"])
        columns = {name.removeprefix("months."): state[name].tolist() for name in state if name.startswith("months.")}
        world.records.rows["months"] = pd.DataFrame(columns).to_dict("records")
        for row in world.records.rows["months"]:
            world.records.rows["days"] += [{"month": row["month"], "price_usd": row["price_usd"]}] * 30
            world.records.rows["events"].append({"month": row["month"], "kind": "rule", "text": "A rule."})
        return world
