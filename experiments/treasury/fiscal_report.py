"""What `abm fiscal` leaves behind: tables, pictures, a scorecard of the first year, and a text that explains them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from experiments.durable import write_text
from experiments.validation.scorecard import save, summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from experiments.treasury.fiscal import Path40

_SHOWN = (0, 9, 19, 29, 39)
_COLOURS = {"traditional": "#0072b2", "roth": "#d55e00"}
_NAMES = {"traditional": "as the law stands", "roth": "Roth by default"}


def write(found: Path40, folder: Path, years: int, participants: int, seeds: int) -> Path:
    """fiscal_path.csv, roth_less_traditional.csv, cohorts.csv, fiscal.png, scorecard and README.txt; the folder."""
    save(found.verdicts, folder, "Treasury")
    tables = {"fiscal_path": found.path, "roth_less_traditional": found.difference, "cohorts": found.cohorts}
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False))
    (folder / "fiscal.png").write_bytes(picture(found))
    write_text(folder / "README.txt", _readme(found, years, participants, seeds))
    return folder


def series(path: pd.DataFrame, side: str, account: str, measure: str) -> pd.DataFrame:
    """One series of the path, by year."""
    rows = path[(path["side"] == side) & (path["account"] == account) & (path["measure"] == measure)]
    return rows.set_index("year")


def text(found: Path40) -> str:
    """The path in a dozen lines: cash flow of plans and IRAs, and the debt that Roth adds or saves."""
    years = sorted(found.path["year"].unique())
    shown = [years[place] for place in _SHOWN if place < len(years)]
    lines = [f"{'billion USD':44}" + "".join(f"{year:>10}" for year in shown)]
    for side in ("traditional", "roth"):
        for account, measure in (("plans", "gross"), ("plans", "cash_flow"), ("iras", "gross"), ("iras", "cash_flow")):
            rows = series(found.path, side, account, measure)
            name = f"{_NAMES[side]}: {account}, {measure.replace('_', ' ')}"
            lines.append(f"{name:44}" + "".join(f"{rows['billion_usd'][year]:10.0f}" for year in shown))
        for unit, column in (("billion 2026 USD", "billion_2026_usd"), ("% of wages", "percent_of_wages")):
            rows = series(found.path, side, "all", "cash_flow")
            name = f"{_NAMES[side]}: both, cash flow, {unit}"
            lines.append(f"{name:44}" + "".join(f"{rows[column][year]:10.2f}" for year in shown))
    rows = found.difference[found.difference["measure"] == "debt"].set_index("year")
    for unit, column in (
        ("billion USD", "billion_usd"),
        ("billion 2026 USD", "billion_2026_usd"),
        ("% of GDP", "percent_of_gdp"),
    ):
        name = f"debt, Roth less Traditional, {unit}"
        lines.append(f"{name:44}" + "".join(f"{rows[column][year]:10.1f}" for year in shown))
    return "\n".join(lines)


def picture(found: Path40) -> bytes:
    """Cash flow of plans and of IRAs, gross of both, and the debt that Roth adds or saves, in 2026 USD; PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6.5), layout="constrained")
    axes = figure.subplots(2, 2)
    panels = (
        ("all", "gross", "Gross, plans and IRAs"),
        ("plans", "cash_flow", "Cash flow, plans"),
        ("iras", "cash_flow", "Cash flow, IRAs"),
    )
    for axis, (account, measure, title) in zip(axes.flat, panels, strict=False):
        for side, colour in _COLOURS.items():
            rows = series(found.path, side, account, measure)
            axis.plot(rows.index, rows["billion_2026_usd"], color=colour, label=_NAMES[side])
        _finish(axis, f"{title}, billion 2026 USD")
    axes[0, 0].legend(frameon=False, fontsize="small")
    rows = found.difference[found.difference["measure"] == "debt"]
    scale = rows["billion_2026_usd"] / rows["billion_usd"].where(rows["billion_usd"] != 0.0)
    axes[1, 1].plot(rows["year"], rows["billion_2026_usd"], color="#222222")
    axes[1, 1].fill_between(rows["year"], rows["low"] * scale, rows["high"] * scale, color="#222222", alpha=0.15)
    _finish(axes[1, 1], "Debt, Roth less Traditional, billion 2026 USD")
    kept = io.BytesIO()
    figure.savefig(kept, format="png", dpi=120)
    return kept.getvalue()


def _finish(axis: Axes, title: str) -> None:
    axis.axhline(0.0, color="#888888", linewidth=0.8)
    axis.set_title(title, fontsize="medium", loc="left")
    axis.spines[["top", "right"]].set_visible(False)


_EXPLANATION = """\
Both worlds of a pair share every draw and differ in the default for new deferrals alone. People save the same share
of pay in both, so with Roth they save more after tax: this is not the equality of equal net saving. Wages and prices
grow as in the scenario; other outlays are an exogenous share of GDP. Cash flow is gross less tax on withdrawals and of
heirs; the early-withdrawal tax is shown and not netted. `accumulated` is the cash flow added up with the interest on
debt.

fiscal_path.csv            side, year, account, measure: billion USD, 95 % interval, 2026 USD, % of wages
roth_less_traditional.csv  paired difference of revenue, debt, gross and cash flow
cohorts.csv                the ledger by decade of birth, mean over seeds: billion USD, 2026 USD (_2026)
fiscal.png                 the same in 2026 USD
scorecard.csv, .png        the first year against published figures
"""


def _readme(found: Path40, years: int, participants: int, seeds: int) -> str:
    pairs = f"{seeds} pair{'s' if seeds > 1 else ''} of worlds"
    head = f"The fiscal path of retirement saving: {years} years, {participants} savers, {pairs}."
    thin = "" if seeds > 4 else " So few pairs give no reliable interval."
    first = f"First year against published figures: {summary(found.verdicts)} (scorecard.csv)."
    made = f"Made by: abm fiscal --years {years} --participants {participants} --seeds {seeds}"
    return "\n".join([head + thin, made, "", text(found), "", first, "", _EXPLANATION])
