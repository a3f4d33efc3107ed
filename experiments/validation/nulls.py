"""Two simple processes that a scorecard of market moments must see through.

    random walk:   r = μ + σ z                                    no clusters, no fat tails
    GARCH(1,1):    r = μ + √h z,  h' = ω + α (r − μ)² + β h       clusters, but falls and rises alike (Bollerslev 1986)

Both have the mean and the variance of the data; α and β bring the autocorrelation of |r| at 1 and 25 days as near to
the data's as the process allows. z is standard normal.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from experiments.moments import memory


def random_walk(mean: float, sd: float, days: int, seed: int) -> np.ndarray:
    """Gaussian returns, shape (days,)."""
    return mean + sd * np.random.default_rng(seed).standard_normal(days)


def garch(mean: float, sd: float, alpha: float, beta: float, days: int, seed: int) -> np.ndarray:
    """Returns of a Gaussian GARCH(1,1) whose unconditional deviation is `sd`, after 500 days of warm-up."""
    draws = np.random.default_rng(seed).standard_normal(days + 500)
    omega = sd * sd * (1.0 - alpha - beta)
    returns, h = np.empty(draws.size), sd * sd
    for day, z in enumerate(draws.tolist()):
        returns[day] = shock = h**0.5 * z
        h = omega + alpha * shock * shock + beta * h
    return mean + returns[500:]


def fit_garch(memory_1: float, memory_25: float, days: int = 30_000) -> tuple[float, float]:
    """α and β whose |r| has these autocorrelations at 1 and 25 days, by simulation on common draws."""

    def miss(at: np.ndarray) -> float:
        persistence, share = 1.0 / (1.0 + np.exp(-at))  # any real pair is a stationary process
        r = garch(0.0, 1.0, persistence * share, persistence * (1.0 - share), days, 1)
        found = memory(np.abs(r), (1, 24, 25, 26))
        return (found[0] - memory_1) ** 2 + (np.mean(found[1:]) - memory_25) ** 2

    best = minimize(miss, np.array([4.0, -2.0]), method="Nelder-Mead", options={"maxfev": 60}).x
    persistence, share = (float(x) for x in 1.0 / (1.0 + np.exp(-best)))
    return persistence * share, persistence * (1.0 - share)
