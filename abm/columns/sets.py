"""Sets of rows with Mesa's calls: on arrays where an attribute is named, on views where a function is given."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from mesa.agentset import AbstractAgentSet, GroupBy

from abm.columns.agents import RowAgent, column, no_column
from abm.columns.groups import RowGroups, aggregate

if TYPE_CHECKING:
    from abm.columns.population import Population

IDENTITY = {"seat": np.dtype(np.int32), "generation": np.dtype(np.int8)}
"""What every row has beside its columns: where it sits, and how many persons sat there before."""


class RowSet[A: RowAgent](AbstractAgentSet[A]):
    """Some rows of a population, in any order, with the calls of a Mesa agent set.

    `rows.age` is the array of that column over these rows (a copy), and `rows.age = …` writes it, checked. Rows that
    leave the population, or whose person dies, leave the set.

    Attributes:
        population: whose rows. agent_type: their class.
    """

    agent_type: type[A] = RowAgent

    def __init__(self, population: Population[A], rows: Any) -> None:
        self.population, self.agent_type = population, population.agent_type
        self._take(rows, inplace=True)

    model = property(lambda self: self.population.model, doc="The world.")
    random = property(lambda self: self.population.model.random, doc="Mesa's generator, used to shuffle.")
    rows = property(lambda self: np.arange(len(self.population))[self._rows], doc="Row numbers, int64, shape (n,).")

    @property
    def _rows(self) -> np.ndarray | slice:
        """What to index the population's arrays with."""
        if self._is_stale():
            found = self._found()
            self._take(found[found >= 0], inplace=True)
        return self._places

    def _is_stale(self) -> bool:
        """Whether somebody came, left or died since the rows were looked up."""
        return self._epoch != self.population._epoch

    def _found(self) -> np.ndarray:
        """Where those are now whom the set held when it last looked, −1 for who is gone."""
        return self.population._find_all(self._seats, self._generations)

    def _take(self, rows: Any, inplace: bool) -> RowSet[A]:
        """These rows of the population as a set: this one, changed, or a new one."""
        if not inplace:
            return RowSet(self.population, rows)
        self._places, self._epoch, self._member = np.asarray(rows, dtype=np.int64), self.population._epoch, None
        # Who they are, for when somebody comes, leaves or dies.
        self._seats, self._generations = (self.population._arrays[name][self._places] for name in IDENTITY)
        return self

    # Reading and writing columns

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_") or name == "population":  # not there yet, as while unpickling
            raise AttributeError(name)
        array = self.population._column(name)
        if array is not None:
            return array[self._rows]
        if self._is_array(name):
            return getattr(self.agent_type, name).fget(self)
        raise AttributeError(no_column(self.agent_type, name), name=name, obj=self)

    def _is_array(self, name: str) -> bool:
        declared = getattr(self.agent_type, name, None)
        is_kept = name in IDENTITY or isinstance(declared, column)
        return is_kept or hasattr(getattr(declared, "fget", None), "is_bulk")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(getattr(self.agent_type, name, None), column):
            self.write(**{name: value})
        elif name in IDENTITY:
            raise AttributeError(f"{name} changes by add, remove and renew only.")
        else:
            super().__setattr__(name, value)

    def write(self, **columns: Any) -> None:
        """Write columns, each one value for all or an array of shape (n,); sparse ones all at once, for one price.

        Raises:
            InputError: a column cannot hold its value; then none has changed.
        """
        people, rows = self.population, self._rows
        fitting = people._fit(columns)
        for name in fitting.keys() - people.sparse_names:
            people._arrays[name][rows] = fitting.pop(name)
        if fitting:
            people._scatter(rows, fitting)

    def values(self, name: str) -> np.ndarray | list:
        """An attribute of every row: an array of shape (n,) for columns and bulk properties, else a list from views."""
        return getattr(self, name) if self._is_array(name) else [getattr(agent, name) for agent in self]

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> list:
        """Mesa's `get`: a list of plain values, or for several names a list with one list a row."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}.")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(row) for row in zip(*columns, strict=True)]
        if handle_missing == "default" and not hasattr(self.agent_type, attr_names):
            return [default_value] * len(self)
        values = self.values(attr_names)
        return values.tolist() if isinstance(values, np.ndarray) else values

    def set(self, attr_name: str, value: Any) -> Self:
        """Mesa's `set`; `value` may also be an array with one entry a row."""
        if isinstance(getattr(self.agent_type, attr_name, None), column):
            setattr(self, attr_name, value)
        else:
            for agent in self:
                setattr(agent, attr_name, value)
        return self

    def agg(self, attribute: str, func: Callable | Iterable[Callable]) -> Any:
        """Mesa's `agg`, on one array: read only, in 64 bits so that sums neither wrap nor lose digits."""
        values = self.values(attribute)
        return aggregate(values, func) if callable(func) else [aggregate(values, each) for each in func]

    # Choosing, ordering, grouping

    def select(
        self,
        filter_func: Callable[[A], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type | None = None,
        *,
        mask: np.ndarray | Callable[[RowSet[A]], np.ndarray] | None = None,
    ) -> RowSet[A]:
        """Mesa's `select`; `mask`, a boolean array or a function from this set to one, needs no views and is fast."""
        fraction = isinstance(at_most, float) and at_most <= 1.0
        stop = int(len(self) * at_most) if fraction else math.ceil(min(at_most, len(self)))
        if agent_type is not None and not issubclass(self.agent_type, agent_type):
            stop = 0
        rows = self.rows
        if mask is not None:
            chosen = np.asarray(mask(self) if callable(mask) else mask)
            if chosen.dtype != bool or chosen.shape != rows.shape:
                raise ValueError(f"A mask is boolean of shape {rows.shape}, not {chosen.dtype} of {chosen.shape}.")
            rows = rows[chosen]
        if filter_func is not None:
            found = islice(filter(filter_func, RowSet(self.population, rows)), max(stop, 0))
            rows = np.array([agent._row() for agent in found], dtype=np.int64)
        return self._take(rows[: max(stop, 0)], inplace)

    def sort(self, key: Callable[[A], Any] | str, ascending: bool = False, inplace: bool = False) -> RowSet[A]:
        """Mesa's `sort`: largest first unless `ascending`; equals keep their order."""
        values = list(map(key, self)) if callable(key) else self.values(key)
        if isinstance(values, np.ndarray):
            # Backwards twice, so that equals keep their order when the largest come first.
            order = np.argsort(values, kind="stable") if ascending else _last_to_first(values)
        else:
            order = sorted(range(len(values)), key=values.__getitem__, reverse=not ascending)
        return self._take(self.rows[order], inplace)

    def _pick(self, places: np.ndarray) -> RowSet[A]:
        """The members at these places, in this order."""
        return RowSet(self.population, places if isinstance(self._rows, slice) else self._rows[places])

    def shuffle(self, inplace: bool = False) -> RowSet[A]:
        """Mesa's `shuffle`, with Mesa's generator and so in the order in which Mesa would put the same agents."""
        rows = self.rows.tolist()
        self.random.shuffle(rows)
        return self._take(rows, inplace)

    def groupby(self, by: Callable[[A], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Mesa's `groupby`: groups in the order of their first member."""
        values = list(map(by, self)) if callable(by) else self.values(by)
        if isinstance(values, np.ndarray):
            codes, keys = pd.factorize(values, use_na_sentinel=False)
            groups = RowGroups(self, keys.tolist(), codes)
        else:
            numbers: dict[Any, int] = {}
            codes = [numbers.setdefault(key, len(numbers)) for key in values]
            groups = RowGroups(self, list(numbers), np.array(codes, dtype=np.int64))
        return groups if result_type == "agentset" else GroupBy({key: rows.to_list() for key, rows in groups})

    # Acting

    def do(self, method: str | Callable, *args: Any, **kwargs: Any) -> Self:
        """Mesa's `do`; a bulk method runs once."""
        once = self._bulk(method)
        if once is not None:
            once(self, *args, **kwargs)
        else:
            deque(self._each(method, args, kwargs), maxlen=0)
        return self

    def map(self, method: str | Callable, *args: Any, **kwargs: Any) -> list:
        """Mesa's `map`; a bulk method runs once and returns an array with one entry a row, or one value for all."""
        once = self._bulk(method)
        if once is not None:
            return np.broadcast_to(once(self, *args, **kwargs), len(self)).tolist()
        return list(self._each(method, args, kwargs))

    def shuffle_do(self, method: str | Callable, *args: Any, **kwargs: Any) -> Self:
        """Mesa's `shuffle_do`."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def _bulk(self, method: str | Callable) -> Callable | None:
        function = getattr(self.agent_type, method, None) if isinstance(method, str) else method
        return function if hasattr(function, "is_bulk") else None

    def _each(self, method: str | Callable, args: tuple, kwargs: dict) -> Iterator:
        call = methodcaller(method, *args, **kwargs) if isinstance(method, str) else None
        return map(call or (lambda agent: method(agent, *args, **kwargs)), self)

    # A set of agents

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[A]:
        """Views of the rows that are here now; who leaves before his turn comes is left out."""
        population, kind, epoch = self.population, self.agent_type, self.population._epoch
        for seat, generation in zip(self.seat.tolist(), self.generation.tolist(), strict=True):
            if population._epoch == epoch or population._find(seat, generation) >= 0:
                yield kind(population, seat, generation)

    def __contains__(self, agent: object) -> bool:
        if agent not in self.population:
            return False
        rows = self._rows
        if self._member is None:  # one look-up table for all questions until the set changes
            self._member = np.zeros(len(self.population), dtype=bool)
            self._member[rows] = True
        return self._member.item(agent._row())

    def __getitem__(self, item: int | slice) -> A | list[A]:
        if isinstance(item, slice):
            return list(self._take(self.rows[item], inplace=False))
        return self.agent_type(self.population, self.seat.item(item), self.generation.item(item))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} {self.agent_type.__name__}>"

    def to_list(self) -> list[A]:
        """Views of all rows."""
        return list(self)

    def copy(self) -> RowSet[A]:
        """A set of the same rows."""
        return self._take(self.rows, inplace=False)

    __copy__ = copy

    def add(self, agent: A) -> None:
        """Take one more agent of the same population into this set."""
        if agent not in self:
            self._take([*self.rows, *self._rows_of([agent])], inplace=True)

    def remove(self, agent: A) -> None:
        """Drop one agent from this set; it stays in the world."""
        if agent not in self:
            raise KeyError(agent)
        self._take(self.rows[self.rows != agent._row()], inplace=True)

    def discard(self, agent: A) -> None:
        """Drop one agent from this set if it is there."""
        if agent in self:
            self.remove(agent)

    def _rows_of(self, agents: Iterable[A]) -> list[int]:
        agents = list(dict.fromkeys(agents))
        strangers = [agent for agent in agents if agent not in self.population]
        if strangers:
            raise KeyError(f"{strangers[0]!r} is not in the population of {self.agent_type.__name__}.")
        return [agent._row() for agent in agents]

    def _update(self, agents: Iterable[A]) -> RowSet[A]:
        return self._take(self._rows_of(agents), inplace=True)

    def _from_iterable(self, agents: Iterable[A]) -> RowSet[A]:
        """What `&`, `|`, `-` and `^` return."""
        return self._take(self._rows_of(agents), inplace=False)


def _last_to_first(values: np.ndarray) -> np.ndarray:
    """Places in descending order of value, equals in the order in which they stand."""
    return len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
