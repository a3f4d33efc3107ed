"""The picture of `abm validate population`: what stays and what drifts along the run."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.validation.census import GROUPS

_LABELS = ("under 25", "25–34", "35–44", "45–54", "55–64", "65 and over")
_COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7")


def thirty_years(censuses: Sequence[pd.DataFrame]) -> bytes:
    """Means and medians by age, assets, and coverage along the run, as PNG; thin lines are single worlds.

    Args:
        censuses: year ends by row, one table a world, all of the same years.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    panels = figure.subplots(2, 2)
    for axis, kind in zip(panels[0], ("mean", "median"), strict=True):
        for group, label, colour in zip(GROUPS, _LABELS, _COLOURS, strict=True):
            _draw(axis, censuses, f"{kind}_{group}", label, colour)
        _draw(axis, censuses, f"{kind}_balance", "all", "black")
        axis.axhspan(85, 115, color="#dddddd", zorder=0)
        axis.set(title=f"{kind.capitalize()} 401(k) by age", ylabel="% of start, wage units")
    assets = (("k401_assets", "401(k)"), ("b403_assets", "403(b)"), ("ira_assets", "IRA"), ("benefit", "benefit"))
    for (name, label), colour in zip(assets, _COLOURS, strict=False):
        _draw(panels[1, 0], censuses, name, label, colour)
    panels[1, 0].axhspan(90, 110, color="#dddddd", zorder=0)
    panels[1, 0].set(title="Assets and the average benefit", ylabel="% of start, wage units")
    _draw(panels[1, 1], censuses, "coverage", "coverage", "black", points=True)
    panels[1, 1].axhspan(-1.5, 1.5, color="#dddddd", zorder=0)
    panels[1, 1].set(title="Workers who save at work", ylabel="change since the start, points")
    for axis in panels.flat:
        axis.set_xlabel("years")
        axis.legend(fontsize="small", ncols=2, frameon=False)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Thirty years at prohibit, on mean returns: grey is the band within which a figure may move")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def _draw(axis, censuses: Sequence[pd.DataFrame], name: str, label: str, colour: str, points: bool = False) -> None:
    """One figure along the run: each world thin, their mean thick."""
    years = censuses[0]["year"].to_numpy()
    lines = np.stack([table[name].to_numpy() for table in censuses])
    lines = lines - lines[:, :1] if points else 100.0 * lines / lines[:, :1]
    axis.plot(years, lines.T, color=colour, linewidth=0.5, alpha=0.4)
    axis.plot(years, lines.mean(axis=0), color=colour, linewidth=1.8, label=label)
