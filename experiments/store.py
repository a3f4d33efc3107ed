"""The results folder of one run: the only file that knows what it looks like.

A folder is drafted as a hidden sibling, filled, flushed, and renamed as a whole: what carries its name is whole.
`results/README.md` describes the grammar for people.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import tomli_w

from abm.errors import ResultsError
from abm.scenario import Scenario
from experiments.durable import PARTIAL, arrow_table, flush, partial_name, read_table, sha256, write_table, write_text

FORMAT = "double-bind run 1"
SUMS = "SHA256SUMS"
TABLES = {
    "months": "one row a month: market, doors, savers, politics, treasury, outcomes",
    "days": "one row a market day, 30 a month",
    "panel": "the same sample of savers, month after month",
    "savers": "all savers at the end of the run",
    "transactions": "the books: what each sector received (+) or paid (-) by month and kind of flow",
    "events": "what happened, in sentences: rules, elections, rescues, incidents, suits, shocks",
    "outcomes": "each December, how savers fare: by cohort, sex, size of employer, decile of lifetime income",
}


class Declared(Protocol):
    """A column that is declared once: `abm.records.Recorded`."""

    name: str
    unit: str
    label: str


class Draft:
    """A results folder in the making.

    Attributes:
        target: the folder that it becomes.
        work: the hidden sibling in which it is written.
    """

    def __init__(self, target: Path, work: Path) -> None:
        self.target, self.work = target, work

    def publish(
        self,
        tables: Mapping[str, pd.DataFrame],
        columns: Mapping[str, Iterable[Declared]],
        scenario: Scenario,
        facts: Mapping[str, Any],
        pictures: Mapping[str, bytes] | None = None,
    ) -> Run:
        """Write everything and give the folder its name.

        Args:
            tables: data frames by table name.
            columns: the declared columns of each table.
            scenario: the scenario that the world lived.
            facts: what else is to be known of the run: versions, seed, times, warnings; goes to run.json.
            pictures: PNG files by name.

        Raises:
            ResultsError: a column was not declared, or the folder cannot be written.
        """
        try:
            self._write(tables, columns, scenario, facts, pictures or {})
            aside = partial_name(self.target, f"replaced-{uuid.uuid4().hex[:8]}")
            replaced = os.path.lexists(self.target)
            if replaced:
                _refuse_foreign(self.target)  # once more: the run may have taken hours
                self.target.rename(aside)
            self.work.rename(self.target)
            flush(self.target.parent)
            if replaced:
                shutil.rmtree(aside)
        except OSError as problem:
            raise _unwritable(self.target, problem) from problem
        return open_run(self.target)

    def _write(
        self,
        tables: Mapping[str, pd.DataFrame],
        columns: Mapping[str, Iterable[Declared]],
        scenario: Scenario,
        facts: Mapping[str, Any],
        pictures: Mapping[str, bytes],
    ) -> None:
        for name, frame in tables.items():
            declared = {column.name: (column.name, column.unit, column.label) for column in columns[name]}
            unknown = [column for column in frame.columns if column not in declared]
            if unknown:
                raise ResultsError(f"Columns of {name} without a declaration: {', '.join(unknown)}.")
            write_table(self.work / f"{name}.parquet", arrow_table(frame, declared.values()))
        parameters = scenario.parameters.model_dump(mode="json", exclude_none=True)
        facts = {"format": FORMAT, "name": scenario.name, "seed": scenario.seed, "digest": scenario.digest()} | dict(
            facts
        )
        write_text(self.work / "scenario.toml", scenario.to_toml())
        write_text(self.work / "parameters.toml", tomli_w.dumps(parameters))
        write_text(self.work / "run.json", json.dumps(facts, indent=2) + "\n")
        write_text(self.work / "columns.csv", _columns_csv(columns))
        write_text(self.work / "README.txt", _readme(scenario, facts, sorted(pictures)))
        for name, content in pictures.items():
            (self.work / name).write_bytes(content)
            flush(self.work / name)
        files = sorted(path for path in self.work.iterdir() if path.is_file())
        write_text(self.work / SUMS, "".join(f"{sha256(path)}  {path.name}\n" for path in files))
        flush(self.work)


class Run:
    """A results folder read back; tables are read when they are asked for, and checked then.

    Attributes:
        path: the folder.
        facts: run.json as a dictionary: versions, seed, digest, times, warnings.
    """

    def __init__(self, path: Path, sums: Mapping[str, str]) -> None:
        self.path, self._sums = path, sums
        self.facts: dict[str, Any] = json.loads(self._checked("run.json").read_text(encoding="utf-8"))

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return Scenario.from_toml(self._checked("scenario.toml"))

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row a month."""
        return self._table("months")

    @cached_property
    def days(self) -> pd.DataFrame:
        """One row a market day."""
        return self._table("days")

    @cached_property
    def panel(self) -> pd.DataFrame:
        """One row a followed saver and month."""
        return self._table("panel")

    @cached_property
    def savers(self) -> pd.DataFrame:
        """One row a saver, at the end of the run."""
        return self._table("savers")

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """One row a month, sector and kind of flow."""
        return self._table("transactions")

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event."""
        return self._table("events")

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row a December, group and measure."""
        return self._table("outcomes")

    @cached_property
    def columns(self) -> pd.DataFrame:
        """Every column with table, name, unit and label."""
        return pd.read_csv(self._checked("columns.csv"), keep_default_na=False)

    def verify(self) -> None:
        """Check every file against its SHA-256.

        Raises:
            ResultsError: a file has changed since it was written.
        """
        for name in self._sums:
            self._checked(name)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _table(self, name: str) -> pd.DataFrame:
        return read_table(self._checked(f"{name}.parquet"))

    def _checked(self, name: str) -> Path:
        path = self.path / name
        if sha256(path) != self._sums.get(name):
            raise ResultsError(f"{path} has changed since it was written: its SHA-256 differs from the one in {SUMS}.")
        return path


def open_run(path: str | Path) -> Run:
    """Open a results folder.

    Raises:
        ResultsError: there is no such folder, it is not whole, or this program did not write it.
    """
    path = Path(path)
    if not path.is_dir():
        raise ResultsError(f"There is no results folder {path}.")
    if PARTIAL in path.name:
        raise ResultsError(f"{path} is the unfinished draft of a run that was stopped; it holds no results.")
    sums = _sums(path)
    missing = [name for name in sums if not (path / name).is_file()]
    if "run.json" not in sums or missing:
        lacking = ", ".join(missing) or ("run.json" if sums else SUMS)
        raise ResultsError(f"{path} is no whole results folder: it lacks {lacking}.")
    return Run(path, sums)


def default_folder(parent: Path, scenario: Scenario, savers_file: Path | None = None) -> Path:
    """Where a run goes when nobody says: `parent/name-seed-digest`, the same for the same world.

    Args:
        parent: the folder of runs.
        scenario: what is run.
        savers_file: a user's own table of savers, which is part of the world.
    """
    address = scenario.digest() + (sha256(savers_file) if savers_file else "")
    return parent / f"{scenario.name}-{scenario.seed}-{hashlib.blake2b(address.encode(), digest_size=4).hexdigest()}"


def is_run(path: Path) -> bool:
    """Whether a path is a results folder of one run."""
    return (path / "run.json").is_file() and (path / SUMS).is_file()


@contextmanager
def draft(target: str | Path, *, force: bool = False) -> Iterator[Draft]:
    """Reserve a results folder before a run starts; what was not published is gone after the block.

    Args:
        target: the folder to become; its parents are made.
        force: replace an earlier run of that name. Only a folder in which this program wrote every file is replaced.

    Raises:
        ResultsError: the folder exists, or its place cannot be written to.
    """
    target = Path(os.path.abspath(target))
    if os.path.lexists(target):
        if not force:
            raise ResultsError(
                f"{target} exists already. Give --out another folder, or --force to replace the run in it."
            )
        _refuse_foreign(target)
    work = partial_name(target, uuid.uuid4().hex[:8])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work.mkdir()
    except OSError as problem:
        raise _unwritable(target, problem) from problem
    try:
        yield Draft(target, work)
    finally:
        if work.exists():
            shutil.rmtree(work, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    """Raise ResultsError unless a folder holds nothing but what this program wrote."""
    if target.is_symlink() or not target.is_dir():
        raise ResultsError(f"{target} exists and is no folder of results; it is left as it is.")
    foreign = sorted({path.name for path in target.iterdir()} - {SUMS, *_sums(target)})
    if foreign:
        raise ResultsError(f"{target} holds {', '.join(foreign[:3])}, which this program did not write; it stays.")


def _sums(path: Path) -> dict[str, str]:
    try:
        lines = (path / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _unwritable(target: Path, problem: OSError) -> ResultsError:
    return ResultsError(f"Results cannot be written to {target}: {problem.strerror or problem}.")


def _columns_csv(columns: Mapping[str, Iterable[Declared]]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("table", "name", "unit", "label"))
    rows.writerows((table, column.name, column.unit, column.label) for table in columns for column in columns[table])
    return text.getvalue()


def _noted(title: str, entries: Iterable[str]) -> str:
    """A list under its title, after an empty line; nothing when there are no entries."""
    lines = "".join(f"  {entry}\n" for entry in entries)
    return f"\n{title}\n{lines}" if lines else ""


def _readme(scenario: Scenario, facts: Mapping[str, Any], pictures: list[str]) -> str:
    """What the folder says of itself to a reader who has nothing else."""
    savers = facts.get("participants", scenario.participants)
    table = " --participants-from FILE (see savers_file in run.json)" if facts.get("savers_file") else ""
    files = {f"{name}.parquet": meaning for name, meaning in TABLES.items()} | {
        "columns.csv": "every column of every table: unit and label",
        "scenario.toml": "what was chosen: size, horizon, seed, dated levers, dials, loops, shocks",
        "parameters.toml": "every estimated constant as it stood in this run",
        "run.json": "versions, seed, digest, commit, times, peak memory, warnings, what was filled in or never reached",
        **dict.fromkeys(pictures, "the loop at a glance"),
        SUMS: "SHA-256 of every file; check with: sha256sum -c SHA256SUMS",
    }
    lines = "\n".join(f"  {name:<22}{meaning}" for name, meaning in files.items())
    notes = _noted("Not in the table of savers, filled in: column: rule", facts.get("defaulted_columns", []))
    notes += _noted("Dated after the last month, never reached", facts.get("never_reached", []))
    return f"""One world of the double-bind model: what happens when US retirement plans may hold crypto.

Scenario: {scenario.name}. {scenario.description}
{scenario.months} months from {scenario.start}, {savers} savers, seed {scenario.seed}.
The price levels in these tables are no forecast.
{notes}
Files
{lines}

Read it
  import pandas as pd
  months = pd.read_parquet("months.parquet")
or, with every file checked, experiments.store.open_run("this folder").months

Run it again
  abm run scenario.toml{table} --out ANOTHER_FOLDER
"""
