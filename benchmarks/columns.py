"""What agents as rows cost: time and memory a row, beside ordinary Mesa agents. Run: python benchmarks/columns.py.

Runs are repeated and the shortest counts, so columns that fit the processor's cache are read from there.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace

import mesa
import numpy as np
from rich.console import Console
from rich.table import Table

from abm.columns import ColumnModel, Population, RowAgent, column

MOST_MESA_AGENTS = 100_000  # a million would take half a gigabyte and a minute


class Saver(RowAgent):
    """Twelve columns, as wide as a real agent might be."""

    age = column(np.int16, unit="months")
    region = column(np.int8, unit="code")
    employer = column(np.int32, unit="row of employers")
    salary = column(np.float64, unit="USD/year")
    plan = column(np.float64, unit="USD")
    ira = column(np.float64, unit="USD")
    deferral = column(np.float32, unit="share of pay")
    trust = column(np.float32, unit="0–1")
    lean = column(np.float32, unit="log odds")
    turnout = column(np.float32, unit="probability")
    wait = column(np.int16, unit="months")
    door = column(np.int8, unit="Door")


class MesaSaver(mesa.Agent):
    """The same attributes, Mesa's way."""

    def __init__(self, model: mesa.Model, **values: float) -> None:
        super().__init__(model)
        self.__dict__.update(values)


def build(rows: int) -> Population[Saver]:
    """A population with varied columns in a world of its own."""
    model = ColumnModel(SimpleNamespace(seed=1))
    people = model.adopt(Population(model, Saver, rows))
    number = np.arange(rows)
    people.age, people.region, people.employer = 264 + number % 800, number * 7 % 50, number * 31 % 20_000
    people.salary = 20_000.0 + number * 17 % 100_000
    return people


def nanoseconds(act: Callable[[], object], count: int, repeats: int = 5) -> float:
    """Shortest processor time of several runs, a row: what others do on the machine meanwhile does not count."""
    gc.collect()
    gc.freeze()  # so that nobody pays for the collector walking what others have made
    best = np.inf
    for _ in range(repeats):
        start = time.thread_time_ns()
        act()
        best = min(best, time.thread_time_ns() - start)
    gc.unfreeze()
    return best / count


def held_bytes(make: Callable[[], object], count: int) -> float:
    """Memory that what `make` returns holds, a row."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return held / count


def read_all(agents: list) -> None:
    """Read one attribute of every agent."""
    for agent in agents:
        agent.salary  # noqa: B018


def write_all(agents: list) -> None:
    """Write one attribute of every agent."""
    for agent in agents:
        agent.salary = 1.5


def calls(agents: object, some: list) -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed on any agent set: what to do, and for how many rows."""
    size = len(agents)
    return {
        'agg("salary", np.mean)': (lambda: agents.agg("salary", np.mean), size),
        'get("salary")': (lambda: agents.get("salary"), size),
        'groupby("region").agg("salary", np.mean), 50 groups': (
            lambda: agents.groupby("region").agg("salary", np.mean),
            size,
        ),
        'groupby("employer").agg("salary", np.mean), 20 000 groups': (
            lambda: agents.groupby("employer").agg("salary", np.mean),
            size,
        ),
        "select(lambda agent: agent.age > 600)": (lambda: agents.select(lambda agent: agent.age > 600), size),
        'sort("salary")': (lambda: agents.sort("salary"), size),
        "shuffle()": (lambda: agents.shuffle(), size),
        "read an attribute of an agent": (lambda: read_all(some), len(some)),
        "write an attribute of an agent": (lambda: write_all(some), len(some)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    few = min(rows, MOST_MESA_AGENTS)

    people = build(rows)
    some = people[:few]
    plain = mesa.Model(rng=1)
    values = {name: getattr(people, name)[:few].tolist() for name in people.columns}

    def create_plain() -> object:
        return MesaSaver.create_agents(plain, few, **values)

    table = Table("", f"rows, {rows:,}", f"Mesa agents, {few:,}", title="Nanoseconds of one core, or bytes, a row")
    bare = held_bytes(lambda: build(rows), rows)
    table.add_row("bytes in a population or a model", f"{bare:.1f}", f"{held_bytes(create_plain, few):.1f}")
    table.add_row("bytes in a view", f"{held_bytes(lambda: people[:few], few):.1f}", "")
    created = nanoseconds(lambda: [None for _ in people], rows)
    plain.remove_all_agents()
    table.add_row("create a view, or an agent", f"{created:.1f}", f"{nanoseconds(create_plain, few, 1):.1f}")
    masked = nanoseconds(lambda: people.select(mask=lambda each: each.age > 600), rows)
    table.add_row("select(mask=lambda rows: rows.age > 600)", f"{masked:.1f}", "")
    agents = plain.agents
    theirs = calls(agents, list(agents))
    for name, (act, count) in calls(people, some).items():
        repeats = 1 if "lambda" in name or "shuffle" in name else 5
        table.add_row(name, f"{nanoseconds(act, count, repeats):.1f}", f"{nanoseconds(*theirs[name], 1):.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
