"""Time a saver's month: the compiled rules against plain Mesa agents that are moved one at a time.

    python -m benchmarks.participants [savers] [savers of the plain twin]

Prints nanoseconds a saver and month of processor time, how long a starting population takes to live its past, and the
bytes of a saver in the base scenario.
"""

from __future__ import annotations

import sys
import time

from abm.model import RetirementModel
from abm.scenario import Scenario
from tests.naive import SlowWorld
from tests.participants.savers import ROTH_DEFAULT, SaversWorld

MONTHS = 12


def main(savers: int = 20_000, few: int = 500) -> None:
    warm = SaversWorld(Scenario(participants=few))
    for _ in range(MONTHS):  # compiles, or reads what was compiled before
        warm.step()
    begun = time.process_time()
    world = SaversWorld(Scenario(participants=savers))
    print(f"starting population of {savers:,} savers: {time.process_time() - begun:.2f} s")
    people = RetirementModel(Scenario(participants=savers)).people
    print(
        f"bytes a saver: {people.records.itemsize} in his row, {people.sparse.nbytes / savers:.1f} in the sparse table"
    )

    rules = {"life": 0.0, "payroll": 0.0, "valuation": 0.0, "income": 0.0}
    life, payroll, valuation, retirement = world.rules
    for _ in range(MONTHS):
        world.clock.tick()
        world.economy.advance(world.clock, ())
        people, sponsors, economy, clock, books = (
            world.people, world.sponsors, world.economy, world.clock, world.books,
        )  # fmt: skip
        marks = [time.process_time()]
        life.live(people, sponsors, clock, economy, books)
        marks.append(time.process_time())
        payroll.contribute(people, sponsors, economy, clock, books, ROTH_DEFAULT)
        marks.append(time.process_time())
        trades = world.trades()
        valuation.value(people, sponsors, world.managers, world.doors, economy, trades, books)
        marks.append(time.process_time())
        retirement.pay(people, economy, clock, trades.price, books)
        marks.append(time.process_time())
        for name, start, end in zip(rules, marks, marks[1:], strict=False):
            rules[name] += end - start
    each = {name: 1e9 * seconds / (MONTHS * savers) for name, seconds in rules.items()}
    fast = sum(each.values())

    scenario = Scenario(participants=few)
    beside = SaversWorld(scenario)
    plain = SlowWorld(beside, scenario, ROTH_DEFAULT)
    slow = 0.0
    for _ in range(MONTHS):
        beside.step()
        begun = time.process_time()
        plain.step_beside(beside.now)
        slow += time.process_time() - begun
    slow *= 1e9 / (MONTHS * few)

    for name, ns in each.items():
        print(f"{name:<10} {ns:8.0f} ns a saver and month")
    print(f"{'all':<10} {fast:8.0f} ns a saver and month")
    print(f"{'plain Mesa':<10} {slow:8.0f} ns a saver and month: {slow / fast:,.0f} times as long")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
