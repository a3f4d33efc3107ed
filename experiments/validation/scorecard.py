"""Scorecards: published figures, what the model makes of them, and whether that lies within the tolerance.

    targets  = load_targets("behaviour")                                # experiments/validation/targets/behaviour.csv
    verdicts = [judge(targets["looked"], 9.1, (8.9, 9.3)), judge_sample(targets["no_trade"], values_by_seed)]
    print_scorecard(verdicts, "Behaviour")
    save(verdicts, folder, "Behaviour")                                 # scorecard.csv, scorecard.png, README.txt

A figure is met when it lies within the band of its target, ends included; nothing here knows how it was measured. A
target that was used to choose a parameter says "calibration"; one that nobody looked at while choosing, "validation".
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.durable import write_text
from experiments.effects import FEW, LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

MET, MISSED, NOT_COMPARABLE = "met", "missed", "not comparable"
USES = ("calibration", "validation")
COLUMNS = ("name", "label", "value", "low", "high", "unit", "use", "source")
_COLOURS = {MET: "#009e73", MISSED: "#d55e00", NOT_COMPARABLE: "#888888"}
_FARTHEST = 3.5


class Target(NamedTuple):
    """One published figure.

    Attributes:
        name: short name, unique in its file. label: what it is, in words.
        value: the published figure. low, high: the band within which the model's figure is met. All are NaN where
            nothing is published: the model's figure is then shown and not judged.
        unit: unit in words. use: "calibration" or "validation". source: who published it.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    unit: str
    use: str
    source: str


class Verdict(NamedTuple):
    """What the model makes of a target.

    Attributes:
        target: the published figure.
        value: the model's. low, high: its 95 % interval, NaN where there is none (an exact figure).
        verdict: "met", "missed" or "not comparable".
        note: what to know when reading it.
    """

    target: Target
    value: float
    low: float
    high: float
    verdict: str
    note: str


def targets_folder() -> Path:
    """The folder of the published targets that come with the project."""
    return Path(__file__).parent / "targets"


def load_targets(topic: str, folder: Path | None = None) -> dict[str, Target]:
    """The targets of a topic by name, in the order of the file.

    Args:
        topic: file name without `.csv`; its columns are those of `COLUMNS`, lines that begin with # are comments;
            value, low and high are left empty where nothing is published.
        folder: where the file lies; the project's own targets when left out.

    Raises:
        ValueError: a column is missing, a name comes twice, a use is unknown, or a band has no width.
    """
    path = (folder or targets_folder()) / f"{topic}.csv"
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    targets: dict[str, Target] = {}
    for row in rows:
        if set(row) != set(COLUMNS):
            raise ValueError(f"{path}: the columns must be {', '.join(COLUMNS)}.")
        numbers = {key: float(row[key] or "nan") for key in ("value", "low", "high")}
        target = Target(**{**row, **numbers})
        if target.name in targets:
            raise ValueError(f"{path}: {target.name} comes twice.")
        if target.use not in USES:
            raise ValueError(f"{path}: {target.name} has the use {target.use!r}, not one of {', '.join(USES)}.")
        unpublished = all(math.isnan(number) for number in numbers.values())
        if not (target.low <= target.high or unpublished):
            raise ValueError(f"{path}: {target.name} has no band: {target.low} to {target.high}.")
        targets[target.name] = target
    return targets


def judge(
    target: Target,
    value: float,
    interval: tuple[float, float] = (math.nan, math.nan),
    note: str = "",
    comparable: bool = True,
) -> Verdict:
    """Compare a figure of the model with its target.

    Args:
        target: the published figure.
        value: the model's, in the unit of the target.
        interval: its 95 % interval, where it has one.
        note: what to know when reading it.
        comparable: False where the model's figure is shown beside the target without being held against it.
    """
    low, high = interval
    if not comparable or math.isnan(value) or math.isnan(target.value):
        return Verdict(target, value, low, high, NOT_COMPARABLE, note)
    met = target.low <= value <= target.high
    edges = (low < target.low <= high or low <= target.high < high) if not math.isnan(low) else False
    notes = [note, "the interval crosses the edge of the band" if edges else ""]
    return Verdict(target, value, low, high, MET if met else MISSED, "; ".join(filter(None, notes)))


def judge_sample(target: Target, values: Sequence[float], note: str = "", comparable: bool = True) -> Verdict:
    """Compare the mean over worlds with a target, with the 95 % t interval of that mean.

    Args:
        values: one figure a world (seed), in the unit of the target.
        target, note, comparable: as in `judge`.
    """
    sample = np.asarray(values, dtype=np.float64)
    thin = f"only {sample.size} world{'s' if sample.size != 1 else ''}" if sample.size < FEW else ""
    return judge(target, float(sample.mean()), mean_interval(sample), "; ".join(filter(None, (note, thin))), comparable)


def mean_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """The t interval of the mean of independent worlds; NaN for fewer than two."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.size < 2:
        return math.nan, math.nan
    reach = float(stdtrit(sample.size - 1, 0.5 + level / 2.0) * sample.std(ddof=1) / np.sqrt(sample.size))
    return float(sample.mean()) - reach, float(sample.mean()) + reach


def scorecard_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """One row a verdict: target, band, model, interval, verdict, use, note, source."""
    rows = [
        {
            "name": v.target.name,
            "label": v.target.label,
            "unit": v.target.unit,
            "use": v.target.use,
            "target": v.target.value,
            "target_low": v.target.low,
            "target_high": v.target.high,
            "model": v.value,
            "model_low": v.low,
            "model_high": v.high,
            "verdict": v.verdict,
            "note": v.note,
            "source": v.target.source,
        }
        for v in verdicts
    ]
    return pd.DataFrame(rows)


def scorecard_table(verdicts: Sequence[Verdict], title: str) -> Table:
    """The scorecard for the terminal."""
    from rich import box
    from rich.table import Table

    table = Table(title=f"{title}: {summary(verdicts)}", box=box.SIMPLE_HEAD, title_justify="left")
    for heading, side in (("Figure", "left"), ("Unit", "left"), ("Published", "right"), ("Met within", "right")):
        table.add_column(heading, justify=side)
    for heading, side in (("Model", "right"), ("95 %", "right"), ("Use", "left"), ("Verdict", "left"), ("", "left")):
        table.add_column(heading, justify=side)
    for v in verdicts:
        spread = "" if math.isnan(v.low) else f"{_short(v.low)} … {_short(v.high)}"
        band = "–" if math.isnan(v.target.low) else f"{_short(v.target.low)} … {_short(v.target.high)}"
        style = {MET: "green", MISSED: "red"}.get(v.verdict, "dim")
        verdict = f"[{style}]{v.verdict}[/{style}]"
        use = v.target.use
        table.add_row(
            v.target.label, v.target.unit, _short(v.target.value), band, _short(v.value), spread, use, verdict, v.note
        )
    return table


def print_scorecard(verdicts: Sequence[Verdict], title: str) -> None:
    """Print the scorecard on the terminal."""
    from rich.console import Console

    Console().print(scorecard_table(verdicts, title))


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many targets were met, in words: "5 of 7 calibration met; 1 of 2 validation met; 1 not comparable"."""
    parts = []
    for use in USES:
        held = [v for v in verdicts if v.target.use == use and v.verdict != NOT_COMPARABLE]
        if held:
            parts.append(f"{sum(v.verdict == MET for v in held)} of {len(held)} {use} met")
    apart = sum(v.verdict == NOT_COMPARABLE for v in verdicts)
    return "; ".join(parts + ([f"{apart} not comparable"] if apart else []))


def scorecard_picture(verdicts: Sequence[Verdict], title: str) -> bytes:
    """Dots and bands as PNG: each target's band is drawn as wide as every other, so that rows of any unit compare."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 1.2 + 0.34 * max(len(verdicts), 1)), layout="constrained")
    axis = figure.subplots()
    for row, verdict in enumerate(verdicts):
        _draw_row(axis, len(verdicts) - 1 - row, verdict)
    axis.set_yticks(range(len(verdicts)), [_row_label(v) for v in reversed(verdicts)], fontsize="small")
    axis.set_xlim(-_FARTHEST - 0.2, _FARTHEST + 0.2)
    axis.set_ylim(-0.7, len(verdicts) - 0.3)
    axis.set_xticks([-1, 1], ["lower end\nof the band", "upper end\nof the band"], fontsize="small")
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
    figure.suptitle(f"{title}: {summary(verdicts)}", x=0.01, ha="left")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def save(verdicts: Sequence[Verdict], folder: Path, title: str, text: str = "") -> Path:
    """Write scorecard.csv, scorecard.png and README.txt into a folder; returns the folder.

    Args:
        verdicts: the rows.
        folder: made when it is not there; other files in it are left alone.
        title: what was judged.
        text: how the figures were measured, for the reader of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "scorecard.csv", scorecard_frame(verdicts).to_csv(index=False))
    (folder / "scorecard.png").write_bytes(scorecard_picture(verdicts, title))
    lines = [f"{title}: {summary(verdicts)}", "", text.strip(), "", "scorecard.csv  one row a published figure"]
    write_text(folder / "README.txt", "\n".join([*lines, "scorecard.png  the same as dots and bands", ""]))
    return folder


def _draw_row(axis: Axes, height: int, verdict: Verdict) -> None:
    """One band, the model's dot and interval; a dot that lies too far out becomes an arrow at the edge."""
    target, colour = verdict.target, _COLOURS[verdict.verdict]
    if math.isnan(target.value):
        return
    middle, half = (target.low + target.high) / 2, max((target.high - target.low) / 2, 1e-12)

    def place(value: float) -> float:
        return (value - middle) / half

    axis.barh(height, 2.0, left=-1.0, height=0.56, color="#dddddd", zorder=0)
    axis.plot([place(target.value)] * 2, [height - 0.28, height + 0.28], color="#888888", linewidth=1.2, zorder=1)
    if math.isnan(verdict.value):
        return
    if not math.isnan(verdict.low):
        ends = np.clip([place(verdict.low), place(verdict.high)], -_FARTHEST, _FARTHEST)
        axis.plot(ends, [height, height], color=colour, linewidth=1.6, zorder=2)
    at = place(verdict.value)
    marker = "o" if abs(at) <= _FARTHEST else (">" if at > 0 else "<")
    axis.plot(np.clip(at, -_FARTHEST, _FARTHEST), height, marker, color=colour, markersize=6, zorder=3)


def _row_label(verdict: Verdict) -> str:
    target = verdict.target
    mark = " (v)" if target.use == "validation" else ""
    return f"{target.label}{mark}: {_short(verdict.value)} [{_short(target.value)}] {target.unit}"


def _short(value: float) -> str:
    """A number with about three figures."""
    if math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
