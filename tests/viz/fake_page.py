"""The page on made-up worlds: what the browser tests drive."""

from __future__ import annotations

import solara
from fake_world import FakeWorld

from abm.scenario import Scenario
from viz.live import Live
from viz.registry import Sessions

SESSIONS = Sessions(FakeWorld, Scenario(participants=20_000, months=1_200), grace=20.0)


@solara.component
def Page():
    Live(SESSIONS)


@solara.component
def Layout(children):
    return solara.Div(children=children, classes=["db-root"])
