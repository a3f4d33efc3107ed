"""One world, from its scenario to its results folder."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from abm.scenario import Scenario
from experiments.checkpoint import Checkpoint, save_checkpoint
from experiments.durable import sha256
from experiments.provenance import commit, model_version, now, peak_memory_mb, versions
from experiments.report import loop_picture
from experiments.store import Run, draft

if TYPE_CHECKING:
    from abm.participants.population import SaversTable

Watch = Callable[[Any], None]
"""Called with the world when it is built and after each month."""


class World(Protocol):
    """What is asked of a world; `abm.RetirementModel` is one."""

    scenario: Scenario
    clock: Any
    people: Any
    records: Any

    def step(self) -> None:
        """Live one month."""

    def state(self) -> Mapping[str, Any]:
        """Everything that lasts, as arrays."""


def retirement_model() -> type:
    """The model's class; imported late, since it brings Mesa and Numba."""
    from abm.model import RetirementModel

    return RetirementModel


def build(
    scenario: Scenario,
    savers: SaversTable | None = None,
    checkpoint: Checkpoint | None = None,
    model: Callable[..., World] | None = None,
) -> World:
    """Build a world from a scenario, or wake the one in a checkpoint.

    Args:
        scenario: what to live; with a checkpoint, it may differ from the saved one in its horizon only.
        savers: a user's own table of savers.
        checkpoint: the saved world to go on with; of a world that began with `savers`, they are needed again.
        model: the class of worlds; `abm.RetirementModel` when None.
    """
    model = model or retirement_model()
    if checkpoint is not None:
        moved = {"digest": np.array(scenario.digest())}  # the horizon may be another one
        return model.resume(scenario, checkpoint.state | moved, savers)
    return model(scenario, savers)


def live(world: World, watch: Watch = lambda world: None) -> World:
    """Move a world to the end of its scenario.

    Args:
        world: a built world.
        watch: called with the world now and after each month.
    """
    watch(world)
    while world.clock.month + 1 < world.scenario.months:
        world.step()
        watch(world)
    return world


def watches(*all_of_them: Watch) -> Watch:
    """Several watches as one."""

    def watch(world: Any) -> None:
        for each in all_of_them:
            each(world)

    return watch


def checkpoints_every(months: int, folder: Path) -> Watch:
    """A watch that saves the world each so many months, as `folder/2030-12.npz`."""

    def watch(world: Any) -> None:
        lived = world.clock.month + 1
        if lived and lived % months == 0:
            folder.mkdir(parents=True, exist_ok=True)
            save_checkpoint(world, folder / f"{world.clock.label}.npz")

    return watch


def run_to_folder(
    scenario: Scenario,
    target: str | Path,
    *,
    savers: SaversTable | None = None,
    savers_file: Path | None = None,
    checkpoint: Checkpoint | None = None,
    force: bool = False,
    watch: Watch = lambda world: None,
    model: Callable[..., World] | None = None,
) -> Run:
    """Run a world and leave its results folder; a stopped or failed run leaves none.

    Args:
        scenario, savers, checkpoint, model: as in `build`.
        target: the folder to make.
        savers_file: where `savers` was read from; its SHA-256 goes into run.json.
        force: replace an earlier run in that folder.
        watch: called with the world when it is built and after each month.

    Raises:
        ResultsError: the folder exists or cannot be written; said before the run starts.
    """
    with draft(target, force=force) as folder:
        started, clock = now(), time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            world = live(build(scenario, savers, checkpoint, model), watch)
        tables = world.records.tables()
        facts = {
            "participants": len(world.people),
            "model_version": model_version(),
            "commit": commit(),
            "versions": versions(),
            "started": started,
            "finished": now(),
            "seconds": round(time.perf_counter() - clock, 2),
            "peak_memory_mb": peak_memory_mb(),
            "warnings": [f"{entry.category.__name__}: {entry.message}" for entry in caught],
            "savers_file": _file_facts(savers_file),
            "defaulted_columns": list(savers.defaulted) if savers is not None else [],
            "never_reached": list(world.scenario.never_reached),
            "resumed_after": checkpoint.month if checkpoint else None,
        }
        pictures = {"loop.png": loop_picture(tables["months"], title(scenario))}
        return folder.publish(tables, declared_columns(world), world.scenario, facts, pictures)


def title(scenario: Scenario) -> str:
    """A run in one line: "base, 120 months from 2026-01, 20000 savers, seed 1"."""
    size = f"{scenario.months} months from {scenario.start}, {scenario.participants} savers"
    return f"{scenario.name}, {size}, seed {scenario.seed}"


def declared_columns(world: World) -> Mapping[str, Any]:
    """The declared columns of a world's tables, beside the class of its records."""
    return sys.modules[type(world.records).__module__].COLUMNS


def _file_facts(path: Path | None) -> dict[str, Any] | None:
    return None if path is None else {"path": str(path), "sha256": sha256(path)}
