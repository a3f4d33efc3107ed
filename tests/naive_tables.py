"""How the slow twin reads a published table."""

from __future__ import annotations

from abm.data import table


def last_at_most(name: str, start: str, column: str, at: float) -> float:
    """The entry of the last row of a table whose start is not above `at`."""
    rows = [row for row in range(len(table(name)[start])) if table(name)[start][row] <= at]
    return float(table(name)[column][rows[-1] if rows else 0])


def monthly(yearly: float) -> float:
    return 1.0 - (1.0 - min(yearly, 1.0)) ** (1.0 / 12.0)
