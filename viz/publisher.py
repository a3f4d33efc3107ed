"""From the world to the browser: one thread a page that sends frames as fast as the browser draws them, ten a second.

It waits for a new snapshot, for the browser's acknowledgement of the frame before, and for a tenth of a second to
have passed; then it sets the traits of the widgets. A page that has gone without a word stops acknowledging: after
three misses its world is paused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from viz import network_layout, series, words
from viz.session import Session
from viz.snapshot import Snapshot
from viz.widgets import Chart, Header, Network

FRAME = 0.1
"""Least seconds between two frames."""
PATIENCE = 3.0
"""Seconds to wait for an acknowledgement."""
MISSES = 3
"""Missed acknowledgements after which the world is paused."""


class Desk:
    """The widgets of one page, made once."""

    def __init__(self, start: str) -> None:
        self.header = Header()
        self.charts = {chart.name: Chart(spec=chart.specification(start)) for chart in series.CHARTS}
        self.network = Network(aspect=network_layout.WIDTH / network_layout.HEIGHT)


class Publisher:
    """Sends the snapshots of a session to the widgets of a page.

    Args:
        session: whose snapshots.
        desk: where they go.
        on_playing: told with each frame whether the world plays.
    """

    def __init__(self, session: Session, desk: Desk, on_playing: Callable[[bool], None]) -> None:
        self._session, self._desk, self._on_playing = session, desk, on_playing
        self._answered = threading.Event()
        self._stopped = False
        self._layout: network_layout.Layout | None = None
        self._misses = 0
        desk.header.observe(self._note_answer, "ack")
        desk.network.observe(self._note_mode, "mode")
        desk.network.observe(lambda change: session.inspect(change["new"]), "clicked")

    def run(self) -> None:
        """Send until `stop`; to be run in a thread of the page."""
        seen = -1
        while not self._stopped and not self._session.closed:
            snapshot = self._session.await_news(seen, timeout=1.0)
            if snapshot.serial == seen:
                continue
            if not self._browser_answered():
                continue
            snapshot = self._session.snapshot  # the newest by now: the ones between are skipped
            seen, begun = snapshot.serial, time.monotonic()
            self.send(snapshot)
            time.sleep(max(0.0, FRAME - (time.monotonic() - begun)))

    def stop(self) -> None:
        """End the thread and let go of the widgets."""
        self._stopped = True
        self._answered.set()
        self._desk.header.unobserve_all()
        self._desk.network.unobserve_all()

    def send(self, snapshot: Snapshot) -> None:
        """Set the traits of all widgets; the header's frame number last, so that an answer means all arrived."""
        self._send_network(snapshot)
        for chart in series.CHARTS:
            widget = self._desk.charts[chart.name]
            with widget.hold_sync():
                widget.marks = [list(mark) for mark in snapshot.marks]
                widget.months = len(snapshot.rows)
                widget.data = series.packed(snapshot.rows, chart)
        header = self._desk.header
        self._answered.clear()
        with header.hold_sync():
            header.month = words.month_name(snapshot.month) if snapshot.month else "Not begun"
            header.line = snapshot.line
            header.tone = {"building": "busy", "failed": "failed"}.get(snapshot.state, "")
            header.figures = [list(figure) for figure in snapshot.figures]
            header.frame += 1
        if snapshot.answered == self._session.asked:  # else the button shows what was pressed since
            self._on_playing(snapshot.playing)

    def _send_network(self, snapshot: Snapshot) -> None:
        network, layout = self._desk.network, snapshot.layout
        with network.hold_sync():
            if layout is not self._layout:
                self._layout = layout
                for name, array in _layout_bytes(layout).items():
                    setattr(network, name, array)
                if layout is not None:
                    network.title = f"{words.whole(len(layout.rows))} savers around their employers"
                    network.spacing = layout.spacing
            if snapshot.pixels is not None:
                network.values = getattr(snapshot.pixels, network.mode).tobytes()
                network.sleeves = snapshot.pixels.sleeves.tobytes()
            elif layout is None:
                network.values = network.sleeves = b""
            network.notice = "No world" if snapshot.state == "failed" else "The network is being built"
            network.inspected = snapshot.inspected

    def _browser_answered(self) -> bool:
        """True when the frame before was drawn, or when there is no point in waiting longer."""
        header = self._desk.header
        if header.ack >= header.frame or self._answered.wait(PATIENCE):
            self._misses = 0
            return not self._stopped
        self._misses += 1
        if self._misses == MISSES:
            self._session.pause()  # nobody looks: a page that is back says so by pressing play
        return self._misses < MISSES

    def _note_answer(self, change: dict[str, Any]) -> None:
        if change["new"] >= self._desk.header.frame:
            self._answered.set()

    def _note_mode(self, change: dict[str, Any]) -> None:
        pixels = self._session.snapshot.pixels
        if pixels is not None:
            self._desk.network.values = getattr(pixels, change["new"]).tobytes()


def _layout_bytes(layout: network_layout.Layout | None) -> dict[str, bytes]:
    if layout is None:
        return dict.fromkeys(("savers", "employers", "managers", "links", "rows"), b"")
    return {
        "savers": layout.savers.tobytes(),
        "employers": layout.employers.tobytes(),
        "managers": layout.managers.tobytes(),
        "links": layout.links.astype("<i4").tobytes(),
        "rows": layout.rows.astype("<i4").tobytes(),
    }
