"""Mesa agents that are rows: how a column is declared, and the view of one row.

A `RowAgent` holds no data, only where its data are: it is made when somebody looks and forgotten afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from abm.errors import Fault, InputError, RemovedAgentError, nearest

if TYPE_CHECKING:
    from abm.columns.population import Population


class column:
    """One attribute of a kind of agent, kept as one array over all of its rows.

    Attributes:
        name: what the agent class calls it. dtype: type of the array: boolean, integer or float.
        unit: unit in words. doc: what it means. default: value of a row that is given none.
        sparse: kept in a table beside the rows, for the few rows where one of the sparse columns is not its default.
    """

    def __init__(self, dtype: Any, unit: str = "", doc: str = "", default: Any = 0, sparse: bool = False) -> None:
        self.name, self.dtype, self.unit, self.doc, self.default = "", np.dtype(dtype), unit, doc, default
        self.sparse = sparse
        self.__doc__ = f"{doc} Unit: {unit or 'none'}."  # what help() shows
        if self.dtype.kind not in "biuf":
            raise TypeError(f"A column holds booleans, integers or floats, not {self.dtype}.")
        self._plain: Any = int  # Python's numbers between _low and _high fit as they are
        self._low, self._high = 0.0, 1.0
        if self.dtype.kind == "f":
            self._plain = (int, float)
            self._low, self._high = float(np.finfo(self.dtype).min), float(np.finfo(self.dtype).max)
        elif self.dtype.kind in "iu":
            self._low, self._high = np.iinfo(self.dtype).min, np.iinfo(self.dtype).max

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, agent: RowAgent | None, owner: type) -> Any:
        if agent is None:
            return self
        people, row = agent._population, agent._row()
        return people._sparse_item(self.name, row) if self.sparse else people._arrays[self.name].item(row)

    def __set__(self, agent: RowAgent, value: Any) -> None:
        if self.sparse:
            agent._population._scatter(np.array([agent._row()]), {self.name: self.fit(value)})
        else:
            agent._population._arrays[self.name][agent._row()] = self.fit(value)

    def fit(self, value: Any) -> Any:
        """`value`, a number or an array of numbers, when this column can hold it without changing what it says.

        Raises:
            InputError: not a number, NaN, a fraction for an integer column, or beyond the range of the type.
        """
        if isinstance(value, self._plain) and self._low <= value <= self._high:
            return value
        given = np.asarray(value)
        if given.dtype.kind not in "biuf":
            raise self._fault(value)
        with np.errstate(invalid="ignore", over="ignore"):
            kept = given.astype(self.dtype, copy=False)
        lost = np.isnan(given)
        # Rounding to a float is meant; turning a fraction into an integer, or a large number into infinity, is not.
        if kept is not given:
            lost |= np.isinf(kept) & np.isfinite(given) if self.dtype.kind == "f" else kept != given
        if lost.any():
            raise self._fault(given[lost][0].item())
        return kept

    def _fault(self, value: Any) -> InputError:
        kind = {"b": "true or false", "f": "a number, not NaN,"}.get(self.dtype.kind, "a whole number")
        allowed = f"must be {kind} from {self._low:.6g} to {self._high:.6g} ({self.dtype})"
        return InputError(f"column {self.name}", [Fault(self.name, value, allowed, self.unit)])


def bulk[F: Callable](method: F) -> F:
    """Mark a method of a row agent that is called once with a whole set of rows as `self`, not once for every row."""
    method.is_bulk = True
    return method


class RowAgent(mesa.Agent):
    """A Mesa agent that is one row of a population; `Population.add` makes rows, and looking makes views.

    Subclasses declare columns, and may add properties and methods. A view stands for one person: it fails with
    `RemovedAgentError` as soon as that person has died and the seat was renewed, or the row was removed.
    """

    __slots__ = ("_generation", "_population", "_seat")
    pos = None

    def __init__(self, population: Population, seat: int, generation: int) -> None:
        put = object.__setattr__
        put(self, "_population", population)
        put(self, "_seat", seat)
        put(self, "_generation", generation)

    population = property(lambda self: self._population, doc="The population whose row this is.")
    seat = property(lambda self: self._seat, doc="Number of the seat, which never changes and is never given again.")
    generation = property(lambda self: self._generation, doc="How many persons had the seat before.")
    model = property(lambda self: self._population.model, doc="The world.")
    unique_id = property(bulk(lambda self: self.population.first_id + self.seat), doc="Number among all Mesa agents.")

    def remove(self) -> None:
        """Take the row out of the world; nothing happens if it has left already, as in Mesa."""
        self._population.discard(self)

    def _row(self) -> int:
        row = self._population._find(self._seat, self._generation)
        if row < 0:
            raise RemovedAgentError(f"{self!r} has left the world.")
        return row

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(getattr(type(self), name, None), "__set__"):
            raise AttributeError(no_column(type(self), name), name=name, obj=self)
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowAgent):
            return NotImplemented
        same = self._population is other._population
        return same and self._seat == other._seat and self._generation == other._generation

    def __hash__(self) -> int:
        return hash((id(self._population), self._seat, self._generation))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}, generation {self._generation}>"


def no_column(kind: type, name: str) -> str:
    """What to say when a kind of row agent has no such column."""
    near = nearest(name, [key for key in dir(kind) if not key.startswith("_")])
    return f"{kind.__name__} has no column {name!r}" + (f"; did you mean {near!r}?" if near else ".")
