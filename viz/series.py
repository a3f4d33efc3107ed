"""What the charts and the header show: columns of the table of months, and how they are drawn.

A chart is a list of panels that share the months. The specifications go to the browser once; afterwards a frame
carries only numbers, column by column, the whole history each time: 240 months of five columns are 4.8 kB, a dropped
frame does no harm, and a reload needs no special case.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from viz import words


class Line(NamedTuple):
    """One series of a panel.

    Attributes:
        column: in the table of months.
        name: in the legend.
        kind: "line", "dash", "step" or "stack".
        category: its colour, counted from 1.
    """

    column: str
    name: str
    kind: str
    category: int


class Panel(NamedTuple):
    """Series over the months with one vertical axis.

    Attributes:
        height: share of the chart's height, relative to its other panels.
        scale: "log", "linear", or "share" (linear, always 0 to 1).
        form: how its axis says numbers: "usd", "share", "rule".
        series: what is drawn.
        suffix: what follows the value in the legend, such as " USD per 1 %".
    """

    height: float
    scale: str
    form: str
    series: tuple[Line, ...]
    suffix: str = ""


class Chart(NamedTuple):
    """One card of the right-hand column."""

    name: str
    title: str
    subtitle: str
    panels: tuple[Panel, ...]

    @property
    def columns(self) -> list[str]:
        """The columns it draws, in the order in which their numbers are sent."""
        return [line.column for panel in self.panels for line in panel.series]

    def specification(self, start: str) -> dict[str, Any]:
        """What the browser must know once; `start` is the first month, such as "2026-01"."""
        panels = [
            panel._asdict()
            | {
                "series": [
                    dict(zip(("column", "name", "kind", "category"), line, strict=True)) for line in panel.series
                ]
            }
            for panel in self.panels
        ]
        return {
            "name": self.name,
            "title": self.title,
            "subtitle": self.subtitle,
            "start": start,
            "rules": list(words.RULES),
            "panels": panels,
        }


CHARTS = (
    Chart(
        "price",
        "Price and depth",
        "USD, both on log axes",
        (
            Panel(2.2, "log", "usd", (Line("price_usd", "Price (not a forecast)", "line", 1),), " USD a coin"),
            Panel(1.0, "log", "usd", (Line("depth_usd", "Depth", "line", 5),), " USD per 1 %"),
        ),
    ),
    Chart(
        "inflows",
        "Inflows by door",
        "USD a month, below zero are outflows",
        (
            Panel(
                1.0,
                "linear",
                "usd",
                (
                    Line("inflow_sleeve_usd", "Sleeve", "stack", 1),
                    Line("inflow_core_usd", "Core", "stack", 2),
                    Line("inflow_window_usd", "Window", "stack", 3),
                    Line("inflow_ira_usd", "IRA", "stack", 4),
                ),
                "",
            ),
        ),
    ),
    Chart(
        "politics",
        "Pressure, approval and the rule",
        "all three from 0 to 1",
        (
            Panel(
                2.0,
                "share",
                "share",
                (
                    Line("approval", "Approval", "line", 1),
                    Line("pressure", "Pressure", "line", 2),
                    Line("rescue_belief", "Belief in rescue", "dash", 5),
                ),
            ),
            Panel(1.0, "linear", "rule", (Line("rule", "Rule in force", "step", 3),)),
        ),
    ),
)

COLUMNS = tuple(column for chart in CHARTS for column in chart.columns)
_PERCENT = ("approval",)
"""Recorded in percent, shown as shares."""


def number(month: Mapping[str, Any], column: str) -> float:
    """One value of a row of months, shares as shares; NaN where the row lacks it."""
    value = float(month.get(column, math.nan))
    return value / 100 if column in _PERCENT else value


class History:
    """Months so far, one float32 row each. Rows that were handed out are never written again.

    So the world thread may go on appending while the page thread reads what it was given.
    """

    def __init__(self, room: int = 256) -> None:
        self._rows = np.full((room, len(COLUMNS)), np.nan, np.float32)
        self._length = 0

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one month; a column that the row lacks stays NaN and draws nothing."""
        if self._length == len(self._rows):
            self._rows = np.concatenate([self._rows, np.full_like(self._rows, np.nan)])
        self._rows[self._length] = [number(row, column) for column in COLUMNS]
        self._length += 1

    @property
    def rows(self) -> np.ndarray:
        """The months so far, shape (months, columns): a view, not a copy."""
        return self._rows[: self._length]


def packed(rows: np.ndarray, chart: Chart) -> bytes:
    """The columns of one chart, one after the other, as little-endian float32."""
    places = [COLUMNS.index(column) for column in chart.columns]
    return np.ascontiguousarray(rows[:, places].T, dtype="<f4").tobytes()


class Figure(NamedTuple):
    """One number of the header: what it is, and its value with unit."""

    label: str
    value: str


def figures(month: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The numbers of the header from the last row of months; dashes before the first month."""
    held = number(month, "crypto_in_plans_usd") + number(month, "crypto_in_iras_usd")
    return (
        Figure("Savers with crypto", words.percent(number(month, "exposed_share"))),
        Figure("Crypto in accounts", words.dollars(held)),
        Figure("Rule in force", words.rule_name(number(month, "rule"))),
        Figure("Approval", words.percent(number(month, "approval"))),
        Figure("Pressure (0–1)", words.index(number(month, "pressure"))),
        Figure("Believe in rescue", words.percent(number(month, "rescue_belief"))),
    )
