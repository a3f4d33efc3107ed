"""What can go wrong, as a small family; each error keeps its values and says one sentence.

DoubleBindError
├── InputError              a person gave something the model cannot use; lists every fault at once
│   ├── ScenarioError       in a scenario (TOML, keyword arguments, the page)
│   └── SaversTableError    in a user's own table of savers
├── BooksError              money or coins appeared or vanished
├── ClearingError           no price clears the crypto market
├── RemovedAgentError       a Mesa agent that has left the world was used
├── CheckpointError         a saved world cannot be resumed
└── ResultsError            a results folder cannot be written or read
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant: one that begins with what was given, else the most similar, else None."""
    words = list(words)
    begun = [other for other in words if word and other.startswith(word)]
    return next(iter(begun or difflib.get_close_matches(word, words, n=1)), None)


class DoubleBindError(Exception):
    """Base of every error that this project raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input.

    Attributes:
        field: dotted name of the field, as the user would write it.
        value: what was given.
        allowed: the range or the choices, in words.
        unit: the unit of the field, empty where it has none.
        hint: what to do, empty where `allowed` says it all.
    """

    field: str
    value: Any
    allowed: str
    unit: str = ""
    hint: str = ""

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.field} = {self.value!r}: {self.allowed}{unit}{hint}"


class InputError(DoubleBindError):
    """Input that was refused, with all of its faults.

    Attributes:
        source: where the input came from (a file name, "scenario", …).
        faults: every fault found, in the order of the input.
    """

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{source} was refused, {count}: " + " | ".join(map(str, faults)))


class ScenarioError(InputError):
    """A scenario with unknown, missing or out-of-range fields."""


class SaversTableError(InputError):
    """A user's table of savers with wrong columns or impossible rows."""


class BooksError(DoubleBindError):
    """Money or coins appeared or vanished.

    Attributes:
        month: label of the month, such as "2027-03".
        sector: name of the sector whose books do not close.
        amount: the gap, in `unit`.
        unit: "USD" or "coins".
    """

    def __init__(self, month: str, sector: str, amount: float, unit: str, what: str) -> None:
        self.month, self.sector, self.amount, self.unit = month, sector, amount, unit
        super().__init__(f"The books of {month} are broken: {sector} {what} by {amount:,.8g} {unit}.")


class ClearingError(DoubleBindError):
    """No price clears the crypto market.

    Attributes:
        day: market day since the start, from 0.
        low, high: ends of the searched interval, log price.
        excess_low, excess_high: excess demand there, coins.
    """

    def __init__(self, day: int, low: float, high: float, excess_low: float, excess_high: float) -> None:
        self.day, self.low, self.high = day, low, high
        self.excess_low, self.excess_high = excess_low, excess_high
        super().__init__(
            f"No price clears the crypto market on day {day}: between log prices {low:.4f} and {high:.4f} "
            f"excess demand runs from {excess_low:,.6g} to {excess_high:,.6g} coins without a zero."
        )


class RemovedAgentError(DoubleBindError):
    """An agent that has left the world (by death, say) was read or written."""


class CheckpointError(DoubleBindError):
    """A checkpoint does not fit this scenario, these parameters or this version."""


class ResultsError(DoubleBindError):
    """A results folder that exists already, cannot be written, or is not whole."""
