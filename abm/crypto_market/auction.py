"""The daily auction, as one calls it from outside: a book of wants in, the clearing price out.

    E(p) = Σ_i clip(a_i − b_i p, −coins_i, cash_i/P) + makers + κ_s (w (A/P + q) − q) + USD/P − coins sold + bid,
    bid = min(budget/P, η (ln floor − p)⁺),        E(p) − ψ_L · longs above p + ψ_S · shorts below p = 0

Purchases are USD and sales are coins: a sale of so many USD would slope the wrong way. Of several prices that clear,
the market takes the first on its way from yesterday's. The compiled core is `clearing_kernels`; `docs/model.md`, 4.6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.crypto_market.clearing_kernels import CLEARED, LANES, REACH, RUNGS, Book, clear, excess
from abm.errors import ClearingError

_SIDES = ("level", "tilt", "coins", "cash")
_FUNDS = ("fund_assets", "fund_coins", "fund_weight", "fund_speed", "fund_cents", "fund_sale")


class Clearing(NamedTuple):
    """Where the market cleared.

    Attributes:
        log_price: log USD per coin.
        longs_closed, shorts_closed: open interest liquidated on the way, satoshi.
        slope: satoshi by which excess demand falls per log point there.
        passes: passes over the book.
    """

    log_price: float
    longs_closed: float
    shorts_closed: float
    slope: float
    passes: int


def book(last: float, **wants: object) -> Book:
    """A book with the wants that are named and no others (fields as in `Book`; arrays of any length).

    Args:
        last: yesterday's log price.

    Raises:
        ValueError: arrays of a group differ in length, a ladder has not 1 024 rungs, or someone owns less than nothing.
    """
    given = {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in wants.items() if np.ndim(value)}
    size = _common_length(given, _SIDES)
    padded = -(-size // LANES) * LANES
    arrays = {name: np.zeros(padded) for name in _SIDES}
    arrays |= {name: np.zeros(_common_length(given, _FUNDS)) for name in _FUNDS}
    arrays |= {"longs": np.zeros(RUNGS), "shorts": np.zeros(RUNGS)}
    for name, values in given.items():
        if name in ("longs", "shorts") and values.size != RUNGS:
            raise ValueError(f"{name} must have {RUNGS} rungs, not {values.size}")
        if name in ("coins", "cash", "fund_coins", "fund_assets", "longs", "shorts") and (values < 0.0).any():
            raise ValueError(f"{name} must not be negative")
        arrays[name][: values.size] = values
    numbers = {name: 0.0 for name in Book._fields if name not in arrays}
    numbers |= {"floor": -np.inf, "last": last, "start": last}
    numbers |= {name: float(value) for name, value in wants.items() if not np.ndim(value)}
    return Book(**arrays, **numbers)


def find_price(wants: Book, day: int = 0) -> Clearing:
    """Clear one book; changes nothing.

    Raises:
        ClearingError: no price within ten log points of yesterday's clears it.
    """
    found = clear(wants)
    if found.status != CLEARED:
        raise impossible(wants, day)
    return Clearing(found.log_price, found.long_crossed, found.short_crossed, found.slope, found.passes)


def impossible(wants: Book, day: int) -> ClearingError:
    """The error for a book that no price clears, with excess demand at both ends of the search in coins."""
    low, high = wants.last - REACH, wants.last + REACH
    return ClearingError(day, low, high, excess(wants, low, 0.0)[0] / 1e8, excess(wants, high, 0.0)[0] / 1e8)


def _common_length(given: dict[str, np.ndarray], names: tuple[str, ...]) -> int:
    lengths = {given[name].size for name in names if name in given}
    if len(lengths) > 1:
        raise ValueError(f"{', '.join(names)} must have one length, not {sorted(lengths)}")
    return lengths.pop() if lengths else 0
