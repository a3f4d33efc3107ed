"""Paired differences: two sets of worlds that share every draw, so that each pair differs by the treatment alone.

effect = mean_s ( y_B(s) − y_A(s) ),  interval: effect ± t(n − 1) · sd / √n   over the seeds s that both sets have
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from abm.errors import Fault, InputError
from experiments.outcomes import OUTCOMES, Outcome

FEW = 5
"""Below so many pairs an interval says little, and the table says so."""
LEVEL = 0.95


class Effect(NamedTuple):
    """The paired effect on one outcome.

    Attributes:
        mean_a, mean_b: means over the pairs, in the outcome's unit.
        difference: mean of B − A.
        low, high: ends of the interval; NaN for a single pair.
        pairs: number of pairs with a value on both sides.
        note: what the numbers alone do not say.
    """

    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    pairs: int
    note: str


def paired_effect(a: np.ndarray, b: np.ndarray, level: float = LEVEL) -> Effect:
    """The effect on one outcome; pairs with a NaN on either side are left out.

    Args:
        a, b: the outcome in the worlds of A and of B, shape (pairs,), pair by pair.
        level: coverage of the interval.
    """
    whole = ~(np.isnan(a) | np.isnan(b))
    a, b = np.asarray(a, float)[whole], np.asarray(b, float)[whole]
    pairs = a.size
    if pairs == 0:
        nothing = float("nan")
        return Effect(nothing, nothing, nothing, nothing, nothing, 0, "no pair has a value")
    difference = b - a
    effect = float(difference.mean())
    low = high = float("nan")
    if pairs > 1:
        reach = float(stdtrit(pairs - 1, 0.5 + level / 2.0) * difference.std(ddof=1) / np.sqrt(pairs))
        low, high = effect - reach, effect + reach
    return Effect(float(a.mean()), float(b.mean()), effect, low, high, pairs, _note(a, b, low, high))


def paired_effects(
    a: pd.DataFrame, b: pd.DataFrame, outcomes: Iterable[Outcome] = OUTCOMES, level: float = LEVEL
) -> pd.DataFrame:
    """Paired effects of B against A on every outcome that both tables have.

    Args:
        a, b: outcomes by seed, as `outcomes_by_seed` gives them; paired by their index.
        outcomes: which outcomes, in which order.
        level: coverage of the intervals.

    Returns:
        One row an outcome: label, unit, mean_a, mean_b, difference, low, high, pairs, note.

    Raises:
        InputError: the two sets share no seed.
    """
    seeds = a.index.intersection(b.index).sort_values()
    if seeds.empty:
        ours, theirs = sorted(a.index), sorted(b.index)
        raise InputError("comparison", [Fault("seed", theirs, f"must share at least one seed with {ours}")])
    rows = {
        outcome.name: {"label": outcome.label, "unit": outcome.unit}
        | paired_effect(a.loc[seeds, outcome.name].to_numpy(), b.loc[seeds, outcome.name].to_numpy(), level)._asdict()
        for outcome in outcomes
        if outcome.name in a.columns and outcome.name in b.columns
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome")


def thin_sample(effects: pd.DataFrame) -> str:
    """A sentence of warning where the pairs are few; empty otherwise."""
    pairs = int(effects["pairs"].max())
    if pairs >= FEW:
        return ""
    count = "One pair gives" if pairs == 1 else f"{pairs} pairs give"
    return f"{count} no reliable interval; take {FEW} seeds or more."


def _note(a: np.ndarray, b: np.ndarray, low: float, high: float) -> str:
    if np.array_equal(a, b):
        return "exactly equal"
    if a.size == 1:
        return "one pair"
    return "interval excludes zero" if low > 0 or high < 0 else ""
