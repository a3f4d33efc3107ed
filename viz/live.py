"""The live page: levers left, network in the middle, charts right, one sentence on top.

Solara renders the frame and the levers; what moves are plain widgets that are made once and handed to the layout, so
that a frame never renders a component again.
"""

# ruff: noqa: N802 (components are named like classes, as Solara does)
from __future__ import annotations

import threading

import reacton.ipyvuetify as rv
import solara
import solara.lab
from solara.server import kernel_context

from viz import levers, series, theme
from viz.publisher import Desk, Publisher
from viz.registry import Sessions
from viz.session import Session

PACES = {"1 month/s": 1.0, "2 months/s": 2.0, "5 months/s": 5.0, "10 months/s": 10.0, "30 months/s": 30.0}


@solara.component
def Live(sessions: Sessions) -> None:
    """The page of one browser tab, on the world that its address names or on a new one."""
    router = solara.use_router()
    owner = kernel_context.get_current_context().session_id

    def attach() -> tuple[str, Session]:
        with kernel_context.without_context():  # the world outlives this tab, for a reload
            return sessions.attach(_key_of(router.search), owner)

    key, session = solara.use_memo(attach, [])
    desk = solara.use_memo(lambda: Desk(session.scenario.start), [])
    playing = solara.use_reactive(session.snapshot.playing)

    def serve():
        publisher = Publisher(session, desk, playing.set)
        threading.Thread(target=publisher.run, name="page", daemon=True).start()

        def leave() -> None:
            publisher.stop()
            with kernel_context.without_context():
                sessions.detach(key)

        return leave

    solara.use_effect(serve, [])
    solara.use_effect(lambda: _on_arrival(desk, router, key), [])

    solara.Title("Double Bind")
    solara.Style(theme.style())
    with rv.Html(tag="div", class_="db-page"):
        with rv.Html(tag="header", class_="db-bar"):
            rv.Html(tag="strong", class_="db-name", children=["Double Bind"])
            Transport(session, playing)
            rv.Html(tag="span", class_="db-space")
            Scenario(session)
            Theme(desk)
        with rv.Html(tag="main", class_="db-grid"):
            levers.Levers(session)
            rv.Html(tag="section", class_="db-card db-top", children=[desk.header])
            rv.Html(tag="section", class_="db-card db-middle", children=[desk.network])
            with rv.Html(tag="section", class_="db-charts"):
                for chart in series.CHARTS:
                    rv.Html(tag="div", class_=f"db-card db-{chart.name}", children=[desk.charts[chart.name]])
            rv.Html(
                tag="footer",
                class_="db-foot",
                children=[
                    "Source: this session, month by month. "
                    "A price level here is the model’s, under this scenario: it is not a forecast."
                ],
            )


@solara.component
def Transport(session: Session, playing: solara.Reactive[bool]) -> None:
    """Play or pause, one step, and how fast."""
    pace, set_pace = solara.use_state(f"{session.pace:g} month{'s' * (session.pace != 1)}/s")

    def toggle() -> None:
        (session.pause if playing.value else session.play)()
        playing.set(not playing.value)  # at once; the world thread corrects it when it cannot play

    def choose(name: str) -> None:
        set_pace(name)
        session.set_pace(PACES[name])

    with rv.Html(tag="div", class_="db-transport"):
        solara.Button(
            "Pause" if playing.value else "Play",
            icon_name="mdi-pause" if playing.value else "mdi-play",
            on_click=toggle,
            color="primary",
            classes=["db-play"],
            attributes={"data-testid": "play"},
        )
        solara.Button("Step", on_click=session.step, outlined=True, attributes={"data-testid": "step"})
        rv.Select(
            v_model=pace,
            on_v_model=choose,
            items=list(PACES),
            outlined=True,
            dense=True,
            hide_details=True,
            class_="db-pace",
            attributes={"data-testid": "speed", "aria-label": "Speed"},
        )


@solara.component
def Scenario(session: Session) -> None:
    """Download of the scenario that reproduces what was seen."""
    with solara.FileDownload(session.reproduce, filename="scenario.toml", mime_type="application/toml"):
        solara.Button(
            "Scenario",
            icon_name="mdi-download",
            outlined=True,
            attributes={"data-testid": "scenario", "title": "Save the scenario that reproduces this page, as TOML"},
        )


@solara.component
def Theme(desk: Desk) -> None:
    """Light or dark; the browser remembers the choice."""
    dark = solara.lab.use_dark_effective()

    def toggle() -> None:
        desk.header.chosen = "light" if dark else "dark"  # first, so that a reload right after it knows
        solara.lab.theme.dark = not dark

    solara.Button(
        icon_name="mdi-weather-sunny" if dark else "mdi-weather-night",
        on_click=toggle,
        icon=True,
        attributes={"data-testid": "theme", "aria-label": "Light" if dark else "Dark"},
    )


def _key_of(search: str | None) -> str:
    """The world that an address names: "world=1f3a…" as "1f3a…", empty for none."""
    for part in (search or "").split("&"):
        name, _, value = part.partition("=")
        if name == "world":
            return value
    return ""


def _on_arrival(desk: Desk, router: solara.routing.Router, key: str) -> None:
    """Once the browser shows the page: our colours, dark where it asks for dark, and the world in the address.

    The address is written late on purpose: the browser reports its own first, and would win.
    """
    for name, colours in theme.vuetify().items():
        themed = getattr(solara.lab.theme.themes, name)
        for part, colour in colours.items():
            setattr(themed, part, colour)

    def arrive(change: dict) -> None:
        solara.lab.theme.dark = bool(change["new"])
        if _key_of(router.search) != key:
            router.push(f"/?world={key}")

    desk.header.observe(arrive, "prefers_dark")
