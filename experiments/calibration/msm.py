"""The method of simulated moments: parameters whose simulated moments lie nearest to the observed ones.

    θ̂ = argmin g(θ)' W g(θ),      g = middle over R worlds of the simulated moments − observed,     W = diag(1 / se²)
    V = B S B' (1 + 1/R),  B = (D'WD)⁻¹ D'W,  D = ∂g/∂θ        J = g' [M S M' (1 + 1/R)]⁺ g ~ χ²(moments − parameters),
                                                                                                       M = I − D B

All worlds are lived on the same draws whatever θ (McFadden 1989), so that g moves with θ alone. W is diagonal: with
two dozen correlated moments the full optimal weights are near singular and biased in samples of this size (Altonji &
Segal 1996); V and J hold for any W. Nothing here knows the market.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import differential_evolution, least_squares
from scipy.stats import chi2, qmc, trim_mean

FAILED = 25.0
"""Distance, in standard errors, given to every moment where the model finds no result."""
STEP = 0.06
"""Step of the numerical derivatives, share of the box: wide, for moments of few worlds are not smooth."""


class Box(NamedTuple):
    """Where to search: names of the parameters, where to start, and the ends; each shape (p,)."""

    names: tuple[str, ...]
    start: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def value(self, unit: np.ndarray) -> np.ndarray:
        """Parameters at coordinates 0–1."""
        return self.low + np.clip(unit, 0.0, 1.0) * (self.high - self.low)

    def unit(self, value: np.ndarray) -> np.ndarray:
        """Coordinates 0–1 of parameters."""
        return (value - self.low) / (self.high - self.low)


class Estimate(NamedTuple):
    """What the moments say of the parameters (p of them; k moments).

    Attributes:
        value, error: estimates and standard errors, shape (p,).
        covariance: of the estimates, shape (p, p).
        residual: (simulated − observed) / standard error of each moment, shape (k,).
        sensitivity: change of each residual when a parameter crosses its box, shape (k, p).
        singular: singular values of `sensitivity`, largest first; a small one is a direction that moments do not see.
        objective: sum of squared residuals. j, freedom, p: test that the moments can be met at once.
        at_edge: whether an estimate lies at an end of its box, where its error means little.
    """

    value: np.ndarray
    error: np.ndarray
    covariance: np.ndarray
    residual: np.ndarray
    sensitivity: np.ndarray
    singular: np.ndarray
    objective: float
    j: float
    freedom: int
    p: float
    at_edge: np.ndarray


def middle(sample: np.ndarray) -> np.ndarray:
    """Mean over the middle half of worlds: as robust as the median and less noisy.

    Args:
        sample: moments by world, shape (R, k).
    """
    return trim_mean(sample, 0.25, axis=0)


class Memo:
    """Residuals of every trial so far, kept in a file line by line: a search that was stopped goes on where it was.

    The searches are deterministic, so that one begun anew asks the same trials first and finds them here.
    """

    def __init__(self, evaluate: Callable[[np.ndarray], np.ndarray], path: Path | None = None, topic: str = "") -> None:
        """Remember `evaluate`, which takes coordinates 0–1 (p,) and returns residuals (k,).

        Args:
            path: the file; lines of another topic in it are ignored. topic: what must be equal for a line to hold.
        """
        self._evaluate, self._path, self._topic = evaluate, path, topic
        self._known: dict[tuple[float, ...], np.ndarray] = {}
        self._asked: dict[tuple[float, ...], float] = {}  # sums of squares; a trial not asked for yet is not yet known
        self.recalled = self.trials = 0
        self.watch: Callable[[float], None] = lambda best: None
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._recall(line)
        self.recalled = len(self._known)

    def _recall(self, line: str) -> None:
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            return  # the last line of a stopped run may be torn
        if kept["topic"] == self._topic:
            self._known[tuple(kept["at"])] = np.array(kept["residuals"])

    def __call__(self, unit: np.ndarray) -> np.ndarray:
        """Residuals at coordinates 0–1, from the memory where it has them."""
        at = tuple(round(float(x), 9) for x in np.clip(unit, 0.0, 1.0))
        if at not in self._known:
            residuals = self._evaluate(np.array(at))
            self._known[at] = residuals
            if self._path is not None:
                line = json.dumps({"topic": self._topic, "at": at, "residuals": residuals.tolist()})
                with open(self._path, "a", encoding="utf-8") as file:
                    file.write(line + "\n")
        self.trials += 1
        self._asked[at] = float(np.sum(self._known[at] ** 2))
        self.watch(self.best[1])
        return self._known[at]

    @property
    def best(self) -> tuple[np.ndarray, float]:
        """Coordinates of the best trial asked for so far, and its sum of squares."""
        at = min(self._asked, key=self._asked.__getitem__)
        return np.array(at), self._asked[at]


def search(memo: Memo, start: np.ndarray, trials: int, seed: int = 1) -> np.ndarray:
    """Coordinates of the best of about `trials` trials: differential evolution first, then Gauss–Newton from its best.

    Args:
        memo: residuals by coordinates. start: coordinates 0–1, shape (p,). trials: evaluations in all.
        seed: of the evolution's draws.
    """
    memo(start)
    size = start.size
    crowd = max(8, min(2 * size, trials // 6))
    rounds = trials // 2 // crowd
    if rounds >= 2:
        cloud = qmc.LatinHypercube(size, rng=seed).random(crowd)
        near = crowd // 2  # half of the crowd around the start, half all over the box
        cloud[:near] = np.clip(start + 0.5 * (cloud[:near] - 0.5), 0.0, 1.0)
        cloud[0] = start
        differential_evolution(
            lambda unit: float(np.sum(memo(unit) ** 2)),
            [(0.0, 1.0)] * size,
            init=cloud,
            maxiter=rounds - 1,
            tol=0.0,
            mutation=(0.4, 0.8),
            polish=False,
            rng=seed,
        )
    left = (trials - memo.trials) // (2 * size + 1)
    if left >= 1:
        inside = np.clip(memo.best[0], 1e-6, 1.0 - 1e-6)
        least_squares(memo, inside, jac=lambda unit: slopes(memo, unit), bounds=(0.0, 1.0), max_nfev=left + 1)
    return memo.best[0]


def slopes(residuals: Callable[[np.ndarray], np.ndarray], unit: np.ndarray, step: float = STEP) -> np.ndarray:
    """Change of each residual when a coordinate crosses its box, by central differences within it, shape (k, p)."""
    columns = []
    for j in range(unit.size):
        ends = np.array([max(unit[j] - step, 0.0), min(unit[j] + step, 1.0)])
        beside = [np.concatenate([unit[:j], [end], unit[j + 1 :]]) for end in ends]
        columns.append((residuals(beside[1]) - residuals(beside[0])) / (ends[1] - ends[0]))
    return np.stack(columns, axis=1)


def infer(
    residuals: Callable[[np.ndarray], np.ndarray], unit: np.ndarray, box: Box, correlation: np.ndarray, worlds: int
) -> Estimate:
    """Standard errors and the test of overidentification at a point.

    Args:
        residuals: by coordinates, in standard errors of the observed moments. unit: coordinates, shape (p,).
        box: what the coordinates stand for. correlation: of the observed moments, shape (k, k).
        worlds: R, how many worlds a trial lives.
    """
    residual, width = residuals(unit), box.high - box.low
    sensitivity = slopes(residuals, unit)
    noise = correlation * (1.0 + 1.0 / worlds)  # in units of standard errors W is the identity
    inverse = np.linalg.pinv(sensitivity, rcond=1e-6)
    spread = _sandwich(inverse, noise)
    left = np.eye(residual.size) - np.einsum("ij,jk->ik", sensitivity, inverse)
    test = np.linalg.pinv(_sandwich(left, noise), rcond=1e-6, hermitian=True)
    freedom = residual.size - int(np.linalg.matrix_rank(sensitivity, tol=1e-6))
    j = float(np.einsum("i,ij,j->", residual, test, residual))
    covariance = spread * np.outer(width, width)
    return Estimate(
        value=box.value(unit),
        error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        residual=residual,
        sensitivity=sensitivity,
        singular=np.linalg.svd(sensitivity, compute_uv=False),
        objective=float(np.sum(residual**2)),
        j=j,
        freedom=freedom,
        p=float(chi2.sf(j, freedom)) if freedom > 0 else float("nan"),
        at_edge=(unit < 0.01) | (unit > 0.99),
    )


def _sandwich(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    return np.einsum("ij,jk,lk->il", outer, inner, outer)
