"""Pictures of `abm validate behaviour`: adoption, and crypto in self-managed funds, beside what was published."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd

from experiments.validation.scorecard import targets_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = {"fast": "#d55e00", "middle": "#0072b2", "slow": "#009e73"}


def curves_picture(curves: pd.DataFrame) -> bytes:
    """Published shares of plans as dots, the curve through them dashed, the model's worlds as mean and 5–95 %.

    Args:
        curves: columns curve, source, speed, year, published, fitted, model, low, high, as saved in curves.csv.
    """
    from matplotlib.figure import Figure

    panels = curves.groupby(["curve", "source"], sort=False)
    figure = Figure(figsize=(3.2 * len(panels), 3.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, ((name, source), own) in zip(axes, panels, strict=True):
        speed = own["speed"].iloc[0]
        axis.fill_between(own["year"], own["low"], own["high"], color=_COLOURS[speed], alpha=0.2, linewidth=0)
        axis.plot(own["year"], own["model"], color=_COLOURS[speed], label=f"model, {speed} speed")
        axis.plot(own["year"], own["fitted"], "--", color="#222222", linewidth=1.0, label="curve through them")
        axis.plot(own["year"], own["published"], "o", color="#222222", label="published")
        axis.set_title(f"{name}\n{source}", loc="left", fontsize="medium")
        axis.legend(frameon=False, fontsize="small")
        axis.spines[["top", "right"]].set_visible(False)
        axis.locator_params(axis="x", integer=True, nbins=5)
        axis.set_ylim(0, 100)
    figure.supylabel("% of plans that offer it", fontsize="small")
    return _png(figure)


def funds_picture(funds: pd.DataFrame) -> bytes:
    """Crypto in % of assets, and % of funds that hold any: mean and range of the worlds, published dots.

    Args:
        funds: columns seed, year, assets, funds, in %, and engaged.
    """
    from matplotlib.figure import Figure

    with open(targets_folder() / "self_managed_funds.csv", encoding="utf-8", newline="") as file:
        published = pd.DataFrame(list(csv.DictReader(line for line in file if not line.startswith("#"))))
    published = published.apply(pd.to_numeric)
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    titles = {"assets": "crypto, % of assets", "funds": "funds that hold any, %"}
    for axis, (column, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        by_year = funds[~funds["engaged"]].groupby("year")[column].agg(["mean", "min", "max"])
        keen = funds[funds["engaged"]].groupby("year")[column].mean()
        axis.fill_between(by_year.index, by_year["min"], by_year["max"], color="#0072b2", alpha=0.2, linewidth=0)
        axis.plot(by_year.index, by_year["mean"], color="#0072b2", label="model, mean and range")
        axis.plot(keen.index, keen, ":", color="#0072b2", label="look twice as often, no door")
        axis.plot(published["year"], published[column], "o", color="#222222", label="published (ATO)")
        axis.set_title(title, loc="left", fontsize="medium")
        axis.set_ylim(bottom=0)
        axis.legend(frameon=False, fontsize="small")
        axis.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()
