"""What the market is held against: moments of bitcoin that come with the project, or of a user's own price file.

A moment is met when the median over worlds lies within its 95 % bootstrap band. Calibration moments are those that
`abm calibrate market` minimises; validation moments were not looked at while fitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from abm.data import table
from abm.errors import Fault, InputError
from experiments.calibration.prices import read_prices
from experiments.moments import moments, resampled
from experiments.validation.scorecard import Target, Verdict, judge

WINDOWS = {"2018-26": "2018-01..2026-07", "2014-26": "2014-09..2026-07"}
"""Windows of the built-in moments by short name."""
_DAYS = {"2018-26": 3134, "2014-26": 4335}  # of the series that abm/data/market_moments.csv was computed from
_MEMORY = tuple(f"acf_abs_{lag}" for lag in (1, 5, 10, 25, 50, 100))
CALIBRATION = (
    "sd", "mean_abs", "q1", "q5", "q95", "q99", "ES_2.5", "hill_abs_5", "acf_r_1", *_MEMORY, "leverage_corr_1", "VR_20",
    "VR_60",
)  # fmt: skip
VALIDATION = (
    "log_kurtosis", "skew", "VR_5", "hill_left_5", "hill_right_5", "acf_sq_1", "days_below_5", "days_below_10",
    "days_below_20",
)  # fmt: skip
_LABELS = {
    "sd": ("Standard deviation", "% a day"),
    "mean_abs": ("Mean |r|", "% a day"),
    "ES_2.5": ("Mean of the worst 2.5 %", "% a day"),
    "hill_abs_5": ("Hill index of |r|, 5 %", "tail exponent"),
    "hill_left_5": ("Hill index of falls, 5 %", "tail exponent"),
    "hill_right_5": ("Hill index of rises, 5 %", "tail exponent"),
    "acf_r_1": ("Autocorrelation of r, 1 day", "correlation"),
    "acf_sq_1": ("Autocorrelation of r², 1 day", "correlation"),
    "leverage_corr_1": ("Correlation of r with the next |r|", "correlation"),
    "log_kurtosis": ("Log of kurtosis", "log"),
    "skew": ("Skewness", ""),
    **{f"q{level}": (f"{level} % quantile", "% a day") for level in (1, 5, 95, 99)},
    **{f"acf_abs_{lag}": (f"Autocorrelation of |r|, {lag} days", "correlation") for lag in (1, 5, 10, 25, 50, 100)},
    **{f"VR_{days}": (f"Variance ratio, {days} days", "ratio") for days in (5, 20, 60)},
    **{f"days_below_{fall}": (f"Days below −{fall} %", "days a year") for fall in (5, 10, 20)},
}


class Evidence(NamedTuple):
    """Observed moments.

    Attributes:
        name: "BTC 2018-26", or the file. days: returns in the series.
        targets: by name, calibration moments first. errors: bootstrap standard errors by name.
        correlation: of the calibration moments over bootstrap series, shape (18, 18); None where prices are not there.
        notes: what was repaired in the file.
    """

    name: str
    days: int
    targets: dict[str, Target]
    errors: dict[str, float]
    correlation: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def built_in(window: str) -> Evidence:
    """The moments that come with the project.

    Args:
        window: "2018-26" or "2014-26".

    Raises:
        InputError: there is no such window.
    """
    if window not in WINDOWS:
        raise InputError("command line", [Fault("--window", window, f"must be one of {', '.join(WINDOWS)}")])
    kept = table("market_moments")
    mine = kept["window"] == WINDOWS[window]
    rows = {
        str(name): np.array(numbers)
        for name, *numbers in zip(
            *(kept[column][mine] for column in ("moment", "value", "low", "high", "standard_error")), strict=True
        )
    }
    value, low, high, error = rows.pop("excess_kurtosis")
    # By the logarithm of the bootstrap's ends: a quantile goes through a growing function unchanged
    ends = np.log([3.0 + low, 3.0 + high])
    rows["log_kurtosis"] = np.array([np.log(3.0 + value), *ends, error / (3.0 + value)])
    source = f"BTC {window}, circular block bootstrap (abm/data/market_moments.csv)"
    targets = {name: _target(name, *rows[name][:3], source) for name in (*CALIBRATION, *VALIDATION)}
    return Evidence(f"BTC {window}", _DAYS[window], targets, {name: float(rows[name][3]) for name in targets})


def from_prices(path: Path, window: str | None = None, repair: bool = False, replications: int = 1000) -> Evidence:
    """The moments of a price file, their bands from its own bootstrap.

    Args:
        path, repair: as in `read_prices`. window: a short name or "2018-01..2026-07"; all of the file when left out.
        replications: bootstrap series.

    Raises:
        InputError: the file is refused.
    """
    prices = read_prices(path, WINDOWS.get(window or "", window), repair)
    names = (*CALIBRATION, *VALIDATION)
    observed, sample = moments(prices.returns), resampled(prices.returns, names, replications)
    ends = np.percentile(sample, (2.5, 97.5), axis=0)
    source = f"{path.name}, {prices.first} to {prices.last}, circular block bootstrap"
    targets = {name: _target(name, observed[name], *ends[:, at], source) for at, name in enumerate(names)}
    errors = np.maximum(sample.std(axis=0, ddof=1), 1e-9)
    correlation = np.corrcoef(sample[:, : len(CALIBRATION)], rowvar=False)
    by_name = dict(zip(names, errors.tolist(), strict=True))
    return Evidence(path.name, prices.returns.size, targets, by_name, correlation, prices.repairs)


def judge_moments(sample: Sequence[dict[str, float]], evidence: Evidence) -> list[Verdict]:
    """One verdict a moment: the median over worlds against the band, with t in standard errors of the data.

    Args:
        sample: moments by name, one entry a world.
    """
    verdicts = []
    for name, target in evidence.targets.items():
        values = np.array([world[name] for world in sample])
        middle = float(np.median(values))
        t = (middle - target.value) / evidence.errors[name]
        verdicts.append(judge(target, middle, median_interval(values), f"t = {t:+.1f}"))
    return verdicts


def median_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """The interval of a median by order statistics, whatever the distribution; NaN where worlds are too few.

    Args:
        values: one a world, shape (n,). level: least coverage.
    """
    ordered, n = np.sort(values), values.size
    below = int(binom.ppf(0.5 - level / 2.0, n, 0.5))  # largest rank from either end that still covers
    if n < 6 or below < 1:
        return float("nan"), float("nan")
    return float(ordered[below - 1]), float(ordered[n - below])


def _target(name: str, value: float, low: float, high: float, source: str) -> Target:
    label, unit = _LABELS[name]
    use = "calibration" if name in CALIBRATION else "validation"
    return Target(name, label, float(value), float(low), float(high), unit, use, source)
