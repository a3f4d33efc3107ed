"""Diffusion curves through published points: the least-squares one, and the closest that any can come to all points.

    F' = (p + q F/m) (m − F),      p, q ≥ 0, ceiling m ≤ 100 %          (Bass 1969)

A survey's points scatter about any curve, and two surveys ask different firms, so a model is held against the curve of
each source; how far the points themselves lie from the best of all curves says what no diffusion can reach.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import differential_evolution, least_squares


class Bass(NamedTuple):
    """A diffusion curve: level at the first year, innovation p and imitation q (1/year), ceiling m; shares of 1."""

    start: float
    innovation: float
    imitation: float
    ceiling: float

    def at(self, years: tuple[int, ...]) -> np.ndarray:
        """Share after so many years, shape (k,): (p + q G)/(1 − G) grows by e^(p+q) a year, G = F/m."""
        p, q, m = self.innovation, self.imitation, self.ceiling
        begun = self.start / m
        if p + q * begun <= 0.0 or begun >= 1.0:
            return np.full(len(years), self.start)
        # Of those still without it, in the form that stays finite for any p, q and years.
        left = (p + q) / (q + (p + q * begun) / (1.0 - begun) * np.exp((p + q) * np.asarray(years)))
        return m * (1.0 - left)


_BOUNDS = ((0.0, 1.0), (0.0, 1.0), (0.0, 2.0), (0.01, 1.0))
"""Of start over ceiling, p, q and ceiling."""


@cache
def fitted(years: tuple[int, ...], shares: tuple[float, ...]) -> Bass:
    """The least-squares curve through points; of several that fit alike the search takes one.

    Args:
        years: years since the first point. shares: 0–1, as many.
    """

    def away(values: np.ndarray) -> np.ndarray:
        return _curve(values).at(years) - np.array(shares)

    near = _search(lambda values: float(np.sum(away(values) ** 2)))
    low, high = np.transpose(_BOUNDS)
    return _curve(least_squares(away, np.clip(near, low + 1e-9, high - 1e-9), bounds=(low, high), xtol=1e-12).x)


def smallest_gap(years: tuple[int, ...], shares: tuple[float, ...]) -> float:
    """The largest distance from the points, made as small as any diffusion curve can; arguments as in `fitted`."""

    def gap(values: np.ndarray) -> float:
        return float(np.max(np.abs(_curve(values).at(years) - np.array(shares))))

    return gap(_search(gap))


def _curve(values: np.ndarray) -> Bass:
    start, p, q, m = (float(value) for value in values)
    return Bass(start * m, p, q, m)


def _search(loss: Callable[[np.ndarray], float]) -> np.ndarray:
    """Where a loss of the four numbers is least (a fixed generator: the same every time)."""
    return differential_evolution(loss, _BOUNDS, rng=1, tol=1e-10, maxiter=600, popsize=20).x
