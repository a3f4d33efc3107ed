"""What a month of choices costs a saver, and what it takes to draw the network. Run: python benchmarks/choice.py."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from abm import RetirementModel, Scenario
from abm.employers.menu import doors
from abm.network import Network
from abm.participants import exposure
from abm.participants.choice import RULES, rule_of


def best(work: Callable[[], object], repeats: int = 7) -> float:
    """Seconds of the fastest of some runs, compilation left out."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print a table of ns per saver."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--savers", type=int, default=100_000)
    count = parser.parse_args().savers
    world = RetirementModel(Scenario(participants=count, months=2))
    world.step()
    people, sponsors, managers, clock = world.people, world.sponsors, world.managers, world.clock
    p, loops = world.scenario.parameters, world.scenario.loops
    open_doors, outlook, price = doors(sponsors, managers, world.scenario.policy), world.market.outlook, 90_000.0
    table = Table("step", "ns a saver", title=f"A month of choices, {count:,} savers")

    def row(name: str, work: Callable[[], object]) -> None:
        table.add_row(name, f"{best(work) / count * 1e9:,.1f}")

    for name in RULES:
        rule = rule_of(name, p.choice, loops, 1)
        row(
            f"choose, {name}",
            lambda rule=rule: rule.choose(
                people, world.paid, open_doors, outlook, 0.1, world.network.neighbours, clock
            ),
        )
    nothing = world.choices._replace(
        **{key: np.zeros(count) for key in ("buy_plan", "buy_ira", "sell_plan", "sell_ira")}
    )
    row("settle", lambda: world.choice.settle(people, open_doors, nothing, world.trades))
    row("demand", lambda: exposure.holder_share(people, len(sponsors)))
    row("stakes", lambda: exposure.stakes(people, world.traits, open_doors, managers, price))
    row("draw the network", lambda: Network(people, sponsors, managers, p.network, 1))
    Console().print(table)


if __name__ == "__main__":
    main()
