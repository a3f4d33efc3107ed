"""Every field of a scenario, how a test moves it, and the small worlds in which each of them has something to do.

A field shows when the recorded tables of a world with the field moved differ from those of the same world without. Most
show in the usual world within months; rare rules need a stage on which what they govern happens.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import pandas as pd
from pydantic.fields import FieldInfo

from abm.model import RetirementModel
from abm.participants.savers_table import SaversTable
from abm.quantities import range_of, walk
from abm.scenario import Scenario

SMALL = {"participants": 300, "months": 24, "panel": 10, "market": {"traders": 60}}
SAVERS = "age_years,salary_usd,plan_kind,plan_balance_usd,ira_balance_usd\n" + "".join(
    f"{25 + row},{50_000 + 1_000 * row},{('401k', '403b')[row % 2]},10000,{5_000 * (row % 2)}\n" for row in range(40)
)
KEEN = {"other": 1.0, "owner": 2.0, "look_directed": 4.0, "look_managed": 2.0, "look_ira": 4.0}
"""Savers who look often and like what they see, so that few rows and few months are enough."""
MANY = {"savers_each": 5.0}
"""Sixty employers for three hundred savers."""
QUICK = {"slow_innovation": 0.5, "middle_innovation": 0.5, "fast_innovation": 0.5}
ALL_ALTERNATIVES = {"private_equity": True, "real_estate": True, "commodities": True}
HARBOUR = {"rule": "safe_harbour", "instrument": "rule", "rule_held": True, "adoption_speed": "fast"}
FALL = [{"month": f"2026-{month:02d}", "kind": "news", "size": -1.0} for month in (5, 7)]


def _open(speed: str = "fast", **policy: Any) -> dict[str, Any]:
    """A stage on which sponsors and providers move soon, and savers buy."""
    return {
        "policy": HARBOUR | ALL_ALTERNATIVES | {"adoption_speed": speed} | policy,
        "parameters": {"choice": KEEN, "sponsors": MANY | QUICK, "sleeves": QUICK | {"inside_chance": 0.5}},
    }


def _crash(**policy: Any) -> dict[str, Any]:
    """A stage on which the price falls when many savers hold coins."""
    stage = _open(**policy)
    stage["parameters"]["sponsors"] |= {"removal": 1.0, "suit_after_falls": 1.0, "suit_months": 4.0}
    return stage | {"shocks": FALL, "months": 36}


STAGES: dict[str, dict[str, Any]] = {
    "usual": {},
    "open": _open(),
    "slow": _open("slow"),
    "middle": _open("middle"),
    "permitted": _open(rule="permit", instrument="guidance"),
    "discouraged": _open(rule="discourage", instrument="guidance"),
    "promoted": _open(rule="promote", instrument="statute"),
    "crash": _crash(),
    "crash_by_politics": _crash(rule_held=False, instrument="guidance"),
    "bid": _crash(rescue="standing_bid"),
    "guarantee": _crash(guarantee_cover=0.8, guarantee_cap=500.0),
    "utility": _open() | {"choice": "expected_utility"},
    "no_belief": _open() | {"loops": {"rescue_belief": False}},
    "savers": {},
}


OTHER: dict[str, Any] = {
    "months": 2, "participants": 301, "managers": 11, "seed": 2, "panel": 11, "start": "2025-07", "market.traders": 70,
    "parameters.network.regions": 7,
}  # fmt: skip
"""Fields whose range is too wide for a step within it, or that have none."""


class Move(NamedTuple):
    """One field with another value than a stage gives it."""

    field: str
    value: Any


def moves(name: str, field: FieldInfo, present: Any) -> Iterator[Move]:
    """Other values of a field: every other choice, or steps up and down within its range."""
    kind = field.annotation
    if name in OTHER or name.startswith("luck."):
        yield Move(name, OTHER.get(name, 12_345))
    elif kind is bool:
        yield Move(name, not present)
    elif get_origin(kind) is Literal:
        yield from (Move(name, choice) for choice in get_args(kind) if choice != present)
    else:
        low, high = range_of(field)
        up = present + 0.5 * (high - present) if high is not None else 2.0 * present + 1.0
        down = present - 0.5 * (present - low) if low is not None else 0.5 * present - 1.0
        for value in (up, down):
            value = round(value) if kind is int else value
            if value != present:
                yield Move(name, value)


def fields() -> dict[str, FieldInfo]:
    """Every field of a scenario that holds one value, by its dotted name."""
    return dict(walk(Scenario))


@functools.cache
def savers_table() -> SaversTable:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "savers.csv"
        path.write_text(SAVERS)
        return SaversTable.from_file(path)


def world_of(scenario: Scenario, stage: str) -> RetirementModel:
    """The world of a scenario; on the stage "savers", of a user's own savers."""
    return RetirementModel(scenario, savers_table() if stage == "savers" else None)


@functools.cache
def scenario_of(stage: str) -> Scenario:
    """The scenario of a stage as it stands."""
    return Scenario.of(SMALL | STAGES[stage])


class Control(NamedTuple):
    """What a stage records when nothing is moved: the months row by row, all tables after one month and at the end."""

    rows: list[dict[str, Any]]
    first: dict[str, pd.DataFrame]
    last: dict[str, pd.DataFrame]


@functools.cache
def control(stage: str) -> Control:
    """The stage as it stands; run once."""
    world = world_of(scenario_of(stage), stage)
    rows = []
    first: dict[str, pd.DataFrame] = {}
    while world.running:
        world.step()
        rows.append(world.records.latest())
        first = first or world.records.tables()
    return Control(rows, first, world.records.tables())


def shows(move: Move, stage: str) -> int | None:
    """Month in which a moved field first changes what is recorded, counted from 1; None when it never does."""
    return first_difference(scenario_of(stage).with_values({move.field: move.value}), stage)


def first_difference(moved: Scenario, stage: str) -> int | None:
    """Month in which another scenario's records first differ from the stage's; None when they never do."""
    known, world = control(stage), world_of(moved, stage)
    for month, row in enumerate(known.rows, 1):
        if not world.running:
            return month
        world.step()
        if world.records.latest() != row or (month == 1 and differ(world.records.tables(), known.first)):
            return month
    return len(known.rows) if world.running or differ(world.records.tables(), known.last) else None


def differ(tables: dict[str, pd.DataFrame], others: dict[str, pd.DataFrame]) -> bool:
    """Whether any recorded table differs in any value."""
    return any(not tables[name].equals(others[name]) for name in tables)
