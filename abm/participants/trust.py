"""Trust: what thefts, failed venues and large falls take from it, and how slowly it comes back.

    kept   = e^(−(b_i Σ|jump| + b_f (fall − ordinary fall)⁺) · (h for holders, else 1))
    trust ← (trust₀ + (trust − trust₀) · 2^(−1/half-life)) · kept

jump is the fall of value (log) at each theft or failure of the month; trust₀ is what the person came with. Trust is
kept in whole basis points and rounded toward trust₀, so that in quiet months it comes all the way back. Fraud shakes
people who had nothing to do with it as well [Gurun, Stoffman and Yonker 2018]. `docs/model.md` 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.quantities import Quantities, quantity
from abm.vocabulary import BASIS_POINT

if TYPE_CHECKING:
    from abm.participants.agent import Participants
    from abm.participants.traits import Traits

_SHAKING = ("theft", "failure")


class TrustParameters(Quantities):
    """How trust is shaken and returns."""

    incident_weight: float = quantity(
        0.5, unit="per log point of value", low=0.0, high=5.0, source="assumed; that it spreads: Gurun et al. 2018"
    )
    """b_i: trust lost by a theft or a failure, by how far it moved value."""
    fall_weight: float = quantity(0.25, unit="per log point of price", low=0.0, high=5.0, source="assumed")
    """b_f: trust lost by a month's fall beyond the ordinary one."""
    ordinary_fall: float = quantity(0.10, unit="log points", low=0.0, high=1.0, source="assumed")
    """A month's fall of the price that nobody wonders at."""
    holder_factor: float = quantity(2.0, unit="ratio", low=1.0, high=10.0, source="assumed")
    """h: how much more those feel it who hold crypto."""
    half_life: float = quantity(
        36.0, unit="months", low=1.0, high=240.0, source="assumed, range 12–120; none was measured"
    )
    """Time in which half of the way back is gone."""


def severity(incidents: Iterable[NamedTuple], month_return: float, p: TrustParameters) -> float:
    """What a month does to the trust of one who holds nothing: the exponent of its loss, 0 or more.

    Args:
        incidents: of the month, with kind and jump (log change of value).
        month_return: log return of the month.
    """
    jumps = sum(max(-incident.jump, 0.0) for incident in incidents if incident.kind in _SHAKING)
    return p.incident_weight * jumps + p.fall_weight * max(-month_return - p.ordinary_fall, 0.0)


def shaken(trust: np.ndarray, first: np.ndarray, holder: np.ndarray, blow: float, p: TrustParameters) -> np.ndarray:
    """Trust after a month, shape (n,), in the unit of what is given.

    Args:
        trust, first: trust now and when the person came, shape (n,). holder: bool, shape (n,). blow: `severity`.
    """
    returned = first + (trust - first) * 2.0 ** (-1.0 / p.half_life)
    return returned * np.exp(-blow * np.where(holder, p.holder_factor, 1.0))


def move(
    people: Participants, traits: Traits, incidents: Iterable[NamedTuple], month_return: float, p: TrustParameters
) -> None:
    """Let the month's incidents and its fall act on everybody's trust."""
    holder = (people.crypto_target > 0.0) | (people.outside == 1)
    first = np.round(traits.first_trust(people.seat, people.generation) / BASIS_POINT)
    moved = shaken(people.trust_points, first, holder, severity(incidents, month_return, p), p)
    # To the nearest point, slow recovery would stop below where it began.
    people.trust_points[:] = first + np.trunc(moved - first)
