"""Populations: all agents of one kind, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mesa
import numpy as np

from abm.columns.agents import RowAgent, column
from abm.columns.sets import IDENTITY, RowSet
from abm.errors import CheckpointError
from abm.state import Stateful

_NOBODY = np.iinfo(IDENTITY["seat"]).max
"""A seat past all others: that of the sparse table's last record."""


class Population[A: RowAgent](RowSet[A], Stateful):
    """All agents of one kind: owns their columns, in ascending order of seat.

    Columns are the fields of one array of records, so that a rule that moves a row finds all of it side by side.
    `people.age` is the memory of that column itself, a view with gaps: kernels read and write it in place, unchecked.

    Sparse columns have a table beside the records, with a record for every row where one of them is not its default.
    Their `people.coins` is a copy of shape (n,) that cannot be written in place: set it whole, or use `write`.

    Attributes:
        records: all columns but sparse ones, structured array of shape (n,), largest types first; compiled rules take
            `records[i]`.
        sparse: `seat` and the sparse columns, structured array in ascending order of seat. The last record, of a seat
            that nobody has, holds the defaults for good: compiled rules take it for whoever has no record of his own.
        seat: number of each row's seat, int32, shape (n,); fixed for the row's life, never given again.
        generation: how many persons had the seat before, int8, shape (n,).
        first_id: Mesa's `unique_id` of seat 0.
        next_seat: no seat from here on has been given yet.
        layout: rises whenever rows come or go, so that whoever keeps row numbers can notice.

    Args:
        model: the world, whose `adopt` makes the rows agents of the world; None for rows without one.
        agent_type: the class that declares the columns.
        size: number of rows, filled with the columns' defaults.
    """

    STATE = ("first_id", "next_seat", "layout")
    model = None  # an attribute here, a property of subsets
    records = sparse = np.empty(0)
    sparse_names = ()
    _rows = slice(None)

    def __init__(self, model: mesa.Model | None, agent_type: type[A], size: int) -> None:
        self.model, self.first_id, self.next_seat, self.layout, self._epoch = model, 1, int(size), 0, 0
        self.columns: dict[str, column] = {
            name: declared
            for kind in reversed(agent_type.__mro__)
            for name in vars(kind)
            if isinstance(declared := getattr(agent_type, name, None), column)
        }
        taken = [name for name in self.columns if any(hasattr(own, name) for own in (self, RowAgent))]
        if taken:
            raise TypeError(f"{agent_type.__name__} declares columns with names that Mesa uses: {', '.join(taken)}.")
        self.agent_type = agent_type
        self.sparse_names = tuple(name for name, each in self.columns.items() if each.sparse)
        fields = {name: each.dtype for name, each in self.columns.items()}
        beside = {name: fields.pop(name) for name in self.sparse_names}
        self._dtype = _record(IDENTITY | fields)
        records = np.zeros(size, self._dtype)
        records["seat"] = np.arange(size)
        for name in fields:
            records[name] = self.columns[name].fit(self.columns[name].default)
        self._lay(records)
        self._nothing = np.zeros(1, _record({"seat": IDENTITY["seat"]} | beside))
        self._nothing["seat"] = _NOBODY
        for name in beside:
            self._nothing[name] = self.columns[name].fit(self.columns[name].default)
        self._lay_sparse(self._nothing)

    population = property(lambda self: self)

    # Rows come and go

    def add(self, **columns: Any) -> A:
        """Append one row; columns not named take their defaults. Every call copies the arrays: for many rows, `extend`.

        Raises:
            InputError: a column cannot hold its value.
        """
        return self.extend(1, **columns)[0]

    def extend(self, count: int, **columns: Any) -> RowSet[A]:
        """Append `count` rows; each column is one value for all or an array of shape (count,)."""
        values = self._fit({name: declared.default for name, declared in self.columns.items()} | columns)
        first = self.next_seat
        if self._adopted:  # seats follow Mesa's counter, so that ids stay unique among all agents
            first = max(first, self.model.agent_id_counter - self.first_id)
        tail = np.zeros(count, self._dtype)
        tail["seat"] = np.arange(first, first + count)
        beside = {name: values.pop(name) for name in self.sparse_names}
        for name, value in values.items():
            tail[name] = value
        self.next_seat, self.layout = first + count, self.layout + 1
        self._reserve_ids()
        self._lay(np.concatenate([self.records, tail]))
        newcomers = RowSet(self, np.arange(len(self) - count, len(self)))
        self._scatter(newcomers.rows, beside)
        return newcomers

    def remove(self, which: A | RowSet[A] | int | np.ndarray) -> None:
        """Remove rows from the world: an agent, a subset, row numbers or a mask. The others close up, in order."""
        stay = np.ones(len(self), dtype=bool)
        stay[self._places_of(which)] = False
        self.layout += 1
        table = self.sparse[np.append(stay[self._sparse_rows()], True)]
        self._lay(self.records[stay])
        self._lay_sparse(table)

    def discard(self, agent: A) -> None:
        """Remove an agent from the world if it is still there."""
        if agent in self:
            self.remove(agent)

    def renew(self, which: A | RowSet[A] | int | np.ndarray) -> None:
        """The persons of these rows have died and others have taken their seats; views of the dead stop working."""
        self.generation[self._places_of(which)] += 1
        self._epoch += 1

    # State

    def state(self) -> dict[str, np.ndarray]:
        """Copies of every column, of seat and generation, and of the counters."""
        return super().state() | {name: self._column(name).copy() for name in (*IDENTITY, *self.columns)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what `state` returned, whatever the number of rows now.

        Raises:
            CheckpointError: a column is missing, or has another type or length than it should.
        """
        kind = self.agent_type.__name__
        fields = IDENTITY | {name: each.dtype for name, each in self.columns.items()}
        lacking = [name for name in fields if name not in kept]
        if lacking:
            raise CheckpointError(f"The checkpoint lacks column {lacking[0]!r} of {kind}.")
        records = np.empty(np.shape(kept["seat"]), self._dtype)
        arrays = {name: np.asarray(kept[name]) for name in fields}
        for name, wanted in fields.items():
            if arrays[name].dtype != wanted or arrays[name].shape != records.shape:
                raise CheckpointError(
                    f"Column {name!r} of {kind} is {arrays[name].dtype} of shape {arrays[name].shape}, "
                    f"not {wanted} of shape {records.shape}."
                )
        for name in self._dtype.names:
            records[name] = arrays[name]
        super().restore(kept)
        self._reserve_ids()
        self._lay(records)
        self._lay_sparse(self._nothing)
        self._scatter(slice(None), {name: arrays[name] for name in self.sparse_names})

    def __getstate__(self) -> dict[str, Any]:
        """Without the views of the records, which would come back as arrays of their own."""
        return {name: value for name, value in self.__dict__.items() if name != "_arrays"}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._arrays = {name: self.records[name] for name in self.records.dtype.names}

    # What a population does otherwise than its subsets

    @property
    def _adopted(self) -> bool:
        return getattr(self.model, "_agents_by_type", {}).get(self.agent_type) is self

    def _reserve_ids(self) -> None:
        """Keep Mesa from giving the ids of these rows to others."""
        if self._adopted:
            self.model.agent_id_counter = max(self.model.agent_id_counter, self.first_id + self.next_seat)

    def _lay(self, records: np.ndarray) -> None:
        """Put new records in place; subsets and views find their rows anew."""
        self.records, self._epoch = records, self._epoch + 1
        self._arrays = {name: records[name] for name in records.dtype.names}
        self._size = len(records)
        self._gapless = self._size == 0 or self.seat.item(-1) == self._size - 1  # then a seat is a row number

    def _fit(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values as the columns of these names can hold them."""
        unknown = given.keys() - self.columns.keys()
        if unknown:
            raise AttributeError(f"{self.agent_type.__name__} has no column {', '.join(sorted(unknown))}.")
        return {name: self.columns[name].fit(value) for name, value in given.items()}

    def _column(self, name: str) -> np.ndarray | None:
        """A column over all rows: its memory, or of a sparse one a copy that cannot be written; None for no column."""
        array = self._arrays.get(name)
        if array is not None or name not in self.sparse_names:
            return array
        dense = np.full(len(self), self._nothing[name][0])
        dense[self._sparse_rows()] = self.sparse[name][:-1]
        dense.flags.writeable = False
        return dense

    # The sparse table

    def _lay_sparse(self, table: np.ndarray) -> None:
        """Put a new table in place, without the records that hold only defaults."""
        held = table["seat"] == _NOBODY
        for name in self.sparse_names:
            held |= table[name] != self._nothing[name]
        self.sparse = table[held]
        self._sparse_seats = np.ascontiguousarray(self.sparse["seat"])  # quicker to search than a view with gaps

    def _sparse_rows(self) -> np.ndarray:
        """Row of each record of the table but the last, int, shape (m,)."""
        seats = self._sparse_seats[:-1]
        return seats if self._gapless else self.seat.searchsorted(seats)

    def _sparse_item(self, name: str, row: int) -> Any:
        """A row's value of a sparse column."""
        seat = self.seat.item(row)
        place = int(self._sparse_seats.searchsorted(seat))
        return self.sparse[name].item(place if self._sparse_seats.item(place) == seat else -1)

    def _scatter(self, rows: np.ndarray | slice, given: Mapping[str, Any]) -> None:
        """Write sparse columns of some rows or of all; each value, which must fit, is one for all or one a row."""
        if isinstance(rows, slice):  # few of all rows have a record or are given one
            given = {name: np.broadcast_to(value, len(self)) for name, value in given.items()}
            some = np.zeros(len(self), dtype=bool)
            some[self._sparse_rows()] = True
            for name, value in given.items():
                some |= value != self._nothing[name]
            rows = np.flatnonzero(some)
            given = {name: value[rows] for name, value in given.items()}
        seats = self.seat[rows]
        every = np.union1d(self._sparse_seats, seats)
        table = np.repeat(self._nothing, len(every))
        table["seat"] = every
        table[every.searchsorted(self._sparse_seats)] = self.sparse
        for name, value in given.items():
            table[name][every.searchsorted(seats)] = value
        self._lay_sparse(table)

    def _find(self, seat: int, generation: int) -> int:
        """Row of a person, −1 when he is no longer here."""
        row = seat if self._gapless else int(self.seat.searchsorted(seat))
        here = row < self._size and (self._gapless or self.seat.item(row) == seat)
        return row if here and self._arrays["generation"].item(row) == generation else -1

    def _find_all(self, seats: np.ndarray, generations: np.ndarray) -> np.ndarray:
        """Row of each person, −1 where he is no longer here; int64, shape (n,)."""
        if len(self) == 0:
            return np.full(len(seats), -1)
        rows = np.minimum(self.seat.searchsorted(seats), len(self) - 1)
        return np.where((self.seat[rows] == seats) & (self.generation[rows] == generations), rows, -1)

    def _places_of(self, which: A | RowSet[A] | int | np.ndarray) -> Any:
        if isinstance(which, RowAgent | RowSet):
            if which.population is not self:
                raise KeyError(f"{which!r} belongs to another population.")
            return which._row() if isinstance(which, RowAgent) else which.rows
        places = np.asarray(which)
        return places if places.size else places.astype(np.int64)

    def _take(self, rows: Any, inplace: bool) -> RowSet[A]:
        if inplace:
            raise TypeError("A population keeps all of its rows, in order of seat: leave out inplace, or remove rows.")
        return RowSet(self, rows)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, agent: object) -> bool:
        same = isinstance(agent, RowAgent) and agent._population is self
        return same and self._find(agent._seat, agent._generation) >= 0


def _record(fields: Mapping[str, np.dtype]) -> np.dtype:
    """A record of these fields, largest first."""
    return np.dtype(sorted(fields.items(), key=lambda field: -field[1].itemsize), align=True)
