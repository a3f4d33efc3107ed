"""Moments of daily log returns, and how surely a series of some years tells them.

    acf_x_k = Σ (x_t − x̄)(x_{t+k} − x̄) / Σ (x_t − x̄)²          of |r| above lag 1: mean over lags k − 1, k, k + 1
    VR_k    = Var(r_t + … + r_{t+k−1}) / (k Var r)              overlapping sums
    Hill    = 1 / mean ln(x_(i) / x_(m+1)),  i ≤ m              m: 5 % of all days, x from the largest
    ES_2.5  = mean of the returns up to the 2.5 % quantile      leverage_corr_1 = corr(r_t, |r_{t+1}|)

The names are those of `abm/data/market_moments.csv`. Bands come from the circular block bootstrap (Politis & Romano
1992): blocks that wrap around the end keep volatility clusters whole, and every day is drawn equally often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DAYS_A_YEAR = 365
"""Market days a year in the data; a year of the model has 360."""
BLOCK, LONG_BLOCK = 250, 750
"""Days a block; the long one for autocorrelations at lags from 25 days on."""
MEMORY_LAGS = (1, 5, 10, 25, 50, 100)


def moments(returns: np.ndarray) -> dict[str, float]:
    """Every moment by name.

    Args:
        returns: daily log returns, shape (days,), more than 150 of them and not all equal.

    Returns:
        names to values: % a day for mean, sd, mean_abs, quantiles (q1 …) and shortfall; % a year for ann_vol.
    """
    r = np.ascontiguousarray(returns, dtype=np.float64)
    if r.size <= 150 or np.ptp(r) == 0.0:
        raise ValueError(f"Moments need more than 150 returns that are not all equal; there are {r.size}.")
    size, sd = np.abs(r), float(r.std())
    centred = (r - r.mean()) / sd
    kurtosis = float(np.mean(centred**4))
    q = np.percentile(100.0 * r, (1, 2.5, 5, 95, 99))
    found = {
        "mean": 100.0 * float(r.mean()),
        "sd": 100.0 * sd,
        "ann_vol": 100.0 * sd * DAYS_A_YEAR**0.5,
        "mean_abs": 100.0 * float(size.mean()),
        "skew": float(np.mean(centred**3)),
        "excess_kurtosis": kurtosis - 3.0,
        "log_kurtosis": float(np.log(kurtosis)),
        "hill_abs_5": hill(size, 0.05),
        "hill_left_5": hill(-r, 0.05),
        "hill_right_5": hill(r, 0.05),
        **dict(zip(("q1", "q5", "q95", "q99"), (float(q[i]) for i in (0, 2, 3, 4)), strict=True)),
        "ES_2.5": float(np.mean(100.0 * r[100.0 * r <= q[1]])),
        "acf_r_1": memory(r, (1,))[0],
        "acf_sq_1": memory(r * r, (1,))[0],
        "leverage_corr_1": correlation(r[:-1], size[1:]),
    }
    lags = sorted({near for lag in MEMORY_LAGS for near in _around(lag)})
    known = dict(zip(lags, memory(size, lags), strict=True))
    found |= {f"acf_abs_{lag}": float(np.mean([known[near] for near in _around(lag)])) for lag in MEMORY_LAGS}
    found |= {f"VR_{days}": variance_ratio(r, days) for days in (5, 20, 60)}
    return found | {f"days_below_{fall}": DAYS_A_YEAR * float(np.mean(r < -fall / 100.0)) for fall in (5, 10, 20)}


def memory(x: np.ndarray, lags: Sequence[int]) -> list[float]:
    """Autocorrelations at lags."""
    centred = x - x.mean()
    total = np.sum(centred * centred)
    return [float(np.sum(centred[:-lag] * centred[lag:]) / total) for lag in lags]


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson correlation of two series of one length."""
    a, b = x - x.mean(), y - y.mean()
    return float(np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)))


def hill(sizes: np.ndarray, share: float) -> float:
    """Hill's index of the upper tail: the `share` largest of sizes, shape (n,), which must be positive there."""
    ordered = np.sort(sizes)[::-1]
    tail = max(int(share * ordered.size), 1)
    if ordered[tail] <= 0.0:
        return float("nan")  # fewer rises, or falls, than the tail needs
    above = float(np.mean(np.log(ordered[:tail] / ordered[tail])))
    return 1.0 / above if above > 0.0 else float("inf")


def variance_ratio(r: np.ndarray, days: int) -> float:
    """Variance of overlapping sums over `days`, by what it would be without autocorrelation (Lo & MacKinlay 1988)."""
    path = np.concatenate([[0.0], np.cumsum(r)])
    return float((path[days:] - path[:-days]).var() / (days * r.var()))


def worst_drawdown(log_prices: np.ndarray) -> float:
    """Largest fall from an earlier high, share of that high."""
    return float(-np.expm1(np.min(log_prices - np.maximum.accumulate(log_prices))))


def block_of(moment: str) -> int:
    """Days a block with which a moment is bootstrapped."""
    return LONG_BLOCK if moment in ("acf_abs_25", "acf_abs_50", "acf_abs_100") else BLOCK


def resampled(
    returns: np.ndarray, names: Sequence[str], replications: int = 1000, seed: int = 1, block: int | None = None
) -> np.ndarray:
    """Moments of series put together from blocks of the given one.

    Args:
        returns: daily log returns, shape (days,). names: which moments, k of them.
        replications: how many series. seed: of the draws (no world's luck depends on it).
        block: days a block for all moments; each moment's own when left out, from the same starting days.

    Returns:
        shape (replications, k).
    """
    rng, days = np.random.default_rng(seed), returns.size
    found = np.empty((replications, len(names)))
    lengths = {name: min(block or block_of(name), days) for name in names}
    shortest = min(lengths.values())
    for row in found:
        starts = rng.integers(0, days, size=-(-days // shortest))
        of_length = {
            length: moments(returns[circular(starts, length, days)]) for length in sorted(set(lengths.values()))
        }
        row[:] = [of_length[lengths[name]][name] for name in names]
    return found


def circular(starts: np.ndarray, length: int, days: int) -> np.ndarray:
    """Indices of as many days as there are, in blocks that begin at `starts` and wrap around the end."""
    needed = starts[: -(-days // length)]
    return ((needed[:, None] + np.arange(length)) % days).reshape(-1)[:days]


def _around(lag: int) -> tuple[int, ...]:
    """The lags whose mean stands for a lag."""
    return (lag,) if lag == 1 else (lag - 1, lag, lag + 1)
