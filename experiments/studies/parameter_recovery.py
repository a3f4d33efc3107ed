"""Which parameters of the market do moments of daily returns tell, and which rest on other evidence?

Two answers. A refit: worlds with known parameters are simulated, and the parameters are sought anew from elsewhere, on
other draws. And a map: at the known parameters, how far each combination of parameters moves the moments, for the
fitted ones together with those that order books and flows set. Run it with

    python -m experiments.studies.parameter_recovery

It takes some minutes the first time, can be stopped, and goes on from where it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.scenario import Scenario
from experiments.calibration.market import (
    BOXES,
    PREFIX,
    boxes,
    calibrate,
    correlation_of,
    correlations,
    distance,
    parameters_table,
    simulate,
    table,
    topic,
)
from experiments.calibration.market_runs import UNSEEN_SEEDS, panel
from experiments.calibration.msm import Box, Estimate, Memo, infer, middle
from experiments.durable import write_text
from experiments.moments import moments
from experiments.validation.market_evidence import CALIBRATION, Evidence, built_in

TRUTH = {
    "traders.news_size": 0.019,
    "traders.news_heat": 0.5,
    "traders.order_size": 0.0002,
    "traders.trend_reaction": 3.5,
    "traders.mood_size": 0.35,
    "traders.mood_memory": 0.95,
    "traders.fall_weight": 2.5,
}
"""Parameters of the worlds that play the data; all others have their defaults."""
FROM = {
    "traders.news_size": 0.022,
    "traders.news_heat": 0.3,
    "traders.order_size": 0.0001,
    "traders.trend_reaction": 2.5,
    "traders.mood_size": 0.55,
    "traders.mood_memory": 0.93,
    "traders.fall_weight": 1.6,
}
"""Where the search begins."""
ELSEWHERE = (
    "liquidity.makers_slope=0.012:0.036",
    "liquidity.news_quoted=0.4:1.0",
    "liquidity.inventory_decay=0.02:0.12",
    "liquidity.depth_elasticity=0.3:1.1",
    "leverage.long_share=0.0:0.4",
    "leverage.short_share=0.0:0.3",
    "traders.value_speed=0.02:0.08",
    "traders.belief_spread=0.1:0.6",
    "traders.cash_share=0.08:0.3",
)
"""Parameters that order books, flows and event lists set, and boxes around them."""
TOLD = 0.25
"""A parameter is told where its standard error is below this share of its box."""


class Recovery(NamedTuple):
    """A refit of known parameters.

    Attributes:
        table: one row a parameter: truth, start, estimate, standard error, z = (estimate − truth) / error, told or not.
        estimate: the fit. box: where it was sought.
    """

    table: pd.DataFrame
    estimate: Estimate
    box: Box


def synthetic(truth: Scenario, days: int, worlds: int) -> Evidence:
    """Moments of simulated worlds in place of data, with the bootstrap errors of bitcoin's."""
    sample = [moments(returns) for returns in panel(truth, days, range(UNSEEN_SEEDS, UNSEEN_SEEDS + worlds))]
    known = dict(zip(CALIBRATION, middle(table(sample)).tolist(), strict=True))
    real = built_in("2018-26")
    targets = {name: target._replace(value=known.get(name, target.value)) for name, target in real.targets.items()}
    return real._replace(name="known parameters", days=days, targets=targets)


def recover(
    truth: dict[str, float],
    begin: dict[str, float],
    folder: Path,
    trials: int = 160,
    seeds: int = 16,
    worlds: int = 32,
    days: int = 3134,
    traders: int = 400,
) -> Recovery:
    """Simulate with known parameters, and find them again from elsewhere.

    Args:
        truth, begin: parameters such as "traders.news_size". folder: where trials are kept.
        trials, seeds: as in `calibrate_market.main`. worlds: that play the data, as if it were so many times longer.
        days: a world. traders: in each world.
    """
    base = Scenario().with_values({"market.traders": traders})
    data = synthetic(base.with_values({PREFIX + name: value for name, value in truth.items()}), days, worlds)
    start = base.with_values({PREFIX + name: value for name, value in begin.items()})
    box = boxes(list(truth), start)
    memo = Memo(
        lambda unit: distance(simulate(start, box, unit, days, seeds), data),
        folder / "trials.jsonl",
        topic(data, start, box, seeds),
    )
    found = calibrate(memo, start, box, data, trials, seeds)
    result = parameters_table(found)
    result.insert(1, "truth", [truth[name] for name in box.names])
    # Both sides are simulated: the noise of the worlds that play the data adds to that of the fit
    noise = result["standard_error"] * np.sqrt((1.0 / seeds + 1.0 / worlds) / (1.0 + 1.0 / seeds))
    noise *= np.sqrt(built_in("2018-26").days / days)
    result["error_of_luck"] = noise
    result["z"] = (result["estimate"] - result["truth"]) / noise
    result["told"] = result["standard_error"] < TOLD * (box.high - box.low)
    return Recovery(result, found.estimate, box)


def sensitivities(names: list[str], seeds: int = 24, traders: int = 400) -> tuple[Estimate, Box]:
    """How moments of BTC 2018–26 move with many parameters at the defaults; no search."""
    start, data = Scenario().with_values({"market.traders": traders}), built_in("2018-26")
    box = boxes(names, start)
    here = box.unit(box.start)
    sample = simulate(start, box, here, data.days, seeds)
    memo = Memo(lambda unit: distance(simulate(start, box, unit, data.days, seeds), data))
    return infer(memo, here, box, correlation_of(sample), seeds), box


def left_open(estimate: Estimate) -> np.ndarray:
    """How much of what is open before the data is open after them, share, shape (p,): 1 where they tell nothing.

    Before, each parameter is anywhere in its box; after, errors of the moments taken as independent:
    √12 · √diag (D'D + 12 I)⁻¹, for parameters that the data cannot tell apart share what is open.
    """
    known = np.einsum("ki,kj->ij", estimate.sensitivity, estimate.sensitivity)
    return np.sqrt(12.0 * np.diag(np.linalg.inv(known + 12.0 * np.eye(len(known)))))


def directions(estimate: Estimate, box: Box, shown: int = 3) -> pd.DataFrame:
    """Combinations of parameters, best told first: how far crossing the box along each moves the moments.

    Returns:
        columns `moves` (in standard errors of the data; below about 1 the data cannot see it) and `combination`, the
        parameters that weigh most in it.
    """
    _, moves, axes = np.linalg.svd(estimate.sensitivity, full_matrices=True)
    moves = np.concatenate([moves, np.zeros(len(axes) - moves.size)])
    rows = []
    for size, axis in zip(moves, axes, strict=True):
        heavy = np.argsort(-np.abs(axis))[:shown]
        rows.append((float(size), " ".join(f"{axis[j]:+.2f} {box.names[j].split('.')[1]}" for j in heavy)))
    return pd.DataFrame(rows, columns=["moves", "combination"])


def main(folder: Path = Path("results/studies/parameter_recovery")) -> None:
    """Refit known parameters, map what is told, and keep both as tables."""
    folder.mkdir(parents=True, exist_ok=True)
    found = recover(TRUTH, FROM, folder)
    write_text(folder / "recovery.csv", found.table.to_csv(index=False))
    relation = pd.DataFrame(correlations(found.estimate), index=found.box.names, columns=found.box.names)
    write_text(folder / "recovery_correlation.csv", relation.to_csv())
    print(found.table.drop(columns=["low", "high"]).to_string(index=False, float_format="%.4g"))

    estimate, box = sensitivities([*BOXES, *ELSEWHERE])
    told = pd.DataFrame(
        {
            "parameter": box.names,
            "value": box.start,
            "low": box.low,
            "high": box.high,
            "sensitivity": np.sqrt(np.sum(estimate.sensitivity**2, axis=0)),
            "left_open": left_open(estimate),
        }
    )
    write_text(folder / "told.csv", told.to_csv(index=False))
    write_text(folder / "directions.csv", directions(estimate, box).to_csv(index=False))
    print(told.to_string(index=False, float_format="%.3g"))
    print(directions(estimate, box).to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main()
