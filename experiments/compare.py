"""Two sides, A and B, each a scenario to run or results to read, brought to paired effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from abm.errors import Fault, InputError, ResultsError
from abm.scenario import Scenario
from experiments.designs import Design, pair
from experiments.effects import paired_effects
from experiments.outcomes import outcomes_by_seed
from experiments.provenance import model_version
from experiments.store import is_run, open_run
from experiments.sweep import Swept, is_sweep, read_worlds, sweep, sweep_facts

_GRID_FREE = {"world", "seed", "side"}


class Side(NamedTuple):
    """One side of a comparison: a scenario that is still to be run, or worlds that were.

    Attributes:
        name: what it is called.
        scenario: what to run; None when `worlds` holds results.
        worlds: months tables one above the other, with a column `seed`; None when they are to be run.
        version: the model version that made the worlds, or will.
    """

    name: str
    scenario: Scenario | None
    worlds: pd.DataFrame | None
    version: str


def read_sides(a: Path, b: Path, levers: Mapping[str, Any]) -> tuple[Side, Side]:
    """Both sides, the scenarios among them with some fields changed.

    Args:
        a, b: as in `read_side`.
        levers: dotted fields to change.

    Raises:
        InputError: as in `read_side`, or fields are to be changed where both sides are results.
    """
    sides = read_side(a), read_side(b)
    if levers and all(side.scenario is None for side in sides):
        raise InputError("comparison", [Fault("--" + name, levers[name], "cannot change results") for name in levers])
    return tuple(
        side._replace(scenario=side.scenario.with_values(levers, "command line")) if side.scenario else side
        for side in sides
    )


def other_versions(a: Side, b: Side) -> str:
    """A sentence of warning where the sides were not lived by the same model; empty otherwise."""
    if a.version == b.version:
        return ""
    return (
        f"{a.name} is of model version {a.version}, {b.name} of {b.version}: the differences hold that of the models."
    )


def read_side(path: Path) -> Side:
    """A side from a scenario file, from the folder of a run, or from the folder of a sweep over seeds.

    Raises:
        InputError: the scenario has faults, or the sweep varies more than the seed.
        ResultsError: the folder holds no whole results.
    """
    if not path.is_dir():
        scenario = Scenario.from_toml(path)
        return Side(scenario.name, scenario, None, model_version())
    if is_sweep(path):
        worlds = read_worlds(path)
        varied = list(worlds.columns[: worlds.columns.get_loc("month")].difference(_GRID_FREE))
        if varied or "side" in worlds:
            axes = ", ".join(varied or ["side"])
            raise InputError(str(path), [Fault("sweep", axes, "must vary nothing but the seed to be one side")])
        return Side(path.name, None, worlds, sweep_facts(path)["model_version"])
    if is_run(path):
        run = open_run(path)
        worlds = run.months.assign(seed=run.scenario.seed)
        return Side(path.resolve().name, None, worlds, run.facts["model_version"])
    raise ResultsError(f"{path} holds no results: neither those of a run nor those of a sweep.")


def compare(
    a: Side,
    b: Side,
    seeds: Sequence[int],
    folder: Path,
    *,
    workers: int = 2,
    watch: Callable[[int], None] = lambda done: None,
    model: Any = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run what is still to be run and take the paired effects of B against A.

    Args:
        a, b: the sides. When one of them holds results, its seeds are taken, and `seeds` is not used.
        seeds: seeds for scenarios.
        folder: where worlds that are run are kept; a second call finds them there.
        workers, watch, model: as in `sweep`.

    Returns:
        The effects (see `paired_effects`), and the worlds that failed.

    Raises:
        InputError: the sides share no seed, or cover different months.
        ResultsError: every world of a side failed.
    """
    failed = pd.DataFrame()
    design = plan(a, b, seeds)
    if design is not None:
        swept = sweep(design, folder, workers=workers, watch=watch, model=model)
        failed = swept.failed
        a, b = _filled(a, "A", swept), _filled(b, "B", swept)
    months = [list(side.worlds["month"].unique()) for side in (a, b)]
    if months[0] != months[1]:
        spans = [f"{len(labels)} months from {labels[0]}" for labels in months]
        raise InputError("comparison", [Fault("months", spans[1], f"must be those of the other side, {spans[0]}")])
    return paired_effects(outcomes_by_seed(a.worlds), outcomes_by_seed(b.worlds)), failed


def plan(a: Side, b: Side, seeds: Sequence[int]) -> Design | None:
    """The worlds that a comparison has to run; None when both sides hold results."""
    if a.scenario is not None and b.scenario is not None:
        return pair(a.scenario, b.scenario, seeds)
    for side, other, label in ((a, b, "A"), (b, a, "B")):
        if side.scenario is not None:
            taken = [int(seed) for seed in other.worlds["seed"].unique()]
            both = pair(side.scenario, side.scenario, taken)
            worlds = tuple(world for world in both.worlds if world.labels["side"] == label)
            return Design(f"{a.name}-vs-{b.name}", worlds, {f"{label.lower()}.toml": side.scenario.to_toml()})
    return None


def _filled(side: Side, label: str, swept: Swept) -> Side:
    if side.scenario is None:
        return side
    worlds = swept.worlds()
    worlds = worlds[worlds["side"] == label]
    if not worlds.empty:
        return side._replace(worlds=worlds)
    error = swept.failed["error"].iloc[0]
    raise ResultsError(f"Every world of {side.name} failed; the first one with: {error}")
