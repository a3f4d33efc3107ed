"""Aggregating a column, over one set of rows or over each of many groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.agentset import GroupBy

if TYPE_CHECKING:
    from abm.columns.sets import RowSet

_ARRAY_FORM = {sum: np.sum, min: np.min, max: np.max}  # Python's own walk an array element by element
_WIDE = {"i": np.int64, "u": np.uint64, "f": np.float64}
_REDUCTIONS = {
    sum: np.add,
    np.sum: np.add,
    np.mean: np.add,
    min: np.minimum,
    np.min: np.minimum,
    max: np.maximum,
    np.max: np.maximum,
}


def aggregate(values: np.ndarray | list, func: Callable) -> Any:
    """`func` of all values, an array where there is one.

    Functions get numbers of 64 bits, so that sums neither wrap nor lose digits, in an array that cannot be written.
    """
    fast = _known(_ARRAY_FORM, func)
    if fast is None or isinstance(values, list):
        return func(_wide(values))
    return fast(_wide(values)).item()


class RowGroups(GroupBy):
    """Mesa's groups, over rows: counted and aggregated without views; who leaves the population leaves its group.

    Args:
        members: the set that is grouped. keys: one a group. codes: the group of each member, shape (n,).
    """

    def __init__(self, members: RowSet, keys: list, codes: np.ndarray) -> None:
        narrow = codes.astype(np.uint16) if len(keys) <= 2**16 else codes  # NumPy sorts these by radix
        order = np.argsort(narrow, kind="stable")
        self._keys, self._sizes = keys, np.bincount(narrow, minlength=len(keys))
        self._members = members._pick(order)  # group after group

    def _bounds(self) -> tuple[list, np.ndarray, np.ndarray]:
        """Keys of the groups that have members, where each begins among the members, and how many it has."""
        if self._members._is_stale():
            found = self._members._found()
            codes = np.repeat(np.arange(len(self._keys)), self._sizes)[found >= 0]
            sizes = np.bincount(codes, minlength=len(self._keys))
            self._keys = [key for key, size in zip(self._keys, sizes.tolist(), strict=True) if size]
            self._sizes = sizes[sizes > 0]
            self._members._take(found[found >= 0], inplace=True)
        return self._keys, np.cumsum(self._sizes) - self._sizes, self._sizes

    @property
    def groups(self) -> dict[Any, RowSet]:
        """The members of each group."""
        keys, starts, _ = self._bounds()
        parts = np.split(self._members.rows, starts[1:])
        return {key: self._members._take(rows, inplace=False) for key, rows in zip(keys, parts, strict=False)}

    def count(self) -> dict[Any, int]:
        """Members of each group."""
        keys, _, sizes = self._bounds()
        return dict(zip(keys, sizes.tolist(), strict=True))

    def agg(self, attr_name: str, func: Callable) -> dict[Any, Any]:
        """Mesa's `agg`, on one array a group; sums, means and extremes of all groups in one pass."""
        keys, starts, sizes = self._bounds()
        values = _wide(self._members.values(attr_name))
        reduction = _known(_REDUCTIONS, func)
        if not keys or isinstance(values, list) or values.dtype == bool or reduction is None:
            parts = map(slice, starts.tolist(), (starts + sizes).tolist())
            return {key: aggregate(values[part], func) for key, part in zip(keys, parts, strict=True)}
        results = reduction.reduceat(values, starts)
        return dict(zip(keys, (results / sizes if func is np.mean else results).tolist(), strict=True))

    def __len__(self) -> int:
        return len(self._bounds()[0])


def _wide(values: np.ndarray | list) -> np.ndarray | list:
    """An array that cannot be written, its numbers in 64 bits; lists as they are."""
    if isinstance(values, list):
        return values
    values = values.astype(_WIDE.get(values.dtype.kind, values.dtype), copy=False).view()
    values.flags.writeable = False
    return values


def _known(table: dict[Callable, Callable], func: Callable) -> Callable | None:
    return table.get(func) if isinstance(func, Hashable) else None
