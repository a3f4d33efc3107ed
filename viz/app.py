# ruff: noqa: N802 (components are named like classes, as Solara does)
"""What Solara serves: the live page on the sessions of this process."""

from __future__ import annotations

import os
import threading

import solara

from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from viz.live import Live
from viz.registry import Sessions

SCENARIO = "DOUBLE_BIND_SCENARIO"
"""Environment variable: the scenario file that new pages start with."""


def first_scenario() -> Scenario:
    """The scenario that a new page starts with; it has as many months as anybody may want to watch."""
    path = os.environ.get(SCENARIO)
    scenario = Scenario.from_toml(path) if path else Scenario()
    return scenario.with_values({"months": 1_200})


def warm_up() -> None:
    """Run a tiny world through a year: afterwards every kernel is compiled, or loaded from the cache."""
    world = RetirementModel(Scenario(participants=200, months=MONTHS_A_YEAR + 1, panel=0))
    while world.running:
        world.step()


def build(scenario: Scenario) -> RetirementModel:
    """A world whose first month comes at once: the page says that it is being built until the kernels are there."""
    WARMING.join()
    return RetirementModel(scenario)


# Solara finds an application by the name of its module, so what the process has one of must live in one.
WARMING = threading.Thread(target=warm_up, name="warm-up", daemon=True)
WARMING.start()
SESSIONS = Sessions(build, first_scenario())


@solara.component
def Page() -> None:
    """The page at "/"."""
    Live(SESSIONS)


@solara.component
def Layout(children: list) -> solara.Element:
    """No frame of Solara's around the page."""
    return solara.Div(children=children, classes=["db-root"])
