"""The left column: what a person may ask for. Each lever is one component, and the server checks each value.

A lever is a request: politics may refuse or undo it, so the label says "Rule you ask for", and the header shows the
rule in force.
"""

# ruff: noqa: N802 (components are named like classes, as Solara does)
from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import reacton.ipyvuetify as rv
import solara

from abm.errors import InputError
from abm.scenario import Policy
from viz import words
from viz.session import Session, fresh


class Pick(NamedTuple):
    """A lever with named choices: the policy field, its label, and the words for each value."""

    field: str
    label: str
    choices: dict[str, str]


RULE = Pick(
    "rule",
    "Rule you ask for",
    {
        "prohibit": "Prohibit",
        "discourage": "Discourage",
        "permit": "Permit",
        "safe_harbour": "Safe harbour",
        "promote": "Promote",
    },
)
RESCUE = Pick(
    "rescue",
    "Rescue doctrine",
    {"never": "Never", "case_by_case": "Case by case", "standing_bid": "Standing bid"},
)
ADOPTION = Pick(
    "adoption_speed",
    "Speed of adoption",
    {"slow": "Slow, as annuities", "middle": "Middle, as Roth", "fast": "Fast, as target-date funds"},
)
DOORS = (
    ("target_date_sleeve", "Sleeve", "Target-date funds may hold a crypto sleeve"),
    ("core_option", "Core", "Employers may offer a crypto fund on the core menu"),
    ("brokerage_window", "Window", "Employers may offer crypto through a brokerage window"),
    ("ira", "IRA", "Individual retirement accounts may buy crypto"),
)
CAPS = (0.0, 0.01, 0.02, 0.05, 0.10, 0.20, 0.50, 1.0)
SHOCKS = (
    ("theft", 0.01, "Theft", "A venue is robbed of 1 % of all coins"),
    ("news", -0.4, "Bad news", "What coins are held to be worth falls by 33 %"),
    ("equity", -0.35, "Stocks fall", "Stocks fall by 30 %"),
    ("venue_failure", 1.0, "Venue fails", "A trading venue fails"),
)
BYTES_A_SAVER = 2_000
"""Memory that a saver takes in a world and its pictures, for the limit on the size; rounded up."""


@solara.component
def Levers(session: Session) -> None:
    """All levers, as the session's scenario has them."""
    policy = fresh(session.scenario, session.snapshot.month).policy
    with rv.Html(tag="aside", class_="db-card db-levers", attributes={"aria-label": "Levers"}):
        rv.Html(tag="h2", children=["Policy"])
        Choice(session, RULE, policy)
        rv.Html(tag="p", class_="db-hint", children=["Politics may refuse: the rule in force is on top."])
        Cap(session, policy)
        Choice(session, RESCUE, policy)
        Choice(session, ADOPTION, policy)
        rv.Html(tag="h2", children=["Doors open"])
        with rv.Html(tag="div", class_="db-pairs"):
            for field, label, title in DOORS:
                Door(session, field, label, title, policy)
        rv.Html(tag="h2", children=["Shock next month"])
        with rv.Html(tag="div", class_="db-pairs"):
            for kind, size, label, title in SHOCKS:
                Strike(session, kind, size, label, title)
        rv.Html(tag="h2", children=["World"])
        World(session)


@solara.component
def Choice(session: Session, pick: Pick, policy: Policy) -> None:
    """A lever with named choices."""
    value, set_value = solara.use_state(getattr(policy, pick.field))
    fault, set_fault = solara.use_state("")

    def choose(chosen: str) -> None:
        set_fault(_refused(lambda: session.change(**{pick.field: chosen})))
        set_value(chosen)

    rv.Select(
        v_model=value,
        on_v_model=choose,
        items=[{"value": name, "text": text} for name, text in pick.choices.items()],
        label=pick.label,
        outlined=True,
        dense=True,
        hide_details=not fault,
        error_messages=[fault] if fault else [],
        attributes={"data-testid": f"lever-{pick.field}"},
    )


@solara.component
def Cap(session: Session, policy: Policy) -> None:
    """Largest share of an account that a saver may choose to hold in crypto."""
    nearest = min(range(len(CAPS)), key=lambda place: abs(CAPS[place] - policy.crypto_cap))
    place, set_place = solara.use_state(nearest)
    fault, set_fault = solara.use_state("")

    def choose(chosen: int) -> None:
        set_place(chosen)
        set_fault(_refused(lambda: session.change(crypto_cap=CAPS[int(chosen)])))

    with rv.Html(tag="div", class_="db-lever"):
        rv.Html(
            tag="label",
            class_="db-label",
            children=[fault or f"Cap on crypto: {100 * CAPS[place]:g}{words.THIN}% of account"],
        )
        rv.Slider(
            v_model=place,
            on_v_model=choose,
            min=0,
            max=len(CAPS) - 1,
            step=1,
            ticks="always",
            tick_size=3,
            hide_details=True,
            dense=True,
            attributes={"data-testid": "lever-crypto_cap", "aria-label": "Cap on crypto"},
        )


@solara.component
def Door(session: Session, field: str, label: str, title: str, policy: Policy) -> None:
    """One of the ways in which retirement money may reach crypto."""
    opened, set_opened = solara.use_state(getattr(policy, field))
    fault, set_fault = solara.use_state("")

    def choose(chosen: bool) -> None:
        set_opened(chosen)
        set_fault(_refused(lambda: session.change(**{field: bool(chosen)})))

    rv.Switch(
        v_model=opened,
        on_v_model=choose,
        label=label,
        dense=True,
        inset=True,
        hide_details=not fault,
        error_messages=[fault] if fault else [],
        attributes={"data-testid": f"lever-{field}", "aria-label": label, "title": title},
    )


@solara.component
def Strike(session: Session, kind: str, size: float, label: str, title: str) -> None:
    """A button that lets something happen next month."""
    solara.Button(
        label,
        on_click=lambda: session.shock(kind, size),
        outlined=True,
        attributes={"data-testid": f"shock-{kind}", "title": title},
    )


@solara.component
def World(session: Session) -> None:
    """Size and luck of the world, and back to its start."""
    savers, set_savers = solara.use_state(str(session.scenario.participants))
    seed, set_seed = solara.use_state(str(session.scenario.seed))
    fault, set_fault = solara.use_state("")

    def restart() -> None:
        set_fault(_refused(lambda: _restart(session, savers, seed)))

    with rv.Html(tag="div", class_="db-lever"):
        with rv.Html(tag="div", class_="db-pairs"):
            for label, value, setter, name in (
                ("Savers", savers, set_savers, "size"),
                ("Seed", seed, set_seed, "seed"),
            ):
                rv.TextField(
                    v_model=value,
                    on_v_model=setter,
                    label=label,
                    outlined=True,
                    dense=True,
                    hide_details=True,
                    attributes={"data-testid": name, "inputmode": "numeric"},
                )
        if fault:
            rv.Html(tag="p", class_="db-fault", children=[fault], attributes={"role": "alert"})
        solara.Button(
            "Back to the start",
            icon_name="mdi-restore",
            on_click=restart,
            outlined=True,
            classes=["db-wide"],
            attributes={
                "data-testid": "restart",
                "title": "Build this world again from its first month, with the levers as they stand",
            },
        )


def most_savers() -> int:
    """Rows that a quarter of this computer's memory can hold, rounded down to two figures."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):  # not a POSIX system
        memory = 8 * 2**30
    rows = memory // 4 // BYTES_A_SAVER
    unit = 10 ** max(0, len(str(rows)) - 2)
    return rows // unit * unit


def _restart(session: Session, savers: str, seed: str) -> None:
    values = {"participants": _number(savers), "seed": _number(seed)}
    size = values["participants"]
    if isinstance(size, int) and size > most_savers():
        raise TooLargeError(size)
    session.restart(**values)


class TooLargeError(ValueError):
    """A world that does not fit this computer."""

    def __init__(self, savers: int) -> None:
        gigabytes = savers * BYTES_A_SAVER / 1e9
        super().__init__(
            f"{words.whole(savers)} savers need about {words.figures(gigabytes)} GB; "
            f"this computer allows {words.whole(most_savers())}."
        )


def _number(text: str) -> Any:
    """A whole number where the text is one; else the text, which the scenario will refuse by name."""
    bare = "".join(text.split())
    return int(bare) if bare.isdecimal() and len(bare) < 20 else text


def _refused(ask: Callable[[], None]) -> str:
    """What is wrong with a request, in a sentence; empty when it was taken."""
    try:
        ask()
    except InputError as problem:
        return words.sentence("; ".join(map(str, problem.faults)))
    except TooLargeError as problem:
        return str(problem)
    return ""
