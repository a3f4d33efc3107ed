"""A user's own file of daily prices of any asset: read, and refused with rows and reasons, or repaired when asked.

The file is a CSV with the columns `date` (a day such as 2024-03-01) and `price` (above zero), one row a day, oldest
first; others are ignored. Assets that never trade on Saturdays and Sundays may pause for up to four days (a long
weekend); all others need every day.

Repair never invents a price: bad rows are dropped, of two rows of a day the later is kept, rows are sorted, and the
return across a gap is left out. A file that is not daily cannot be repaired.
"""

from __future__ import annotations

import csv
import math
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from abm.errors import Fault, InputError, nearest

LEAST = 500
"""Fewest prices that a file must hold: moments of fewer days say next to nothing."""
_LONG_WEEKEND = 4
_SHOWN = 10


class Row(NamedTuple):
    """One price: line of the file (from 1), day, price."""

    line: int
    day: date
    price: float


class DailyReturns(NamedTuple):
    """Daily log returns of a price file.

    Attributes:
        returns: shape (days,). first, last: days of the first and the last price.
        repairs: what was repaired, in sentences.
    """

    returns: np.ndarray
    first: date
    last: date
    repairs: tuple[str, ...]


def read_prices(path: Path, window: str | None = None, repair: bool = False) -> DailyReturns:
    """Read a price file.

    Args:
        path: the CSV file. window: first and last month such as "2018-01..2026-07"; the whole file when left out.
        repair: mend what can be mended instead of refusing it.

    Raises:
        InputError: the file cannot be read, or has faults: all kinds are named, with the lines where they are.
    """
    rows, bad = _parse(path)
    faults = [*bad, *_doubles(rows), *_disorder(rows)]
    if faults and not repair:
        raise InputError(str(path), [*faults, *_gaps(_tidy(rows))])
    repairs = [str(fault) for fault in faults]
    kept = [row for row in _tidy(rows) if _within(row.day, window)]
    if len(kept) < LEAST:
        where = f" in {window}" if window else ""
        raise InputError(str(path), [Fault("price", len(kept), f"must be at least {LEAST} usable daily prices{where}")])
    steps = np.array([(later.day - row.day).days for row, later in pairwise(kept)])
    if np.median(steps) > 1.0:
        most = f"{np.median(steps):g} days apart"
        raise InputError(str(path), [Fault("date", most, "must be daily; this cannot be repaired")])
    gaps = _gaps(kept)
    if gaps and not repair:
        raise InputError(str(path), gaps)
    returns = np.diff(np.log([row.price for row in kept]))
    repairs += [f"{gap}; the return across it is left out" for gap in gaps]
    return DailyReturns(returns[steps <= _longest(kept)], kept[0].day, kept[-1].day, tuple(repairs))


def _parse(path: Path) -> tuple[list[Row], list[Fault]]:
    """Usable rows in the order of the file, and the faults of the others."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(str(path), [Fault("file", str(path), f"cannot be read as CSV: {problem}")]) from None
    header = [name.strip().lower() for name in lines[0]] if lines else []
    missing = [name for name in ("date", "price") if header.count(name) != 1]
    if missing:
        raise InputError(str(path), [_no_column(name, header) for name in missing])
    at_day, at_price, rows = header.index("date"), header.index("price"), []
    wrong: dict[str, list[str]] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        day_text, price_text = (cells[at].strip() if at < len(cells) else "" for at in (at_day, at_price))
        day, price = _day(day_text), _number(price_text)
        if day is None:
            wrong.setdefault("date must be a day such as 2024-03-01", []).append(f"line {number} ({day_text!r})")
        elif not (math.isfinite(price) and price > 0.0):
            wrong.setdefault("price must be a number above zero", []).append(f"line {number} ({price_text!r})")
        else:
            rows.append(Row(number, day, price))
    return rows, [_fault(reason, places) for reason, places in wrong.items()]


def _doubles(rows: list[Row]) -> list[Fault]:
    first: dict[date, int] = {}
    places = []
    for row in rows:
        if row.day in first:
            places.append(f"line {row.line} ({row.day}, as in line {first[row.day]})")
        first.setdefault(row.day, row.line)
    return [_fault("date must not come twice (repair keeps the later row)", places)] if places else []


def _disorder(rows: list[Row]) -> list[Fault]:
    places = [
        f"line {later.line} ({later.day} after {row.day})" for row, later in pairwise(rows) if later.day < row.day
    ]
    return [_fault("date must ascend (repair sorts)", places)] if places else []


def _gaps(rows: list[Row]) -> list[Fault]:
    longest = _longest(rows)
    places = [
        f"line {later.line} ({later.day}, {(later.day - row.day).days} days after the day before)"
        for row, later in pairwise(rows)
        if (later.day - row.day).days > longest
    ]
    return [_fault("date must not skip days", places)] if places else []


def _tidy(rows: list[Row]) -> list[Row]:
    """Rows by day, the later of two rows of a day."""
    return [by_day for _, by_day in sorted({row.day: row for row in rows}.items())]


def _longest(rows: list[Row]) -> int:
    """Days that may lie between two rows: one, or a long weekend where nothing ever trades on weekends."""
    return 1 if any(row.day.weekday() >= 5 for row in rows) else _LONG_WEEKEND


def _within(day: date, window: str | None) -> bool:
    first, _, last = (window or "0000-00..9999-99").partition("..")
    return first <= f"{day:%Y-%m}" <= last


def _day(text: str) -> date | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.date() if (moment.hour, moment.minute, moment.second) == (0, 0, 0) else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _no_column(name: str, header: list[str]) -> Fault:
    near = nearest(name, header)
    there = f"the file has {', '.join(header) or 'no columns'}"
    return Fault(name, None, "must be a column, once", hint=f"rename {near!r}" if near else there)


def _fault(reason: str, places: list[str]) -> Fault:
    """One fault for all rows with the same trouble; the first of them are listed."""
    field, _, allowed = reason.partition(" ")
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return Fault(field, f"{', '.join(places[:_SHOWN])}{more}", allowed)
