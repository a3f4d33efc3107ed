"""The moving parts of the page: small anywidgets over canvas and text nodes, plain ES modules without a build step.

Each module is the common part and its own part, put together when the class is made. Numbers travel as bytes; a
frame sets traits of widgets that stay, and never makes a component render again.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


def _module(name: str) -> str:
    """Text of an ES module: `common.js`, then the widget's own file."""
    here = Path(__file__).parent
    return "\n".join((here / file).read_text(encoding="utf-8") for file in ("common.js", name))


class Header(anywidget.AnyWidget):
    """Month, sentence and numbers; it also acknowledges frames, which is what holds the sender back.

    Attributes:
        month, line: texts. tone: "", "busy" or "failed".
        figures: list of [label, value].
        frame: number of the frame that the other traits belong to; set last.
        ack: the last frame that the browser has drawn.
        hidden: the tab is in the background.
        prefers_dark: what the browser asks for, or its user chose last time; None until it said so.
        chosen: "light" or "dark" once the user chose; the browser keeps it.
    """

    _esm = _module("header.js")
    month = traitlets.Unicode("").tag(sync=True)
    line = traitlets.Unicode("").tag(sync=True)
    tone = traitlets.Unicode("").tag(sync=True)
    figures = traitlets.List().tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    ack = traitlets.Int(0).tag(sync=True)
    hidden = traitlets.Bool(False).tag(sync=True)
    prefers_dark = traitlets.Bool(None, allow_none=True).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)


class Chart(anywidget.AnyWidget):
    """Panels that share the months, with one cursor for all charts of the page.

    Attributes:
        spec: `series.Chart.specification`, sent once.
        data: float32, column by column, the whole history.
        months: months in `data`.
        marks: list of [month index, kind of event].
    """

    _esm = _module("chart.js")
    spec = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes(b"").tag(sync=True)
    months = traitlets.Int(0).tag(sync=True)
    marks = traitlets.List().tag(sync=True)


class Network(anywidget.AnyWidget):
    """Savers as pixels around their employers, managers as squares, offices in the middle.

    Attributes:
        savers, employers, managers: uint16 pairs x, y; 65535 is the width of the picture on both axes.
        links: int32, the asset manager of each employer, −1 for none.
        rows: int32, the participant of each pixel.
        spacing: distance of neighbouring savers, same unit as the pairs.
        aspect: width by height of the picture.
        title: how many savers are shown. notice: what stands there while there are none.
        values: one byte a saver in the present mode.
        sleeves: one byte a manager, 1 where it runs a crypto sleeve.
        mode: "holdings" or "losses", chosen in the browser.
        clicked: row of the participant that was clicked, −1 for none.
        inspected: a sentence on that participant.
    """

    _esm = _module("network.js")
    savers = traitlets.Bytes(b"").tag(sync=True)
    employers = traitlets.Bytes(b"").tag(sync=True)
    managers = traitlets.Bytes(b"").tag(sync=True)
    links = traitlets.Bytes(b"").tag(sync=True)
    rows = traitlets.Bytes(b"").tag(sync=True)
    aspect = traitlets.Float(1.3).tag(sync=True)
    spacing = traitlets.Float(100.0).tag(sync=True)
    title = traitlets.Unicode("Savers around their employers").tag(sync=True)
    notice = traitlets.Unicode("The network is being built").tag(sync=True)
    values = traitlets.Bytes(b"").tag(sync=True)
    sleeves = traitlets.Bytes(b"").tag(sync=True)
    mode = traitlets.Enum(("holdings", "losses"), "holdings").tag(sync=True)
    clicked = traitlets.Int(-1).tag(sync=True)
    inspected = traitlets.Unicode("").tag(sync=True)
