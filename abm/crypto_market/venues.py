"""Venues and what befalls them: thefts, failures of a leading venue, and good news of adoption.

Incidents come with a daily hazard h/360; enforcement and clarity lower the hazard of theft and failure:

    h = h₀ · exp(−c · (clarity − clarity₀) − e · (enforcement − enforcement₀))

A theft takes a Pareto share of supply (bounded by what the venue keeps) that thieves then sell over weeks. Who is hit
is drawn by share of volume; a failed venue's customers move to the others and a successor grows into its place.
`docs/model.md`, 4.6.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import stream, uniform
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.scenario import Shock

_DAYS_A_YEAR = DAYS_A_MONTH * MONTHS_A_YEAR
_THEFT, _FAILURE, _ADOPTION = range(3)
_HAPPENS, _JUMP, _WHO, _SIZE = range(4)
_CHAINALYSIS = "thefts above 100 million USD 2014–25 (Chainalysis, Crystal Intelligence)"
LARGEST_LOSS = 0.95
"""Share of depth that a shock can take: someone always quotes."""
_SHARES = np.array([0.34, 0.16, 0.13, 0.11, 0.09, 0.07, 0.06, 0.04])
"""Shares of the top eight venues: the first from Kaiko 2023 (31 of 92 % of depth), the others assumed."""


class VenuesParameters(Quantities):
    """Hazards, sizes and after-effects of incidents."""

    theft_rate: float = quantity(2.5, unit="1/year", low=0.0, high=50.0, source=_CHAINALYSIS)
    """Thefts above the smallest size."""
    theft_jump_low: float = quantity(0.01, unit="log", low=0.0, high=1.0, source="assumed")
    """Smallest fall of value at a theft."""
    theft_jump_high: float = quantity(0.03, unit="log", low=0.0, high=1.0, source="assumed")
    """Largest fall of value at a theft."""
    theft_depth: float = quantity(0.10, unit="share", low=0.0, high=0.95, source="assumed")
    """Depth lost at a theft."""
    theft_exponent: float = quantity(0.9, unit="tail exponent", low=0.2, high=5.0, source=_CHAINALYSIS)
    """Pareto exponent of the coins taken."""
    theft_smallest: float = quantity(
        8e-5, unit="share of supply", low=0.0, high=0.01, source="100 million USD at a value of 1.25 trillion"
    )
    """Smallest theft."""
    custody: float = quantity(0.135, unit="share of supply", low=0.0, high=1.0, source="Glassnode, 2025: 2.7 million")
    """Coins kept on venues: no theft can take more than the venue's part."""
    loot_sold: float = quantity(1.0 / 30.0, unit="1/day", low=0.0, high=1.0, source="assumed")
    """Share of stolen coins that thieves sell a day."""
    failure_rate: float = quantity(0.3, unit="1/year", low=0.0, high=10.0, source="assumed from 2014, 2022")
    """Failures of a leading venue."""
    failure_jump_low: float = quantity(0.10, unit="log", low=0.0, high=2.0, source="assumed; November 2022")
    """Smallest fall of value when a leading venue fails."""
    failure_jump_high: float = quantity(0.25, unit="log", low=0.0, high=2.0, source="assumed; November 2022")
    """Largest fall of value when a leading venue fails."""
    failure_depth: float = quantity(0.35, unit="share", low=0.0, high=0.95, source="Kaiko: −30 to −41 % after FTX")
    """Depth lost when a leading venue fails."""
    adoption_rate: float = quantity(1.0, unit="1/year", low=0.0, high=20.0, source="assumed")
    """Surprises of adoption or clarity."""
    adoption_jump_low: float = quantity(0.03, unit="log", low=0.0, high=1.0, source="assumed")
    """Smallest rise of value at such a surprise."""
    adoption_jump_high: float = quantity(0.10, unit="log", low=0.0, high=1.0, source="assumed")
    """Largest rise of value at such a surprise."""
    depth_return: float = quantity(
        0.045, unit="1/day", low=0.0, high=1.0, source="assumed; depth after 10 October 2025"
    )
    """Share of lost depth that returns a day."""
    clarity_effect: float = quantity(0.5, unit="log hazard per unit", low=0.0, high=5.0, source="assumed")
    """How much clear regulation lowers the hazard of theft and failure."""
    enforcement_effect: float = quantity(0.5, unit="log hazard per unit", low=0.0, high=5.0, source="assumed")
    """How much enforcement lowers the hazard of theft and failure."""


class Incident(NamedTuple):
    """Something that befell the market.

    Attributes:
        kind: "theft", "failure", "adoption", "news" or "liquidity".
        day: 0–29. venue: number from 0, −1 where none is meant.
        jump: change of value, log. depth_loss: share. stolen: share of supply.
    """

    kind: str
    day: int
    venue: int
    jump: float
    depth_loss: float
    stolen: float

    def sentence(self, supply: float) -> str:
        """The incident in words, with `supply` in coins."""
        moved = f"value moved by {math.expm1(self.jump):+.1%}"
        if self.kind == "theft":
            taken = f"{self.stolen * supply:,.0f} coins"
            return f"Venue {self.venue + 1} was robbed of {taken}; {moved}, depth fell by {self.depth_loss:.0%}."
        if self.kind == "failure":
            return f"Venue {self.venue + 1} failed; {moved}, depth fell by {self.depth_loss:.0%}."
        if self.kind == "liquidity":
            return f"Market makers withdrew {self.depth_loss:.0%} of their quotes."
        cause = "adoption" if self.kind == "adoption" else "the scenario"
        return f"News of {cause}: {moved}."


def hazard(rate: float, clarity: float, enforcement: float, p: VenuesParameters) -> float:
    """Daily probability of an incident of a yearly rate, with clarity and enforcement above their start."""
    yearly = rate * math.exp(-p.clarity_effect * clarity - p.enforcement_effect * enforcement)
    return -math.expm1(-yearly / _DAYS_A_YEAR)


def theft_size(luck: float, largest: float, p: VenuesParameters) -> float:
    """Share of supply taken, by a uniform draw: Pareto above the smallest, truncated at the largest."""
    smallest = min(p.theft_smallest, largest)
    if smallest <= 0.0:
        return 0.0
    tail = (smallest / largest) ** p.theft_exponent
    return smallest * (1.0 - luck * (1.0 - tail)) ** (-1.0 / p.theft_exponent)


def expected_jump(p: VenuesParameters) -> float:
    """Mean change of value that incidents bring at their base rates, log a year; drift is measured against it."""
    theft = -0.5 * (p.theft_jump_low + p.theft_jump_high) * p.theft_rate
    failure = -0.5 * (p.failure_jump_low + p.failure_jump_high) * p.failure_rate
    return theft + failure + 0.5 * (p.adoption_jump_low + p.adoption_jump_high) * p.adoption_rate


class Venues(Stateful):
    """Eight venues by share of volume.

    Attributes:
        shares: share of volume, shape (8,).
    """

    STATE = ("shares",)
    RECOVERY = 0.02
    """Share of the way back to the starting shares that a successor grows a month (assumed)."""

    def __init__(self, p: VenuesParameters, seed: int) -> None:
        self._p, self._key = p, stream(seed, "market.incidents")
        self.shares = _SHARES.copy()

    def strike(self, month: int, clarity: float, enforcement: float, shocks: Iterable[Shock]) -> list[Incident]:
        """Everything that befalls the venues in a month, by day; failed venues lose their customers.

        Args:
            month: months since the start. clarity, enforcement: above what they were at the start.
            shocks: of the scenario; a size of 0 does nothing.
        """
        self.shares += self.RECOVERY * (_SHARES - self.shares)
        incidents = [*self._ordered(month, shocks), *self._drawn(month, clarity, enforcement)]
        for incident in incidents:
            if incident.kind == "failure":
                self.shares[incident.venue] = 0.0
                self.shares /= self.shares.sum()
        return sorted(incidents, key=lambda incident: incident.day)

    def _drawn(self, month: int, clarity: float, enforcement: float) -> list[Incident]:
        p, found = self._p, []
        odds = (
            hazard(p.theft_rate, clarity, enforcement, p),
            hazard(p.failure_rate, clarity, enforcement, p),
            hazard(p.adoption_rate, 0.0, 0.0, p),
        )
        for day in range(DAYS_A_MONTH):
            time = month * DAYS_A_MONTH + day
            for kind, chance in enumerate(odds):
                if uniform(self._key, kind, time, _HAPPENS) < chance:
                    found.append(self._incident(kind, day, time))
        return found

    def _incident(self, kind: int, day: int, time: int) -> Incident:
        p = self._p
        jump, who, size = (uniform(self._key, kind, time, slot) for slot in (_JUMP, _WHO, _SIZE))
        if kind == _THEFT:
            venue = self._venue(who, self.shares.size)
            stolen = theft_size(size, p.custody * self.shares[venue], p)
            fall = p.theft_jump_low + jump * (p.theft_jump_high - p.theft_jump_low)
            return Incident("theft", day, venue, -fall, p.theft_depth, stolen)
        if kind == _FAILURE:
            fall = p.failure_jump_low + jump * (p.failure_jump_high - p.failure_jump_low)
            return Incident("failure", day, self._venue(who, 4), -fall, p.failure_depth, 0.0)
        rise = p.adoption_jump_low + jump * (p.adoption_jump_high - p.adoption_jump_low)
        return Incident("adoption", day, -1, rise, 0.0, 0.0)

    def _ordered(self, month: int, shocks: Iterable[Shock]) -> list[Incident]:
        """What the scenario's shocks do, all on day 0; shocks of other kinds, or of size 0, do nothing here."""
        found = [self.incident_of(shock.kind, shock.size) for shock in shocks]
        return [incident for incident in found if incident is not None]

    def incident_of(self, kind: str, size: float) -> Incident | None:
        """The incident that a shock of the scenario means; a venue failure of size 1 is a mean one, of 2 twice that."""
        p = self._p
        theft = -0.5 * (p.theft_jump_low + p.theft_jump_high)
        failure = -0.5 * (p.failure_jump_low + p.failure_jump_high)
        if kind == "news" and size != 0.0:
            return Incident("news", 0, -1, size, 0.0, 0.0)
        if kind == "theft" and size > 0.0:
            return Incident("theft", 0, 0, theft, p.theft_depth, min(size, 1.0))
        if kind == "venue_failure" and size > 0.0:
            depth = 1.0 - (1.0 - p.failure_depth) ** size
            return Incident("failure", 0, int(np.argmax(self.shares)), failure * size, depth, 0.0)
        if kind == "liquidity" and size > 0.0:
            return Incident("liquidity", 0, -1, 0.0, min(size, LARGEST_LOSS), 0.0)
        return None

    def _venue(self, luck: float, leading: int) -> int:
        """One of the `leading` largest venues, by share of volume."""
        ranked = np.argsort(-self.shares, kind="stable")[:leading]
        reached = np.cumsum(self.shares[ranked]) >= luck * self.shares[ranked].sum()
        return int(ranked[np.argmax(reached)])
