"""A world saved at the end of a month, in one file without pickle: its scenario, its state, and what made them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from abm.errors import CheckpointError, ScenarioError
from abm.scenario import Scenario
from experiments.durable import whole_file
from experiments.provenance import model_version

if TYPE_CHECKING:
    from abm.model import RetirementModel

FORMAT = "double-bind checkpoint 1"
_STATE = "world/"


class Checkpoint(NamedTuple):
    """What a checkpoint file holds.

    Attributes:
        scenario: the scenario of the saved world.
        state: its lasting state, as `RetirementModel.state` gave it.
        month: label of the last month that the world had lived.
        version: the model version that saved it.
        own_savers: whether the world began with a user's table of savers.
    """

    scenario: Scenario
    state: dict[str, np.ndarray]
    month: str
    version: str
    own_savers: bool


def save_checkpoint(world: RetirementModel, path: str | Path) -> Path:
    """Save a world between two months; the file appears whole or not at all.

    Raises:
        CheckpointError: the state holds something that only a pickle could keep.
        ResultsError: the file cannot be written.
    """
    path = Path(path)
    state = {name: np.asarray(value) for name, value in world.state().items()}
    unfit = [name for name, value in state.items() if value.dtype.hasobject]
    if unfit:
        raise CheckpointError(f"This world cannot be saved: {', '.join(unfit)} hold Python objects.")
    head = {
        "format": FORMAT,
        "scenario.toml": world.scenario.to_toml(),
        "digest": world.scenario.digest(),
        "month": world.clock.label,
        "version": model_version(),
        "savers": "none" if world.savers_table is None else "own table",
    }
    entries = {name: np.array(text) for name, text in head.items()}
    entries |= {_STATE + name: value for name, value in state.items()}
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **entries)
    return path


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint and check that it fits this version of the model.

    Raises:
        CheckpointError: the file is missing or damaged, or its scenario means something else in this version.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            entries: dict[str, Any] = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise CheckpointError(f"The checkpoint {path} does not exist.") from None
    except Exception as problem:  # a damaged archive fails in a dozen ways, and none of them is ours
        raise CheckpointError(f"{path} is damaged or is no checkpoint: {problem}.") from problem
    if str(entries.get("format")) != FORMAT:
        raise CheckpointError(f"{path} is no checkpoint of this program.")
    try:
        scenario = Scenario.of(tomllib.loads(str(entries["scenario.toml"])), str(path))
    except ScenarioError as problem:
        raise CheckpointError(f"The scenario in {path} does not fit this version: {problem}") from problem
    if scenario.digest() != str(entries["digest"]):
        raise CheckpointError(
            f"{path} was saved by model version {entries['version']}, where other defaults held; "
            f"version {model_version()} cannot go on with it."
        )
    state = {name.removeprefix(_STATE): value for name, value in entries.items() if name.startswith(_STATE)}
    return Checkpoint(scenario, state, str(entries["month"]), str(entries["version"]), str(entries["savers"]) != "none")
