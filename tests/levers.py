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
SAVERS = "age_years,salary_usd,plan_kind,plan_balance_usd,ira_balance_usd,roth_share\n" + "".join(
    f"{25 + row},{50_000 + 1_000 * row},{('401k', '403b')[row % 2]},10000,{5_000 * (row % 2)},{0.5 * (row % 3)}\n"
    for row in range(40)
)
KEEN = {"other": 1.0, "owner": 2.0, "look_directed": 4.0, "look_managed": 2.0, "look_ira": 4.0}
"""Savers who look often and like what they see, so that few rows and few months are enough."""
MANY = {"savers_each": 5.0}
"""Sixty employers for three hundred savers."""
QUICK = {"slow_innovation": 0.5, "middle_innovation": 0.5, "fast_innovation": 0.5}
ALL_ALTERNATIVES = {"private_equity": True, "real_estate": True, "commodities": True}
HARBOUR = {"rule": "safe_harbour", "instrument": "rule", "rule_held": True, "adoption_speed": "fast"}
YEARS = (2029, 2030, 2031)
RARE = ("parameters.government.rules.", "parameters.government.rescue.", "parameters.government.elections.")
OTHER_LUCK = range(11, 17)
FALL = [{"month": f"2026-{month:02d}", "kind": "news", "size": -1.0} for month in (5, 7)]


def _open(speed: str = "fast", **policy: Any) -> dict[str, Any]:
    """A stage on which sponsors and providers move soon, and savers buy."""
    return {
        "managers": 40,
        "panel": 60,
        "policy": HARBOUR | ALL_ALTERNATIVES | {"adoption_speed": speed} | policy,
        "parameters": {"choice": KEEN, "sponsors": MANY | QUICK, "sleeves": QUICK | {"inside_chance": 0.5}},
    }


def _record() -> dict[str, Any]:
    """A stage on which sponsors choose providers by their record, of large sleeves."""
    stage = _open()
    stage["parameters"]["sponsors"] |= {"performance_tilt": 20.0}
    stage["parameters"]["sleeves"] |= {"weight": 0.2}
    return stage | {"shocks": FALL}


def _crash(**policy: Any) -> dict[str, Any]:
    """A stage on which the price falls when many savers hold coins."""
    stage = _open(**policy)
    stage["parameters"]["sponsors"] |= {"removal": 1.0, "suit_after_falls": 1.0, "suit_months": 4.0}
    return stage | {"shocks": FALL, "months": 36}


def _sued() -> dict[str, Any]:
    """A stage on which sponsors are sued from the start and fear it."""
    stage = _open()
    stage["parameters"]["sponsors"] |= {"suit_base": 0.1, "suit_fear": 5.0, "suit_months": 6.0}
    return stage | {"months": 36}


def _politics(**policy: Any) -> dict[str, Any]:
    """A stage of five years with two presidential elections, in which offices act often and the price falls twice."""
    busy = {
        "guidance_later": 0.9, "guidance_against": 0.3, "rulemaking_early": 0.9, "rulemaking_late": 0.4,
        "rulemaking_months": 8.0, "courts": 0.2, "statute_rate": 0.3, "statute_repeal": 0.05, "review_act": 0.9,
    }  # fmt: skip
    return {
        "participants": 100, "months": 60, "start": "2028-08", "panel": 5, "market": {"traders": 50},
        "policy": {"rule": "permit", "instrument": "guidance", "crypto_cap": 1.0, "adoption_speed": "fast"} | policy,
        "shocks": [{"month": f"{year}-03", "kind": "news", "size": -1.2 if year % 2 else 1.2} for year in YEARS],
        "parameters": {
            "choice": KEEN | {"median_target": 0.4, "free_cap": 0.9},
            "sponsors": MANY | QUICK,
            "government": {
                "rules": busy,
                "elections": {"economy_spread": 5.0, "midterm_loss": 5.0},
                "rescue": {"intercept": -3.1, "contagion_rate": 0.5, "span": 24.0},
            },
        },
    }  # fmt: skip


def _guided(luck: int, rule: str = "permit", **rules: float) -> dict[str, Any]:
    """A stage of five quiet years in which only Labor and the courts act on the rule."""
    quiet = {"rulemaking_early": 0.0, "rulemaking_late": 0.0, "statute_rate": 0.0, "guidance_against": 0.1}
    return {
        "participants": 60, "months": 60, "panel": 5, "market": {"traders": 50}, "luck": {"politics": luck},
        "policy": {"rule": rule, "instrument": "guidance"},
        "parameters": {"government": {"rules": quiet | rules}},
    }  # fmt: skip


def _lawmaking(luck: int) -> dict[str, Any]:
    """A stage on which Congress may make a statute of what many exposed voters want, after a midterm."""
    stage = _guided(luck, guidance_against=0.0, statute_rate=0.15, statute_lock_in=1.0)
    stage["policy"] |= {"crypto_cap": 1.0, "adoption_speed": "fast"}
    stage["parameters"]["choice"] = KEEN | {"median_target": 0.4, "free_cap": 0.9}
    stage["parameters"]["sponsors"] = MANY | QUICK
    stage["parameters"]["government"]["politics"] = {"exposure_weight": 2.0, "half_exposure": 0.01}
    stage["parameters"]["government"]["elections"] = {"midterm_loss": 60.0, "seat_noise": 6.0}
    return stage


def _congress(luck: int) -> dict[str, Any]:
    """The same stage with fewer statutes, so that they come after the midterm if at all."""
    stage = _lawmaking(luck)
    stage["parameters"]["government"]["rules"] |= {"statute_rate": 0.15, "statute_lock_in": 0.0}
    return stage | {"months": 36}


def _rescued(luck: int, target: float = 0.4) -> dict[str, Any]:
    """A stage of two falls under guidance that permits, with offices that are quick to help."""
    stage = _lawmaking(luck)
    stage["parameters"]["choice"] = KEEN | {"median_target": target, "free_cap": 0.9}
    stage["shocks"] = [{"month": f"{year}-05", "kind": "news", "size": -1.2} for year in (2026, 2028)]
    stage["parameters"]["government"]["rules"]["statute_rate"] = 0.0
    stage["parameters"]["government"]["rescue"] = {"intercept": -3.1, "contagion_rate": 0.5, "span": 30.0}
    return stage


def _pressed(luck: int) -> dict[str, Any]:
    """The same falls with a Labor that listens: guidance goes back and forth."""
    stage = _rescued(luck)
    stage["parameters"]["government"]["rules"] |= {"guidance_against": 0.3, "guidance_later": 0.5, "lock_in_gain": 0.3}
    return stage


def _judged(luck: int) -> dict[str, Any]:
    """A stage on which courts look at a rule."""
    return _guided(luck, courts=0.1) | {"policy": {"rule": "safe_harbour", "instrument": "rule"}}


def _helped(luck: int) -> dict[str, Any]:
    """A stage on which small losses are hardly worth a compensation."""
    stage = _politics(rule="safe_harbour", instrument="statute") | {"luck": {"politics": luck}}
    stage["policy"] |= {"crypto_cap": 0.02}
    stage["parameters"]["choice"] = KEEN | {"median_target": 0.01, "target_spread": 0.1, "free_cap": 0.02}
    stage["parameters"]["government"]["rescue"] |= {"severity_scale": 0.03, "promise_statute": 1.0}
    return stage


def _reviewed(luck: int) -> dict[str, Any]:
    """A stage on which a young rule meets a new president with both chambers behind him."""
    stage = _guided(luck, review_act=0.5) | {"start": "2028-08", "months": 8}
    stage["policy"] = {"rule": "safe_harbour", "instrument": "rule"}
    stage["parameters"]["government"]["elections"] = {"intercept": 45.0, "economy_spread": 0.0, "error_spread": 0.0}
    stage["parameters"]["government"]["elections"] |= {"senate_republicans": 40.0, "running": 0.0}
    return stage


def _kept() -> dict[str, Any]:
    """The same stage with a party that keeps the White House and stands for a third term in a row."""
    stage = _politics()
    stage["parameters"]["government"]["elections"] = {"intercept": 54.9, "economy_spread": 0.0, "error_spread": 0.0}
    return stage


STAGES: dict[str, dict[str, Any]] = {
    "usual": {},
    "open": _open(),
    "closed": _open() | {"changes": [{"month": "2027-07"} | dict.fromkeys(ALL_ALTERNATIVES, False)]},
    "slow": _open("slow"),
    "middle": _open("middle"),
    "permitted": _open(rule="permit", instrument="guidance"),
    "discouraged": _open(rule="discourage", instrument="guidance"),
    "promoted": _open(rule="promote", instrument="statute"),
    "record": _record(),
    "heavy": _open() | {"parameters": {"choice": KEEN, "sponsors": MANY | QUICK, "sleeves": QUICK | {"weight": 0.2}}},
    "crash": _crash(),
    "bid": _crash(rescue="standing_bid"),
    "politics": _politics(),
    "statute": _politics(rule="safe_harbour", instrument="statute"),
    "rule": _politics(rule="safe_harbour", instrument="rule"),
    "prohibited": _politics(rule="prohibit", instrument="guidance"),
    "disliked": _politics(rule="discourage", instrument="guidance"),
    "hostile": _politics(regulation="hostile"),
    "utility": _open() | {"choice": "expected_utility"},
    "rich": {"parameters": {"life": {"peak_pay": 300_000.0}, "returns": {"wage_growth": 0.15}}},
    "sued": _sued(),
    "wide": _open(crypto_cap=1.0) | {"parameters": {"choice": KEEN | {"median_target": 0.4}, "sponsors": MANY | QUICK}},
    "savers": {},
    "failed": {"shocks": [{"month": "2026-02", "kind": "venue_failure", "size": 1.0}]},
    "kept": _kept(),
    "guided": _guided(3),
    "rule_making": _guided(4, rulemaking_late=0.15, rulemaking_early=0.15),
    "loosening": _guided(5, "discourage", guidance_later=0.05, guidance_first_year=2.5),
    "reviewed": _reviewed(6),
    "lawmaking": _lawmaking(7),
    "congress": _congress(2),
    "rescued": _rescued(5),
    "helped": _helped(1),
    "helped_again": _helped(9),
    "helped_third": _helped(7),
    "judged": _judged(3),
    "judged_again": _judged(4),
    "pressed": _pressed(4),
    "pressed_again": _pressed(5),
}
SHOWN_ON: dict[str, tuple[str, ...]] = {
    "luck.savers": ("savers",),
    "luck.": ("usual", "open", "politics"),
    "loops.": ("usual", "open", "politics", "crash"),
    "policy.bid_": ("bid",),
    "policy.guarantee_": ("statute", "helped_again", "helped_third", "politics", "crash"),
    "policy.sleeve_cap": ("heavy",),
    "parameters.choice.expected_utility.": ("utility",),
    "parameters.payroll.limits_follow_wages": ("rich",),
    "parameters.valuation.alternatives.": ("open", "closed"),
    "parameters.sponsors.slow_": ("slow",),
    "parameters.sponsors.middle_": ("middle",),
    "parameters.sleeves.slow_": ("slow",),
    "parameters.sleeves.middle_": ("middle",),
    "parameters.sponsors.suit_": ("sued", "crash"),
    "parameters.sponsors.small_cap": ("wide",),
    "parameters.sponsors.middle_cap": ("wide",),
    "parameters.sponsors.": ("open", "crash", "permitted", "discouraged", "promoted"),
    "parameters.sleeves.performance_months": ("record",),
    "parameters.sleeves.": ("open", "crash", "permitted", "discouraged", "promoted"),
    "parameters.government.": ("usual", "politics", "statute", "rule", "prohibited", "disliked", "bid", "hostile"),
    "parameters.government.elections.months_in_office": ("loosening", "rule_making", "politics"),
    "parameters.government.rules.guidance_": ("guided", "loosening", "politics", "prohibited"),
    "parameters.government.rules.rulemaking_": ("rule_making", "politics", "rule"),
    "parameters.government.rules.statute_": ("lawmaking", "statute"),
    "parameters.government.rules.yes_": ("congress",),
    "parameters.government.rescue.bid_": ("bid",),
    "parameters.government.rescue.": (
        "politics",
        "statute",
        "rescued",
        "helped",
        "helped_again",
        "helped_third",
        "pressed",
        "prohibited",
        "bid",
    ),
    "parameters.government.rules.courts": ("judged", "judged_again"),
    "parameters.government.rules.pressure_": ("pressed", "pressed_again", "politics"),
    "parameters.government.rules.lock_in_gain": ("pressed", "pressed_again", "politics"),
    "parameters.government.rules.review_act": ("reviewed",),
    "parameters.government.elections.": ("usual", "politics", "statute", "kept"),
    "parameters.crypto_market.": ("usual", "hostile", "open", "failed"),
}
"""On which stages fields are to show, in order, by the longest beginning of their name; others on the first two."""


def stages_of(name: str) -> tuple[str, ...]:
    """The stages on which a field is to show, the likeliest first; rare acts of government also under other luck."""
    known = max((start for start in SHOWN_ON if name.startswith(start)), key=len, default="")
    stages = SHOWN_ON.get(known, ("usual", "open"))
    if not name.startswith(RARE):
        return stages
    return stages + tuple(f"{stage}@{luck}" for luck in OTHER_LUCK for stage in stages)


OTHER: dict[str, Any] = {
    "months": 2, "participants": 301, "managers": 11, "seed": 2, "panel": 11, "start": "2025-07", "market.traders": 70,
    "parameters.network.regions": 7,
}  # fmt: skip
"""Fields whose range is too wide for a step within it, or that have none."""


class Move(NamedTuple):
    """One field with another value than a stage gives it."""

    field: str
    value: Any


def moves(name: str, field: FieldInfo, now: Any) -> Iterator[Move]:
    """Other values of a field: every other choice, or steps up and down within its range."""
    kind = field.annotation
    if name in OTHER or name.startswith("luck."):
        yield Move(name, OTHER.get(name, 12_345))
    elif kind is bool:
        yield Move(name, not now)
    elif get_origin(kind) is Literal:
        yield from (Move(name, choice) for choice in get_args(kind) if choice != now)
    else:
        low, high = range_of(field)
        up = now + 0.5 * (high - now) if high is not None else 2.0 * now + 1.0
        down = now - 0.5 * (now - low) if low is not None else 0.5 * now - 1.0
        for value in (up, down):
            value = round(value) if kind is int else value
            if value != now:
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


def present(scenario: Scenario, name: str) -> Any:
    """The value of a dotted field."""
    return functools.reduce(getattr, name.split("."), scenario)


def world_of(scenario: Scenario, stage: str) -> RetirementModel:
    """The world of a scenario; on the stage "savers", of a user's own savers."""
    return RetirementModel(scenario, savers_table() if stage == "savers" else None)


@functools.cache
def scenario_of(stage: str) -> Scenario:
    """The scenario of a stage as it stands; "politics@12" is the stage "politics" under the political luck 12."""
    name, _, luck = stage.partition("@")
    return Scenario.of(SMALL | STAGES[name] | ({"luck": {"politics": int(luck)}} if luck else {}))


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
