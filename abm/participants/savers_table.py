"""A user's own table of savers: read, checked cell by cell, and seated in place of the drawn population.

Such savers keep the balances they come with: they live no simulated past, are not raked and begin without coins. What
the table leaves out is filled in by a stated rule and listed in `SaversTable.defaulted`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from abm.data import table
from abm.errors import Fault, SaversTableError, nearest
from abm.participants.kernels import person_normals, person_uniforms, primary_insurance_amount
from abm.participants.life import LifeParameters, age_table, social_security
from abm.streams import stream
from abm.vocabulary import BASIS_POINT, ENTRY_AGE, MONTHS_A_YEAR, Plan, Status

if TYPE_CHECKING:
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants


class Field(NamedTuple):
    """One column of a savers' table.

    Attributes:
        unit: unit or choices in words.
        low, high: closed range of a number.
        choices: words that are allowed, with the number each stands for; None for a number.
        default: how it is filled when the column is missing; None where it must be there.
    """

    unit: str
    low: float = 0.0
    high: float = np.inf
    choices: dict[str, int] | None = None
    default: str | None = None


_SEX = {"male": 0, "female": 1, "0": 0, "1": 1}
_PLAN = {"none": Plan.NONE, "401k": Plan.K401, "401(k)": Plan.K401, "403b": Plan.B403, "403(b)": Plan.B403}
_MANAGED = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
_STATUS = {status.name.lower(): int(status) for status in Status}

_WORDS = {"plan_kind": {int(code): word for word, code in reversed(_PLAN.items())}}
_USUAL_STATUS = "employed with a salary below 67, between_jobs without one below 62, else retired"

FIELDS: dict[str, Field] = {
    "age_years": Field("years", 22.0, 119.0),
    "salary_usd": Field("USD/year", 0.0, 1e9),
    "plan_kind": Field("plan", choices=_PLAN),
    "plan_balance_usd": Field("USD", 0.0, 1e10),
    "ira_balance_usd": Field("USD", 0.0, 1e10, default="0"),
    "deferral_rate": Field(
        "share of pay", 0.0, 1.0, default="Vanguard's average at the age, for the employed with a plan"
    ),
    "sex": Field("sex", choices=_SEX, default="drawn, half and half"),
    "status": Field("status", choices=_STATUS, default=_USUAL_STATUS),
    "tenure_years": Field("years", 0.0, 60.0, default="5"),
    "managed": Field(
        "1 in the target-date fund, else 0", choices=_MANAGED, default="drawn, two in three of those with a plan"
    ),
    "roth_share": Field("share of new deferrals", 0.0, 1.0, default="the default in force"),
    "plan_roth_share": Field("share of plan", 0.0, 1.0, default="0.1"),
    "ira_roth_share": Field("share of IRA", 0.0, 1.0, default="0.1"),
    "weight": Field("persons", 1e-9, 1e9, default="250 million persons over the rows"),
}
"""Every column a table may have; those without a default must be there."""

DERIVED = {
    "crypto in accounts": "none at the start",
    "employer": "drawn by size; provider, match and doors are the employer's",
    "ability": "from present pay over the age profile; drawn without pay",
    "Social Security record": "present pay up to the taxable maximum, every year from 22 to 67",
    "benefit": "on that record for the retired from full age, else none yet",
    "outside holding": "drawn by age, sex and ability",
    "trust": "drawn",
    "attention, thrift, mobility, lean, turnout": "drawn",
}
"""What no column can give, and how it comes about."""

YOUNGEST_WORKER = 14
"""Years of age before which nobody holds a job (29 CFR 570)."""
JOBLESS_RETIRE, WORKERS_RETIRE = 62.0, 67.0
"""Years of age from which those without and with a salary are taken for retired (42 USC 416(l): first and full age)."""
_SHOWN = 20
"""Faulty rows that are listed for a column; the rest are counted."""


@dataclass(frozen=True)
class SaversTable:
    """A checked table of savers.

    Attributes:
        values: column names to float64 arrays of shape (n,), the words as their numbers; given columns only.
        defaulted: "column: rule" for each column that the table left out, and for what no table can give.
        source: file name.
    """

    values: dict[str, np.ndarray]
    defaulted: tuple[str, ...]
    source: str = "table"

    def __len__(self) -> int:
        return len(self.values["age_years"])

    @classmethod
    def from_file(cls, path: str | Path) -> SaversTable:
        """Read a CSV or Parquet file.

        Raises:
            SaversTableError: the file cannot be read, or has faults; all of them are named, with their rows.
        """
        path = Path(path)
        try:
            frame, faults = (
                (pd.read_parquet(path), []) if path.suffix.lower() in (".parquet", ".pq") else _read_csv(path)
            )
        except (OSError, ValueError, ImportError, csv.Error) as problem:  # pandas and pyarrow errors are ValueErrors
            reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            raise SaversTableError(str(path), [Fault("file", str(path), f"cannot be read: {reason}")]) from None
        return cls._checked(frame, str(path), faults)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, source: str = "table") -> SaversTable:
        """Check a pandas frame; raises SaversTableError with every fault."""
        return cls._checked(frame, source, [])

    @classmethod
    def _checked(cls, frame: pd.DataFrame, source: str, faults: list[Fault]) -> SaversTable:
        """Check a frame in which `faults` were found already."""
        faults = faults + _wrong_columns(frame)
        values = {}
        for name, field in FIELDS.items():
            if list(frame.columns).count(name) == 1:
                values[name], wrong = _read(frame[name], name, field)
                faults += wrong
        if len(frame) == 0:
            faults.append(Fault("rows", 0, "must hold at least one saver"))
        faults += _contradictions(values)
        if faults:
            raise SaversTableError(source, faults)
        filled = {name: field.default for name, field in FIELDS.items() if name not in values} | DERIVED
        return cls(values, tuple(f"{name}: {rule}" for name, rule in filled.items()), source)


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """The cells of a CSV file as texts, and its rows that are longer than the header.

    The pandas reader takes the first column for an index when the rows are longer, so that each cell changes column.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader((line.partition("#")[0].rstrip() for line in file), skipinitialspace=True, strict=True)
        rows = [row for row in lines if len(row) > 1 or "".join(row).strip()]
    if not rows:
        raise ValueError("no columns")
    header, width = [name.strip() for name in rows[0]], len(rows[0])
    long = [(place, row[width:]) for place, row in enumerate(rows[1:], 1) if len(row) > width]
    allowed = f"cells too many, the header names {width} columns"
    hint = "numbers are written without thousands separators"
    faults = [Fault(f"row {place}", ",".join(rest), allowed, hint=hint) for place, rest in long[:_SHOWN]]
    if len(long) > _SHOWN:
        faults.append(Fault("rows", f"{len(long) - _SHOWN} more rows", allowed))
    cells = [row if len(row) == width else row[:width] + [""] * (width - len(row)) for row in rows[1:]]
    return pd.DataFrame(cells, columns=header, dtype=object), faults


def _wrong_columns(frame: pd.DataFrame) -> list[Fault]:
    """Columns that are unknown, given twice, or missing."""
    faults = []
    names = list(frame.columns)
    for name in dict.fromkeys(names):
        if name not in FIELDS:
            near = nearest(str(name), FIELDS)
            hint = f"did you mean {near!r}?" if near else "columns are " + ", ".join(FIELDS)
            faults.append(Fault(str(name), "a column", "no such column", hint=hint))
        elif names.count(name) > 1:
            faults.append(Fault(name, f"{names.count(name)} columns", "column must be given once"))
    for name, field in FIELDS.items():
        if field.default is None and name not in names:
            faults.append(Fault(name, None, "column must be given", hint="" if field.choices else f"in {field.unit}"))
    return faults


def _read(column: pd.Series, name: str, field: Field) -> tuple[np.ndarray, list[Fault]]:
    """One column as numbers, shape (n,), and what is wrong with it; rows are counted from 1 below the header."""
    texts = column.astype(str).str.strip()
    if field.choices is not None:
        codes = {word: float(code) for word, code in field.choices.items()}
        numbers = texts.str.lower().map(codes).to_numpy(dtype=np.float64)
        allowed = "must be one of " + ", ".join(field.choices)
    else:
        numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
        numbers = np.where((numbers >= field.low) & (numbers <= field.high), numbers, np.nan)
        top = f" to {field.high:g}" if np.isfinite(field.high) else " or more"
        allowed = f"must be a number from {field.low:g}{top}"
    wrong = np.flatnonzero(~np.isfinite(numbers))
    unit = "" if field.choices else field.unit
    faults = [Fault(f"row {row + 1}, {name}", texts.iloc[row], allowed, unit) for row in wrong[:_SHOWN]]
    if wrong.size > _SHOWN:
        faults.append(Fault(name, f"{wrong.size - _SHOWN} more rows", allowed, unit))
    return numbers, faults


def usual_status(age: np.ndarray, salary: np.ndarray) -> np.ndarray:
    """Status of savers whose table has no such column, shape (n,); NaN where age or salary is."""
    paid = salary > 0.0
    usual = np.where(paid, Status.EMPLOYED, Status.BETWEEN_JOBS).astype(np.float64)
    usual[age >= np.where(paid, WORKERS_RETIRE, JOBLESS_RETIRE)] = Status.RETIRED
    usual[np.isnan(age) | np.isnan(salary)] = np.nan
    return usual


def _contradictions(values: dict[str, np.ndarray]) -> list[Fault]:
    """Rows whose cells are each possible but not together; a cell that is itself faulty (NaN) contradicts nothing."""
    none = np.full(max((len(column) for column in values.values()), default=0), np.nan)
    names = ["age_years", "salary_usd", "plan_kind", "plan_balance_usd", "deferral_rate", "tenure_years", "managed"]
    age, salary, plan, balance, deferral, tenure, managed = (values.get(name, none) for name in names)
    status = values.get("status", usual_status(age, salary))
    idle, never = (status >= 0.0) & (status != Status.EMPLOYED), status == Status.NEVER_ATTACHED
    bare, working = plan == Plan.NONE, status == Status.EMPLOYED
    workless = "status is not employed" + ("" if "status" in values else f"; left out, it is {_USUAL_STATUS}")
    without, unattached = "plan_kind is none", "status is never_attached"
    found = (
        ("plan_balance_usd", balance, bare & (balance > 0.0), "must be 0", without),
        ("deferral_rate", deferral, bare & (deferral > 0.0), "must be 0", without),
        ("managed", managed, bare & (managed == 1.0), "must be 0", without),
        ("deferral_rate", deferral, ~bare & idle & (deferral > 0.0), "must be 0", workless),
        ("salary_usd", salary, working & (salary <= 0.0), "must be above 0", "status is employed"),
        ("salary_usd", salary, never & (salary > 0.0), "must be 0", unattached),
        ("plan_kind", plan, never & (plan > Plan.NONE), "must be none", unattached),
        ("tenure_years", tenure, tenure > age - YOUNGEST_WORKER, "must be at most the age less 14", ""),
    )
    faults = []
    for name, column, wrong, allowed, hint in found:
        rows = np.flatnonzero(wrong)
        unit, words = "" if FIELDS[name].choices else FIELDS[name].unit, _WORDS.get(name, {})
        for row in rows[:_SHOWN]:
            faults.append(
                Fault(f"row {row + 1}, {name}", words.get(column[row], float(column[row])), allowed, unit, hint)
            )
        if rows.size > _SHOWN:
            faults.append(Fault(name, f"{rows.size - _SHOWN} more rows", allowed, unit, hint))
    return faults


def seat_savers(
    people: Participants, savers: SaversTable, sponsors: Employers, life: LifeParameters, seed: int
) -> None:
    """Write a table's savers into the rows of a new population, filling in what the table leaves out."""
    given = savers.values
    age, salary = given["age_years"], given["salary_usd"]
    luck = person_uniforms(stream(seed, "savers.luck"), people.seat, people.generation, 0)
    people.age[:] = np.maximum(np.round(age * MONTHS_A_YEAR), ENTRY_AGE)
    people.sex[:] = given.get("sex", luck < 0.5)
    people.status[:] = given.get("status", usual_status(age, salary))
    people.salary[:] = salary
    people.plan[:] = given["plan_kind"]
    people.plan_core[:], people.ira_core[:] = given["plan_balance_usd"], given.get("ira_balance_usd", 0.0)
    employed = people.status == Status.EMPLOYED
    averages = table("balances_by_age")
    average = averages["deferral"][np.searchsorted(averages["from_age"], age, side="right") - 1]
    wanted = given.get("deferral_rate", average)
    elected = np.where(employed & (people.plan != Plan.NONE), wanted, 0.0)
    people.deferral_points[:] = np.round(elected / BASIS_POINT)
    people.tenure[:] = np.round(given.get("tenure_years", np.full(len(savers), 5.0)) * MONTHS_A_YEAR)
    managed = given.get(
        "managed", person_uniforms(stream(seed, "savers.managed"), people.seat, people.generation, 0) < 2 / 3
    )
    people.managed[:] = np.where(people.plan != Plan.NONE, managed, 0)
    people.roth_share = given.get("roth_share", -1.0)
    people.plan_roth[:], people.ira_roth[:] = given.get("plan_roth_share", 0.1), given.get("ira_roth_share", 0.1)
    if "weight" in given:
        people.weight[:] = given["weight"]
    jobs = np.cumsum(sponsors.size)
    place = person_uniforms(stream(seed, "savers.employer"), people.seat, people.generation, 0) * jobs[-1]
    people.employer[:] = np.where(
        people.status == Status.NEVER_ATTACHED, -1, np.minimum(np.searchsorted(jobs, place), len(jobs) - 1)
    )
    _past(people, life, seed)


def _past(people: Participants, life: LifeParameters, seed: int) -> None:
    """Ability and earnings record that fit the present pay: paid like this, by the age profile, since 22."""
    security = social_security(life)
    profile = age_table(life)["profile"][people.age]
    drawn = life.ability_spread * person_normals(stream(seed, "savers.ability"), people.seat, people.generation, 0)
    paid = people.salary > 0.0
    people.ability[:] = np.where(paid, np.log(np.where(paid, people.salary, 1.0) / life.peak_pay) - profile, drawn)
    years = np.minimum(people.age, 67 * MONTHS_A_YEAR) // MONTHS_A_YEAR - ENTRY_AGE // MONTHS_A_YEAR
    people.earnings_years[:] = np.where(people.status == Status.NEVER_ATTACHED, 0, years)
    counted = np.minimum(people.earnings_years, security["years_counted"])
    people.earnings_sum[:] = counted * np.minimum(people.salary, security["taxable_maximum"])
    draws = (people.status == Status.RETIRED) & (people.age >= security["full_age"] * MONTHS_A_YEAR)
    for row in np.flatnonzero(draws):
        people.benefit[row] = primary_insurance_amount(people.earnings_sum[row], security)
