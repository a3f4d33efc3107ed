"""Many worlds into one folder, resumable: a world that is there is not run again, whatever stopped the last call.

Each world is one Parquet file, named by its content address, that appears whole or not at all. At the end all of them
are put together in `worlds.parquet`. `results/README.md` describes the folder for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from abm.errors import ResultsError
from abm.scenario import Scenario
from experiments.designs import Design
from experiments.durable import PARTIAL, arrow_table, read_arrow, whole_file, write_table, write_text
from experiments.provenance import commit, model_version, now, versions
from experiments.run import World, build, declared_columns, live
from experiments.workers import Crew, Failure, keep_going

FORMAT = "double-bind sweep 1"
ROW_GROUP = 100_000
_FAILED_COLUMNS = ("world", "tries", "error", "traceback")

README = """Many worlds of the double-bind model, one above the other in one table.

  worlds.parquet   every month of every world; the first columns say which world: its id, the levers that were
                   varied, its seed. Read it with pd.read_parquet("worlds.parquet"). Written when all worlds are done;
                   until then pd.read_parquet("worlds") opens those there are.
  worlds/          one file a world, named by a hash of scenario, seed and model version
  failed.csv       worlds that failed in the last call, with the error and its traceback
  columns.csv      every column with unit and label
  sweep.json       versions, commit, number of worlds
  *.toml           what was asked for; the same command goes on where it was stopped

The price levels in these tables are no forecast.
"""


class Task(NamedTuple):
    """What a worker needs to run one world."""

    id: str
    scenario: Scenario
    labels: dict[str, Any]
    folder: Path
    model: Callable[..., World] | None


class Swept(NamedTuple):
    """What a sweep came to.

    Attributes:
        folder: the sweep's folder.
        ran: worlds run by this call.
        there: worlds that were there before.
        failed: worlds that failed, one row each.
    """

    folder: Path
    ran: int
    there: int
    failed: pd.DataFrame

    def worlds(self) -> pd.DataFrame:
        """All worlds as one tidy table.

        Raises:
            ResultsError: every world failed.
        """
        if not (self.folder / "worlds.parquet").exists():
            raise ResultsError(
                f"Every world of {self.folder} failed; the first one with: {self.failed['error'].iloc[0]}"
            )
        return read_worlds(self.folder)


def sweep(
    design: Design,
    folder: str | Path,
    *,
    workers: int = 2,
    watch: Callable[[int], None] = lambda done: None,
    model: Callable[..., World] | None = None,
) -> Swept:
    """Run the worlds of a design that are not in the folder yet.

    Args:
        design: the worlds.
        folder: where they go; made when it does not exist.
        workers: processes at a time, one world and one thread each.
        watch: called with the number of worlds settled so far, those that were there included.
        model: the class of worlds, `abm.RetirementModel` when None; must be importable in a worker.

    Raises:
        ResultsError: the folder holds something else, another call is at work in it, or it cannot be written.
    """
    folder = Path(folder).absolute()
    _open_folder(folder, design)
    with _alone_in(folder):
        for place in (folder, folder / "worlds"):
            for leftover in place.glob(f".*{PARTIAL}*"):
                leftover.unlink()  # what was being written when the last call was killed
        missing = [world for world in design.worlds if not _file(folder, world.id).exists()]
        settled = len(design.worlds) - len(missing)
        failures: list[Failure] = []

        def settle(problem: Failure | None = None) -> None:
            nonlocal settled
            settled += 1
            if problem is not None:
                failures.append(problem)
                _write_failed(folder, tasks, failures)
            watch(settled)

        tasks = [Task(world.id, world.scenario, world.labels, folder, model) for world in missing]
        _write_failed(folder, tasks, [])
        watch(settled)
        Crew(run_task, tasks, workers, lambda index: settle(), settle).run()
        _compact(folder, design)
        failed = _write_failed(folder, tasks, failures)
    return Swept(folder, len(missing) - len(failures), len(design.worlds) - len(missing), failed)


def run_task(task: Task) -> None:
    """Run one world in a worker and leave its file."""
    world = live(build(task.scenario, model=task.model), keep_going)
    declared = [(column.name, column.unit, column.label) for column in declared_columns(world)["months"]]
    months = world.records.tables()["months"]
    for place, (name, value) in enumerate({"world": task.id, **task.labels}.items()):
        months.insert(place, name, value)
    if not (task.folder / "columns.csv").exists():
        labels = [("world", "", "Content address of the world"), *((name, "", "Varied") for name in task.labels)]
        table = pd.DataFrame([*labels, *declared], columns=["name", "unit", "label"])
        write_text(task.folder / "columns.csv", table.to_csv(index=False))
    write_table(_file(task.folder, task.id), arrow_table(months, declared))


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (folder / "sweep.json").is_file()


def read_worlds(folder: Path) -> pd.DataFrame:
    """All worlds of a finished sweep as one tidy table.

    Raises:
        ResultsError: the sweep was not finished, or the table is damaged.
    """
    if not (folder / "worlds.parquet").exists():
        raise ResultsError(f"The sweep in {folder} is not finished; the command that began it goes on with it.")
    return read_arrow(folder / "worlds.parquet").to_pandas()


def _file(folder: Path, world: str) -> Path:
    return folder / "worlds" / f"{world}.parquet"


def _open_folder(folder: Path, design: Design) -> None:
    """Make the folder, or make sure that it is this very sweep's.

    `sweep.json` comes first and says whose folder it is, so a call that was killed a moment later can go on as well.
    """
    facts = {
        "format": FORMAT,
        "name": design.name,
        "worlds": len(design.worlds),
        "design": design.address,
        "model_version": model_version(),
        "commit": commit(),
        "versions": versions(),
        "begun": now(),
    }
    try:
        if is_sweep(folder):
            _refuse_change(folder, facts)
        else:
            if folder.exists() and (not folder.is_dir() or any(PARTIAL not in path.name for path in folder.iterdir())):
                raise ResultsError(f"{folder} exists and holds something else than a sweep; give --out another folder.")
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / "sweep.json", json.dumps(facts, indent=2) + "\n")
        for name, text in {**design.texts, "README.txt": README}.items():
            if not (folder / name).exists():
                write_text(folder / name, text)
        (folder / "worlds").mkdir(exist_ok=True)
    except OSError as problem:
        raise ResultsError(f"Results cannot be written to {folder}: {problem.strerror or problem}.") from problem


def sweep_facts(folder: Path) -> dict[str, Any]:
    """What sweep.json says: versions, commit, design.

    Raises:
        ResultsError: it is damaged.
    """
    try:
        return json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ResultsError(f"{folder / 'sweep.json'} is damaged: {problem}.") from problem


def _refuse_change(folder: Path, facts: dict[str, Any]) -> None:
    before = sweep_facts(folder)
    if before.get("model_version") != facts["model_version"]:
        raise ResultsError(
            f"The sweep in {folder} was begun with model version {before.get('model_version')}, and this is "
            f"{facts['model_version']}: worlds of both would not be comparable. Give --out another folder."
        )
    if before.get("design") != facts["design"]:
        raise ResultsError(
            f"{folder} holds another sweep ({before.get('name')}, {before.get('worlds')} worlds), not the one asked "
            f"for ({facts['name']}, {facts['worlds']} worlds). Give --out another folder, or undo the change."
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder against a second call; the system lets go of it even if this one is killed."""
    try:
        import fcntl
    except ImportError:  # Windows: two calls at once would only do some work twice
        yield
        return
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ResultsError(f"Another call is at work in {folder}; wait for it or stop it.") from None
        yield


def _write_failed(folder: Path, tasks: list[Task], failures: list[Failure]) -> pd.DataFrame:
    rows = [
        {"world": tasks[failure.index].id, **tasks[failure.index].labels, **failure._asdict()} for failure in failures
    ]
    table = pd.DataFrame(rows).drop(columns="index") if rows else pd.DataFrame(columns=_FAILED_COLUMNS)
    write_text(folder / "failed.csv", table.to_csv(index=False))
    return table


def _compact(folder: Path, design: Design) -> None:
    """Put all worlds together in the order of the design, in row groups that read fast."""
    files = [file for world in design.worlds if (file := _file(folder, world.id)).exists()]
    if not files:
        return
    schema = read_arrow(files[0]).schema
    with (
        whole_file(folder / "worlds.parquet") as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        waiting: list[pa.Table] = []
        for file in files:
            waiting.append(read_arrow(file).cast(schema))
            if sum(table.num_rows for table in waiting) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
