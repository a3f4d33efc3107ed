"""`abm calibrate market`: fit the traders to moments of daily returns by the method of simulated moments.

The fitted parameters go into a scenario file that any command takes; beside it lie standard errors, what the moments
tell apart, and the scorecard of the fit. The multiplier dials, depth, leverage and incidents are not fitted: they rest
on order books, ETF flows and event lists. A search that is stopped goes on where it was when it is called again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import tomli_w
from pydantic.fields import FieldInfo

from abm.errors import ClearingError, Fault, InputError
from abm.quantities import range_of
from abm.scenario import Scenario
from experiments.calibration.market_runs import FITTING_SEEDS, panel
from experiments.calibration.msm import FAILED, Box, Estimate, Memo, infer, middle, search
from experiments.durable import write_text
from experiments.moments import moments
from experiments.validation.market_evidence import CALIBRATION, Evidence, built_in, from_prices, judge_moments
from experiments.validation.scorecard import Verdict, save

PREFIX = "parameters.crypto_market."
BOXES = {
    "traders.news_size": (0.012, 0.028),
    "traders.news_heat": (0.0, 0.8),
    "traders.news_freedom": (3.0, 15.0),
    "traders.order_size": (0.0, 3e-4),
    "traders.trend_strength": (0.0, 0.05),
    "traders.trend_reaction": (1.5, 6.0),
    "traders.switching": (0.03, 0.6),
    "traders.predisposition": (0.5, 2.5),
    "traders.herding": (0.0, 1.0),
    "traders.gap_pull": (5.0, 300.0),
    "traders.fear": (0.0, 0.6),
    "traders.mood_size": (0.1, 0.9),
    "traders.mood_memory": (0.85, 0.99),
    "traders.fall_weight": (1.0, 5.0),
    "traders.slow_weight": (0.05, 0.9),
    "traders.fast_memory": (0.05, 0.4),
}
"""What is fitted when nothing else is asked for, and within which ends."""
SHRINKAGE = 0.1
"""Weight of no correlation in the correlation of moments over few worlds."""


class Calibration(NamedTuple):
    """What was found.

    Attributes:
        box: what was fitted, and within which ends. estimate: values, errors, tests.
        verdicts: the moments at the estimate, on the worlds of the fit. trials: how many were lived.
    """

    box: Box
    estimate: Estimate
    verdicts: list[Verdict]
    trials: int


def main(
    prices: Path | None = None,
    window: str | None = None,
    repair: bool = False,
    trials: int = 400,
    seeds: int = 24,
    traders: int = 500,
    free: list[str] | None = None,
    scenario: Scenario | None = None,
    out: Path | None = None,
    watch: Callable[[int, float], None] = lambda trial, best: None,
) -> tuple[Calibration, Path]:
    """Fit and leave a folder; returns what was found and the folder.

    Args:
        prices, window, repair: what to fit, as in `validate_market.main`.
        trials: evaluations of the search. seeds: worlds a trial, on the same draws in every trial.
        traders: in those worlds; moments hardly depend on their number.
        free: parameters to fit, such as "traders.news_size" or "traders.news_size=0.01:0.03"; those of `BOXES` when
            left out.
        scenario: where the search begins and what stays fixed; the defaults when left out.
        watch: told the trial and the least sum of squares so far.

    Raises:
        InputError: the window, the price file or a parameter is refused.
    """
    evidence = from_prices(prices, window, repair) if prices else built_in(window or "2018-26")
    start = (scenario or Scenario()).with_values({"market.traders": traders})
    box = boxes(free, start)
    folder = out or Path("results/calibrate") / f"market-{Path(evidence.name).stem.replace(' ', '-')}"
    folder.mkdir(parents=True, exist_ok=True)
    memo = Memo(
        lambda unit: distance(simulate(start, box, unit, evidence.days, seeds), evidence),
        folder / "trials.jsonl",
        topic(evidence, start, box, seeds),
    )
    memo.watch = lambda best: watch(memo.trials, best)
    found = calibrate(memo, start, box, evidence, trials, seeds)
    write(found, evidence, seeds, folder)
    return found, folder


def calibrate(memo: Memo, start: Scenario, box: Box, evidence: Evidence, trials: int, seeds: int) -> Calibration:
    """Search, then standard errors at the best trial."""
    best = search(memo, box.unit(box.start), trials)
    sample = simulate(start, box, best, evidence.days, seeds)
    correlation = evidence.correlation if evidence.correlation is not None else correlation_of(sample)
    return Calibration(box, infer(memo, best, box, correlation, seeds), judge_moments(sample, evidence), memo.trials)


def boxes(free: list[str] | None, start: Scenario) -> Box:
    """Where to search, from the names asked for.

    Raises:
        InputError: a name is no parameter of the market, or its ends are not within its range or do not enclose the
            value that the search begins at.
    """
    wanted: dict[str, tuple[float, float]] = {}
    faults = []
    for entry in free or BOXES:
        name, _, ends = entry.partition("=")
        try:
            low, high = (float(end) for end in ends.split(":")) if ends else BOXES[name]
            now = _now(start, name)
        except (ValueError, KeyError, AttributeError):
            faults.append(Fault("--free", entry, "must read traders.NAME=LOW:HIGH with a parameter of the market"))
            continue
        bounds = range_of(_field(start, name))
        least, most = (-np.inf if bounds[0] is None else bounds[0]), (np.inf if bounds[1] is None else bounds[1])
        if not least <= low < high <= most or not low <= now <= high:
            faults.append(Fault("--free", entry, f"must enclose {now:g} and lie within {least:g} to {most:g}"))
        wanted[name] = (low, high)
    if faults:
        raise InputError("command line", faults)
    ends = np.array(list(wanted.values()))
    return Box(tuple(wanted), np.array([_now(start, name) for name in wanted]), ends[:, 0], ends[:, 1])


def simulate(start: Scenario, box: Box, unit: np.ndarray, days: int, seeds: int) -> list[dict[str, float]]:
    """Moments of each world at a point; none at all when the market of some world breaks."""
    scenario = start.with_values(overlay(box, unit))
    try:
        worlds = panel(scenario, days, range(FITTING_SEEDS, FITTING_SEEDS + seeds))
    except ClearingError:
        return []
    return [moments(returns) for returns in worlds]


def distance(sample: list[dict[str, float]], evidence: Evidence) -> np.ndarray:
    """(simulated − observed) / standard error of each calibration moment, shape (18,)."""
    if not sample:
        return np.full(len(CALIBRATION), FAILED)
    observed = np.array([evidence.targets[name].value for name in CALIBRATION])
    errors = np.array([evidence.errors[name] for name in CALIBRATION])
    return (middle(table(sample)) - observed) / errors


def table(sample: list[dict[str, float]]) -> np.ndarray:
    """Calibration moments by world, shape (worlds, 18)."""
    return np.array([[world[name] for name in CALIBRATION] for world in sample])


def correlation_of(sample: list[dict[str, float]]) -> np.ndarray:
    """How moments of series of this length hang together, from simulated worlds, shrunk; shape (18, 18)."""
    size = len(CALIBRATION)
    if len(sample) < 3:
        return np.eye(size)
    return (1.0 - SHRINKAGE) * np.corrcoef(table(sample), rowvar=False) + SHRINKAGE * np.eye(size)


def overlay(box: Box, unit: np.ndarray) -> dict[str, float]:
    """Dotted fields of a scenario at a point."""
    return {PREFIX + name: float(value) for name, value in zip(box.names, box.value(unit), strict=True)}


def topic(evidence: Evidence, start: Scenario, box: Box, seeds: int) -> str:
    """What must be equal for an earlier trial to hold: data, worlds, boxes."""
    observed = [evidence.targets[name].value for name in CALIBRATION]
    ends = [box.low.tolist(), box.high.tolist()]
    told = json.dumps([evidence.name, evidence.days, observed, start.digest(), seeds, box.names, ends])
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def write(found: Calibration, evidence: Evidence, seeds: int, folder: Path) -> None:
    """Write the scenario overlay, the tables of parameters and the scorecard."""
    estimate, title = found.estimate, f"Market fitted to {evidence.name}"
    save(found.verdicts, folder, title, text(found, evidence, seeds))
    write_text(folder / "parameters.csv", parameters_table(found).to_csv(index=False))
    relation = pd.DataFrame(correlations(estimate), index=found.box.names, columns=found.box.names)
    write_text(folder / "correlation.csv", relation.to_csv())
    write_text(folder / "fitted.toml", toml(found, evidence))


def toml(found: Calibration, evidence: Evidence) -> str:
    """The fit as a scenario file."""
    values: dict = {"name": f"fitted to {evidence.name}".lower().replace(" ", "_"), "parameters": {"crypto_market": {}}}
    for name, value in zip(found.box.names, found.estimate.value, strict=True):
        group, leaf = name.split(".")
        values["parameters"]["crypto_market"].setdefault(group, {})[leaf] = float(f"{value:.6g}")
    head = f"# Traders fitted to moments of daily returns of {evidence.name} by `abm calibrate market`.\n"
    return head + tomli_w.dumps(values)


def parameters_table(found: Calibration) -> pd.DataFrame:
    """One row a parameter: start, estimate, standard error, ends of the box."""
    box, estimate = found.box, found.estimate
    return pd.DataFrame(
        {
            "parameter": box.names,
            "start": box.start,
            "estimate": estimate.value,
            "standard_error": estimate.error,
            "low": box.low,
            "high": box.high,
            "at_edge": estimate.at_edge,
            # Pull of the parameter on all moments when it crosses its box, in standard errors of the data
            "sensitivity": np.sqrt(np.sum(estimate.sensitivity**2, axis=0)),
        }
    )


def correlations(estimate: Estimate) -> np.ndarray:
    """Correlation of the estimates, shape (p, p)."""
    scale = np.maximum(estimate.error, 1e-300)
    return estimate.covariance / np.outer(scale, scale)


def text(found: Calibration, evidence: Evidence, seeds: int) -> str:
    """How it was fitted and what came out, in sentences."""
    estimate = found.estimate
    sure = estimate.error < 0.5 * (found.box.high - found.box.low)
    loose = [name for name, known in zip(found.box.names, sure, strict=True) if not known]
    edges = [name for name, edge in zip(found.box.names, estimate.at_edge, strict=True) if edge]
    weights = "the file's bootstrap" if evidence.correlation is not None else "the simulated worlds"
    lines = [
        f"Method of simulated moments: {len(CALIBRATION)} moments, {len(found.box.names)} parameters, {found.trials} "
        f"trials of {seeds} worlds of {evidence.days} days on common draws. Weights are diagonal, one over the squared "
        f"bootstrap error of the data; errors and J take the correlation of the moments from {weights}.",
        *evidence.notes,
        f"Sum of squares {estimate.objective:.1f}; J = {estimate.j:.1f} with {estimate.freedom} degrees of freedom, "
        f"p = {estimate.p:.3f}.",
        f"Singular values of the sensitivity: {', '.join(f'{value:.2g}' for value in estimate.singular)}.",
        f"Hardly told by these moments (error above half of the box): {', '.join(loose) or 'none'}.",
        f"At an end of its box, where the error means little: {', '.join(edges) or 'none'}.",
        "These worlds were used for the fit: judge it by `abm validate market --scenario fitted.toml`.",
        "",
        "fitted.toml       the parameters, a scenario for any command",
        "parameters.csv    start, estimate, standard error, box; correlation.csv: of the estimates",
        "trials.jsonl      every trial; the same command goes on from it",
    ]
    return "\n".join(lines)


def _now(start: Scenario, name: str) -> float:
    group, leaf = name.split(".")
    return float(getattr(getattr(start.parameters.crypto_market, group), leaf))


def _field(start: Scenario, name: str) -> FieldInfo:
    group, leaf = name.split(".")
    return type(getattr(start.parameters.crypto_market, group)).model_fields[leaf]
