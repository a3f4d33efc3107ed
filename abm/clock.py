"""The calendar: which month it is, counted from the start of the run."""

from __future__ import annotations

from dataclasses import dataclass

from abm.vocabulary import MONTHS_A_YEAR


@dataclass
class Clock:
    """Months since the start, and their names.

    Attributes:
        start: the first simulated month, such as "2026-01".
        month: months since the start; 0 is the first simulated month, −1 before any; history runs below 0.
    """

    start: str
    month: int = -1

    @property
    def year(self) -> int:
        """Calendar year of the month."""
        return self._ordinal // MONTHS_A_YEAR

    @property
    def month_of_year(self) -> int:
        """1 for January … 12 for December."""
        return self._ordinal % MONTHS_A_YEAR + 1

    @property
    def label(self) -> str:
        """The month as "2026-01"."""
        return f"{self.year:04d}-{self.month_of_year:02d}"

    @property
    def years(self) -> int:
        """Januaries passed since the start's calendar year: what yearly indexation counts."""
        return self.year - int(self.start[:4])

    def tick(self) -> int:
        """Go on to the next month and return it."""
        self.month += 1
        return self.month

    def index_of(self, label: str) -> int:
        """Months from the start to the month called `label`."""
        return ordinal(label) - ordinal(self.start)

    @property
    def _ordinal(self) -> int:
        return ordinal(self.start) + self.month


def ordinal(label: str) -> int:
    """Months since year 0 of a month such as "2026-01"."""
    year, month = label.split("-")
    return int(year) * MONTHS_A_YEAR + int(month) - 1
