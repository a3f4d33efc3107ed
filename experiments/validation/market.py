"""`abm validate market`: is this a market that behaves like the real one?

Every moment against its bootstrap band, as the median over worlds that no parameter was chosen on; two null processes
through the same scorecard; the worst drawdown; and whether anything drifts over decades.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm.scenario import Scenario
from experiments import scenarios_folder
from experiments.calibration.market_runs import UNSEEN_SEEDS, alone, panel
from experiments.calibration.market_runs import embedded as inside
from experiments.durable import write_text
from experiments.moments import moments
from experiments.validation.market_evidence import CALIBRATION, Evidence, built_in, from_prices, judge_moments
from experiments.validation.market_health import decades, drawdowns, drift_table
from experiments.validation.nulls import fit_garch, garch, random_walk
from experiments.validation.scorecard import MISSED, Verdict, save, summary

REFITTED = {"2014-26": "market_2014_26"}
"""Scenario with the parameters of a window; the defaults are those of 2018-26."""
HISTORY_DRAWDOWN = 0.83
"""Worst fall of BTC from a high within 2014–26: December 2017 to December 2018."""
DRIFT_WORLDS, DRIFT_TRADERS = 10, 2_000


class Validation(NamedTuple):
    """What was found.

    Attributes:
        verdicts: one a moment. sample: moments, one row a world.
        nulls: verdicts by null process. drawdowns: worst over twelve years by world. drift: see `drift_table`.
    """

    verdicts: list[Verdict]
    sample: pd.DataFrame
    nulls: dict[str, list[Verdict]]
    drawdowns: np.ndarray
    drift: pd.DataFrame


def main(
    seeds: int = 30,
    window: str | None = None,
    prices: Path | None = None,
    repair: bool = False,
    embedded: bool = False,
    participants: int = 2_000,
    scenario: str | None = None,
    years: int = 40,
    out: Path | None = None,
    watch: Callable[[str], None] = lambda sentence: None,
) -> tuple[Validation, Path]:
    """Validate the market and leave a folder; returns what was found and the folder.

    Args:
        seeds: worlds, none of them used for fitting. window: "2018-26" (when left out) or "2014-26"; of a price file
            months such as "2018-01..2026-07", all of it when left out.
        prices: a price file of any asset instead of the built-in moments of bitcoin; repair: mend it.
        embedded: the market inside the whole model, under the rule prohibit, instead of alone.
        participants: savers of an embedded world. scenario: a file with other parameters of the market.
        years: of the worlds in which drift is looked for, a multiple of ten from 20 on; 0 leaves it out.
        watch: is told what is being done.

    Raises:
        InputError: the window, the price file or the scenario is refused.
    """
    evidence = from_prices(prices, window, repair) if prices else built_in(window or "2018-26")
    chosen = _scenario(scenario, None if prices else window)
    watch(f"{seeds} worlds {'inside the whole model' if embedded else 'of the market alone'}")
    sample = worlds(chosen, evidence.days, seeds, embedded, participants)
    watch("Null processes")
    nulls = judge_nulls(evidence, seeds)
    found = Validation(judge_moments(sample, evidence), pd.DataFrame(sample), nulls, *_long(chosen, years, watch))
    name = f"market-{Path(evidence.name).stem.replace(' ', '-')}{'-embedded' if embedded else ''}"
    folder = out or Path("results/validate") / name
    write(found, evidence, folder, embedded)
    return found, folder


def worlds(
    scenario: Scenario, days: int, seeds: int, embedded: bool = False, participants: int = 2_000
) -> list[dict[str, float]]:
    """Moments of `seeds` unseen worlds."""
    live, chosen = alone, scenario
    if embedded:
        live = inside
        held = Scenario.from_toml(scenarios_folder() / "prohibit.toml")
        chosen = held.but(
            participants=participants,
            panel=0,
            market=scenario.market.model_dump(),
            parameters=scenario.parameters.model_dump(),
        )
    unseen = range(UNSEEN_SEEDS, UNSEEN_SEEDS + seeds)
    return [moments(returns) for returns in panel(chosen, days, unseen, live)]


def judge_nulls(evidence: Evidence, seeds: int) -> dict[str, list[Verdict]]:
    """The scorecards of a Gaussian random walk and of a GARCH(1,1), as many worlds each."""
    target, unseen = evidence.targets, range(UNSEEN_SEEDS, UNSEEN_SEEDS + seeds)
    sd = target["sd"].value / 100.0
    alpha, beta = fit_garch(target["acf_abs_1"].value, target["acf_abs_25"].value)
    series = {
        "random walk": [random_walk(0.0, sd, evidence.days, seed) for seed in unseen],
        "GARCH(1,1)": [garch(0.0, sd, alpha, beta, evidence.days, seed) for seed in unseen],
    }
    return {name: judge_moments([moments(r) for r in paths], evidence) for name, paths in series.items()}


def spread(sample: pd.DataFrame) -> pd.DataFrame:
    """5, 50 and 95 % of each moment over worlds."""
    table = sample.quantile([0.05, 0.5, 0.95]).T
    table.columns = ["low_5", "median", "high_95"]
    return table.rename_axis("moment").reset_index()


def missed(verdicts: list[Verdict], use: str = "calibration") -> list[str]:
    """Names of the moments of a use that lie outside their bands."""
    return [v.target.name for v in verdicts if v.verdict == MISSED and v.target.use == use]


def write(found: Validation, evidence: Evidence, folder: Path, embedded: bool) -> None:
    """Write the folder: scorecard, spread over worlds, nulls, drift, and a page of text."""
    save(found.verdicts, folder, f"Market against {evidence.name}", text(found, evidence, embedded))
    write_text(folder / "worlds.csv", found.sample.to_csv(index=False))
    write_text(folder / "spread.csv", spread(found.sample).to_csv(index=False))
    rows = [
        {"null": null, "moment": v.target.name, "value": v.value, "verdict": v.verdict}
        for null, verdicts in found.nulls.items()
        for v in verdicts
    ]
    write_text(folder / "nulls.csv", pd.DataFrame(rows).to_csv(index=False))
    if len(found.drift):
        write_text(folder / "drift.csv", found.drift.to_csv(index=False))
        write_text(folder / "drawdowns.csv", pd.DataFrame({"worst": found.drawdowns}).to_csv(index=False))


def text(found: Validation, evidence: Evidence, embedded: bool) -> str:
    """What was measured and what came out, in sentences."""
    seeds, where = len(found.sample), "inside the whole model under the rule prohibit" if embedded else "alone"
    lines = [
        f"{seeds} worlds of {evidence.days} days, seeds from {UNSEEN_SEEDS} on, which no parameter was chosen on; the "
        f"market {where}. A moment is met when the median over worlds lies within the 95 % bootstrap band of the data; "
        "t is the gap in standard errors of the data. Validation moments were not fitted.",
        *evidence.notes,
        f"Missed of calibration: {', '.join(missed(found.verdicts)) or 'none'}. "
        f"Missed of validation: {', '.join(missed(found.verdicts, 'validation')) or 'none'}.",
        _spread_sentence("Excess kurtosis", found.sample["excess_kurtosis"].to_numpy(), "it hangs on single days"),
        *(f"Null, {name}: {summary(v)}; missed {', '.join(missed(v))}." for name, v in found.nulls.items()),
    ]
    if len(found.drift):
        below = float(np.mean(found.drawdowns < HISTORY_DRAWDOWN))
        note = f"BTC 2014–26 had {HISTORY_DRAWDOWN:.0%}, more than {below:.0%} of worlds, with a drift that they lack"
        lines += [_spread_sentence("Worst drawdown over 12 years, %", 100.0 * found.drawdowns, note), ""]
        lines += ["Drift, first and last decade (medians) and change within worlds with its 95 % interval:"]
        lines += [
            f"  {row.figure:12s} {row.first:8.3f} {row.last:8.3f}   {row.change:+.3f} [{row.change_low:+.3f}, "
            f"{row.change_high:+.3f}]"
            for row in found.drift.itertuples()
        ]
    return "\n".join(lines)


def _spread_sentence(what: str, values: np.ndarray, note: str) -> str:
    low, middle, high = np.percentile(values, (5, 50, 95))
    return f"{what}: median {middle:.1f}, 5 to 95 % of worlds {low:.1f} to {high:.1f} ({note})."


def _long(scenario: Scenario, years: int, watch: Callable[[str], None]) -> tuple[np.ndarray, pd.DataFrame]:
    """Worst drawdowns and the drift table, or nothing when they are left out."""
    if years == 0:
        return np.zeros(0), pd.DataFrame()
    watch("Worst drawdowns over twelve years")
    chosen = scenario.with_values({"market.traders": DRIFT_TRADERS})
    seeds = range(UNSEEN_SEEDS, UNSEEN_SEEDS + DRIFT_WORLDS)
    fallen = drawdowns(chosen, range(UNSEEN_SEEDS, UNSEEN_SEEDS + 40))
    watch(f"{DRIFT_WORLDS} worlds of {years} years")
    return fallen, drift_table(decades(chosen, seeds, years))


def _scenario(file: str | None, window: str | None) -> Scenario:
    """The scenario whose market is judged: a file, the refit of the window, or the defaults."""
    from experiments.arguments import read_scenario

    name = file or REFITTED.get(window or "")
    if name and file is None and not (scenarios_folder() / f"{name}.toml").exists():
        name = None
    return read_scenario(name, {}) if name else Scenario()


def figures(found: Validation) -> dict[str, Any]:
    """The figures that are quoted elsewhere."""
    held = [v for v in found.verdicts if v.target.name in CALIBRATION]
    return {"calibration": len(held), "met": sum(v.verdict != MISSED for v in held)}
