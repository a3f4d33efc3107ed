"""What the world thread leaves for the page: one moment of a world, never written again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from viz import network_layout, pixels, series


class Snapshot(NamedTuple):
    """What the page shows of one moment; nothing in it is written again.

    Attributes:
        serial: counts snapshots of a session.
        state: "building", "ready" or "failed".
        playing: months follow each other by themselves.
        answered: how many requests to play or pause this takes account of.
        steps: months simulated.
        month: label of the last month, empty before the first.
        line: the sentence of the header.
        figures: the numbers of the header.
        rows: the history, shape (months, columns of `series.COLUMNS`).
        marks: (month index, kind) of the events that the charts mark.
        layout: positions in the network, None while the world is being built.
        pixels: the bytes of the network, None before the first month.
        inspected: a sentence on the saver that was clicked.
    """

    serial: int
    state: str
    playing: bool
    answered: int
    steps: int
    month: str
    line: str
    figures: tuple[series.Figure, ...]
    rows: np.ndarray
    marks: tuple[tuple[int, str], ...]
    layout: network_layout.Layout | None
    pixels: pixels.Pixels | None
    inspected: str
