"""Published tables as CSV; each file says in its first lines (#) where its figures come from and in which units."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

_FOLDER = Path(__file__).parent


@cache
def table(name: str) -> MappingProxyType[str, np.ndarray]:
    """A table of this folder by column.

    Args:
        name: file name without `.csv`, such as "mortality_2026".

    Returns:
        column names to read-only arrays, shape (rows,): float64 where every entry is a number, texts otherwise.
    """
    with open(_FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(line for line in file if not line.startswith("#"))
    columns = zip(*rows, strict=True)
    return MappingProxyType({column: _array(values) for column, values in zip(header, columns, strict=True)})


def value(name: str, entry: str) -> float:
    """One entry of a table with the columns name, value, unit: "oasdi_rate" of "tax_parameters", say."""
    entries = table(name)
    return float(entries["value"][list(entries["name"]).index(entry)])


def married_shares() -> np.ndarray:
    """Share of the married by sex (0 male, 1 female) and age in years, shape (2, 120): deaths and taxes read it."""
    rows = table("married_by_age")
    place = np.maximum(np.searchsorted(rows["from_age"], np.arange(120), side="right") - 1, 0)
    return np.stack([rows["male"][place], rows["female"][place]])


def source(name: str) -> str:
    """The header of a table: what it holds, its sources, its units."""
    with open(_FOLDER / f"{name}.csv", encoding="utf-8") as file:
        return "".join(line[1:].strip() + "\n" for line in file if line.startswith("#"))


def _array(values: Iterable[str]) -> np.ndarray:
    try:
        array = np.array(list(values), dtype=np.float64)
    except ValueError:
        array = np.array(list(values))
    array.setflags(write=False)
    return array
