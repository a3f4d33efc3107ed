"""What is typed after `abm` turned into scenarios, tables and levers, or refused in one sentence.

As in `cli.py`, what is heavy is imported inside the functions.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import Fault, InputError, ResultsError, ScenarioError, nearest
from experiments import scenarios_folder

if TYPE_CHECKING:
    from abm.participants.population import SaversTable
    from abm.scenario import Scenario
    from experiments.checkpoint import Checkpoint


def read_scenario(name: str, levers: dict[str, Any]) -> Scenario:
    """A scenario file, or a scenario of the project by its name, with some fields changed."""
    from abm.scenario import Scenario

    scenario = Scenario.from_toml(find(name))
    return scenario.with_values(levers, "command line") if levers else scenario


def find(name: str) -> Path:
    """A path as given, or a file of that name among the project's scenarios.

    Raises:
        InputError: a bare name that is neither.
    """
    if Path(name).exists() or Path(name).name != name or Path(name).suffix:
        return Path(name)
    shipped = {path.stem: path for path in sorted(scenarios_folder().glob("*.toml"))}
    if name in shipped:
        return shipped[name]
    near = nearest(name, shipped)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(shipped)}"
    raise InputError(
        "command line", [Fault("scenario", name, "no such file, and no scenario of the project", "", hint)]
    )


def reserve_file(path: Path) -> None:
    """Refuse a file to be written that is there already, or cannot be; said before the work starts.

    Raises:
        ResultsError: either of them.
    """
    from experiments.durable import partial_name

    if os.path.lexists(path):
        raise ResultsError(f"{path} exists already; give --out another file.")
    probe = partial_name(path, str(os.getpid()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise ResultsError(f"{path} cannot be written: {problem.strerror or problem}.") from problem


def refuse_old_checkpoints(folder: Path) -> None:
    """Refuse to write checkpoints over those of an earlier run.

    Raises:
        ResultsError: the folder holds some.
    """
    if any(folder.glob("*.npz")):
        raise ResultsError(
            f"{folder} holds checkpoints of an earlier run. Go on from one with --resume, give --out another folder, "
            "or --force to write over them."
        )


def read_levers(settings: list[str], **given: Any) -> dict[str, Any]:
    """Dotted fields and values from --set and the named options; a value reads as in TOML, else as a text."""
    levers: dict[str, Any] = {}
    for setting in settings:
        field, equals, text = setting.partition("=")
        if not equals or not field:
            raise ScenarioError("command line", [Fault("--set", setting, "must read FIELD=VALUE")])
        try:
            levers[field.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            levers[field.strip()] = text.strip()
    return levers | {name: value for name, value in given.items() if value is not None}


def refuse_with_resume(
    checkpoint: Checkpoint, scenario: str, participants_from: Path | None, levers: dict[str, Any]
) -> None:
    """Refuse what would make a saved world go on as another one."""
    from abm.clock import ordinal

    given = [*(["SCENARIO"] if scenario != "base" else []), *(field for field in levers if field != "months")]
    faults = []
    if given:
        faults.append(Fault("--resume", ", ".join(given), "cannot be changed in a saved world; only --months can"))
    if checkpoint.own_savers != (participants_from is not None):
        needed = "must be the table that the saved world began with" if checkpoint.own_savers else "must be left out"
        faults.append(Fault("--participants-from", participants_from, needed))
    lived = ordinal(checkpoint.month) - ordinal(checkpoint.scenario.start) + 1
    months = levers.get("months", lived)
    if isinstance(months, int) and months < lived:
        faults.append(Fault("--months", months, f"must be at least the {lived} already lived"))
    if faults:
        raise InputError("command line", faults)


def read_savers(file: Path, scenario: Scenario, given: int | None) -> tuple[SaversTable, Scenario]:
    """A user's table of savers, and the scenario with as many participants.

    Args:
        file: CSV or Parquet.
        scenario: what is to be run.
        given: participants asked for by name, which must then be as many as the table has.
    """
    from abm.participants.population import SaversTable

    savers = SaversTable.from_file(file)
    if given not in (None, len(savers)):
        raise InputError("command line", [Fault("--participants", given, f"must be the {len(savers)} rows of {file}")])
    return savers, scenario.but(participants=len(savers))


def count(number: int, noun: str) -> str:
    """A number and its noun: "1 world", "2 worlds"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
