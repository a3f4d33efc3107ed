"""How a run is shown at its end: a table for the terminal and one picture of the loop."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.quantities import range_of, source_of, unit_of, walk
from abm.scenario import Scenario
from experiments.outcomes import BILLION, outcomes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

DOORS = {
    "inflow_core_usd": ("core option", "#0072b2"),
    "inflow_window_usd": ("brokerage window", "#e69f00"),
    "inflow_sleeve_usd": ("target-date sleeve", "#009e73"),
    "inflow_ira_usd": ("IRA", "#cc79a7"),
}
RULES = ("prohibit", "discourage", "permit", "safe harbour", "promote")
_INK, _QUIET = "#222222", "#888888"


def number(value: float) -> str:
    """A number with about four figures, and thin spaces between thousands."""
    if np.isnan(value) or value == 0:
        return "–" if np.isnan(value) else "0"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}".replace(",", "\u2009")
    decimals = 2 if size >= 10 else 3
    return f"{value:.{decimals}f}" if size >= 0.001 else f"{value:.1e}"


def _whole(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.0f}"


def summary_table(months: pd.DataFrame, events: pd.DataFrame, title: str) -> Table:
    """The run in a dozen lines.

    Args:
        months: the months table.
        events: the events table.
        title: what was run.
    """
    from rich import box
    from rich.table import Table

    found = outcomes_of(months)
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for column, (door, _) in DOORS.items():
        table.add_row(f"Net inflow, {door}", f"{number(months[column].sum() / BILLION)} billion USD")
    first, last = months["price_usd"].iloc[[0, -1]]
    table.add_row("Price, first and last month (no forecast)", f"{number(first)} → {number(last)} USD")
    table.add_row("Worst fall of the price below its high", f"{100 * found['worst_fall']:.0f} %")
    table.add_row("Highest political pressure", f"{found['pressure']:.3f} of 1")
    table.add_row("Rule, first and last month", " → ".join(RULES[int(code)] for code in months["rule"].iloc[[0, -1]]))
    rescues = int((events["kind"] == "rescue").sum())
    table.add_row("Rescue events; compensation paid", f"{rescues}; {number(found['rescue'])} billion USD")
    for low, high in ((1, 5), (6, 10)):
        wealth = (months[f"wealth_65_decile_{decile}"].iloc[-1] / 1e3 for decile in range(low, high + 1))
        label = f"Wealth at 65, thousand 2026 USD, deciles {low}–{high}"
        table.add_row(label, " · ".join(map(_whole, wealth)))
    table.add_row("Fiscal balance of the run", f"{number(found['fiscal_balance'])} billion USD")
    return table


def effects_table(effects: pd.DataFrame, name_a: str, name_b: str) -> Table:
    """Paired effects for the terminal.

    Args:
        effects: what `paired_effects` returned.
        name_a, name_b: what the two sets are called.
    """
    from rich import box
    from rich.table import Table

    pairs = int(effects["pairs"].max())
    title = f"{name_b} minus {name_a}: {pairs} pair{'s' if pairs != 1 else ''} of worlds that share every draw"
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("Outcome, unit")
    for heading in (name_a, "Difference", "95 % interval"):  # the mean of B is in effects.csv
        table.add_column(heading, justify="right", no_wrap=True)
    for row in effects.itertuples():
        interval = row.note if row.note == "exactly equal" else f"{number(row.low)} to {number(row.high)}"
        label = f"{row.label}, {row.unit}" if row.unit else row.label
        style = "bold" if row.low > 0 or row.high < 0 else None
        table.add_row(label, number(row.mean_a), number(row.difference), interval, style=style)
    return table


def parameters_table() -> Table:
    """Every field of a scenario and every parameter, for the terminal."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Field", "Default", "Unit", "Range", "Source"):
        table.add_column(heading, overflow="fold")
    for name, field in walk(Scenario):
        low, high = range_of(field)
        ends = ["" if end is None else f"{end:g}" for end in (low, high)]
        span = " … ".join(ends) if any(ends) else ""
        default = "" if field.is_required() else str(field.get_default(call_default_factory=True))
        table.add_row(name, default, unit_of(field), span, source_of(field))
    return table


def loop_picture(months: pd.DataFrame, title: str) -> bytes:
    """One picture of the loop, as PNG: inflows by door, price, depth, pressure and approval, rule.

    Args:
        months: the months table.
        title: what was run.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 10.5), layout="constrained")
    axes = figure.subplots(5, 1, sharex=True, height_ratios=(3, 3, 2, 3, 2))
    when = pd.to_datetime(months["month"]).to_numpy()
    for draw, axis in zip((_inflows, _price, _depth, _pressure, _rule), axes, strict=True):
        draw(axis, when, months)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.01)
    figure.suptitle(f"Retirement money, the crypto market and government\n{title}", x=0.01, ha="left", color=_INK)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def _inflows(axis: Axes, when: np.ndarray, months: pd.DataFrame) -> None:
    for column, (door, colour) in DOORS.items():
        axis.plot(when, months[column] / BILLION, color=colour, label=door, linewidth=1.4)
    axis.axhline(0, color=_QUIET, linewidth=0.6)
    axis.set_ylabel("net inflow\nbillion USD a month")
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize="small")


def _price(axis: Axes, when: np.ndarray, months: pd.DataFrame) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axis.semilogy(when, months["price_usd"], color=_INK, linewidth=1.4)
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(lambda value, _: number(value))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.set_ylabel("price, USD a coin\n(log; not a forecast)")


def _depth(axis: Axes, when: np.ndarray, months: pd.DataFrame) -> None:
    axis.plot(when, months["depth_usd"] / 1e6, color="#0072b2", linewidth=1.4)
    axis.set_ylim(bottom=0)
    axis.set_ylabel("depth, million\nUSD per 1 %")


def _pressure(axis: Axes, when: np.ndarray, months: pd.DataFrame) -> None:
    axis.fill_between(when, months["pressure"], color="#d55e00", alpha=0.35, linewidth=0)
    axis.plot(when, months["pressure"], color="#d55e00", linewidth=1.2)
    axis.set_ylabel("pressure, 0–1", color="#d55e00")
    axis.set_ylim(bottom=0)
    other = axis.twinx()
    other.plot(when, months["approval"], color="#56b4e9", linewidth=1.4)
    other.set_ylabel("approval, % of adults", color="#3a8bbd")
    other.spines["top"].set_visible(False)


def _rule(axis: Axes, when: np.ndarray, months: pd.DataFrame) -> None:
    axis.step(when, months["rule"], where="post", color=_INK, linewidth=1.6)
    axis.set_yticks(range(len(RULES)), RULES)
    axis.set_ylim(-0.4, len(RULES) - 0.6)
    axis.set_ylabel("rule in force")
