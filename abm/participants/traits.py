"""What a person brings into the model: attention, trust, an outside holding of crypto, a lean, a habit of voting.

All of it is drawn from the person's own stream (seat and generation), whoever else lives and whatever the rules are.
What lasts for life is not stored: `Traits` draws it anew, the same each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.data import table
from abm.participants.kernels import person_normals, person_uniforms
from abm.participants.life import OLDEST, step
from abm.participants.outside import propensities
from abm.quantities import Quantities, quantity
from abm.streams import stream
from abm.vocabulary import BASIS_POINT, MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.participants.agent import Participants


class TraitParameters(Quantities):
    """Spread of what people bring with them."""

    trust_mean: float = quantity(
        0.45, unit="0–1", low=0.0, high=1.0, source="assumed; Aevi 2025: 52 % have little trust"
    )
    """Average trust in crypto as a place for savings."""
    trust_spread: float = quantity(0.20, unit="0–1", low=0.0, high=0.5, source="assumed")
    """Its standard deviation, before it is cut to 0–1."""
    outside_scale: float = quantity(
        1.0, unit="factor", low=0.0, high=3.0, source="chosen; Gallup 2025 at 1, SHED 2023 at 0.5"
    )
    """Multiplies Gallup's ownership cells (surveys range from 7 to 17 % of adults)."""
    outside_pay: float = quantity(
        0.5, unit="elasticity", low=0.0, high=1.0, source="fitted: Gallup 2025, 19 % of high and 9 % of low incomes"
    )
    """b: how ownership rises with lasting pay, within a cell of sex and age."""
    outside_crossing: float = quantity(
        10.0, unit="years", low=0.1, high=40.0, source="assumed, range 5–20: surveys publish two groups of age"
    )
    """Years of age over which one cell passes into the next; with a step, men would sell on a birthday."""
    partisan_share: float = quantity(
        0.43, unit="share of voters a party", low=0.0, high=0.5, source="Pew 2024: leaners included"
    )
    """Voters of each party; the rest stand between."""
    partisan_lean: float = quantity(
        3.0, unit="log odds", low=0.0, high=10.0, source="assumed; 95 % vote for their party"
    )
    """Lean of a partisan."""


class Traits:
    """The lasting traits of everybody in one world, each from its own stream."""

    def __init__(self, p: TraitParameters, seed: int) -> None:
        self._p = p
        self._keys = {name: stream(seed, f"traits.{name}") for name in ("trust", "outside", "lean")}
        self._turnout = _turnout_by_month()

    def bring(self, people: Participants, rows: np.ndarray) -> None:
        """Give the newcomers in `rows`, shape (k,), trust and an outside holding; age, sex and ability must be set."""
        p, seats, persons = self._p, people.seat[rows], people.generation[rows]
        people.trust_points[rows] = np.round(self.first_trust(seats, persons) / BASIS_POINT)
        luck = person_uniforms(self._keys["outside"], seats, persons, 0)
        people.outside[rows] = luck < propensities(people, rows, p)

    def first_trust(self, seats: np.ndarray, persons: np.ndarray) -> np.ndarray:
        """Trust with which each person came and to which it returns, 0–1, shape (k,)."""
        noise = person_normals(self._keys["trust"], seats, persons, 0)
        return np.clip(self._p.trust_mean + self._p.trust_spread * noise, 0.0, 1.0)

    def lean(self, people: Participants) -> np.ndarray:
        """Party lean of everybody, log odds, positive Republican, shape (n,)."""
        return lean(person_uniforms(self._keys["lean"], people.seat, people.generation, 0), self._p)

    def turnout(self, people: Participants) -> np.ndarray:
        """Probability of voting of everybody, by age (turnout_by_age.csv), shape (n,)."""
        return self._turnout[people.age]


def _turnout_by_month() -> np.ndarray:
    """Probability of voting by age in months, shape (1440,)."""
    known = table("turnout_by_age")
    return step(np.arange(OLDEST * MONTHS_A_YEAR) / MONTHS_A_YEAR, known["from_age"], known["turnout"])


def lean(luck: np.ndarray, p: TraitParameters) -> np.ndarray:
    """Party lean in log odds, positive Republican: two blocks, and voters spread evenly between them; shape (k,)."""
    low, high = p.partisan_share, 1.0 - p.partisan_share
    between = (2.0 * luck - 1.0) / max(1.0 - 2.0 * p.partisan_share, 1e-12)
    return p.partisan_lean * np.where(luck < low, -1.0, np.where(luck > high, 1.0, between))
