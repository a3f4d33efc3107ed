"""Diffusion: how fast firms take up what the law lets them, the same form for plan sponsors and for fund providers.

    yearly hazard of one that would ever adopt = (p + q F/m) · harbour          (Bass 1969)

F is the share of all firms that have adopted, m the ceiling: the share that would ever adopt. Every hazard works
month by month, so that what the law or the market does today moves adoption from today on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.quantities import Quantities, quantity
from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.scenario import Policy


class HarbourParameters(Quantities):
    """How much the law in force slows or speeds adoption by firms that answer to courts and clients."""

    discourage: float = quantity(
        0.1, unit="ratio", low=0.0, high=1.0, source="assumed; no sponsor is known to have opened a core option 2022–24"
    )
    """Hazard under discouraging guidance over that under a safe harbour."""
    permit: float = quantity(0.5, unit="ratio", low=0.1, high=1.0, source="assumed, range 0.25–1")
    """Hazard under a neutral rule over that under a safe harbour."""
    safe_harbour: float = quantity(
        1.0,
        unit="ratio",
        low=0.5,
        high=2.0,
        source="by definition: the analogues were safe or without risk",
    )
    """Hazard under a safe harbour: the diffusion that was measured on target-date funds and the Roth option."""
    promote: float = quantity(1.25, unit="ratio", low=0.5, high=3.0, source="assumed, range 1–2")
    """Hazard under active promotion over that under a safe harbour."""
    guidance: float = quantity(0.8, unit="ratio", low=0.1, high=1.0, source="assumed, range 0.5–1")
    """Weight of a friendly rule that stands on guidance, which the next president can withdraw."""
    rule: float = quantity(1.0, unit="ratio", low=0.5, high=1.5, source="by definition")
    """Weight of a friendly rule that went through notice and comment."""
    statute: float = quantity(1.1, unit="ratio", low=0.5, high=2.0, source="assumed, range 1–1.3")
    """Weight of a friendly rule that stands in a statute."""


class Speed(NamedTuple):
    """One diffusion curve: innovation p (1/year), imitation q (1/year), ceiling m (share of firms)."""

    innovation: float
    imitation: float
    ceiling: float


def speed_of(p: Quantities, name: str) -> Speed:
    """The curve called "slow", "middle" or "fast" of a parameter group that declares all three."""
    return Speed(getattr(p, f"{name}_innovation"), getattr(p, f"{name}_imitation"), getattr(p, f"{name}_ceiling"))


def harbour(policy: Policy, p: HarbourParameters) -> float:
    """What the rule and its instrument multiply every hazard of adoption with; 0 under a prohibition."""
    if policy.rule == "prohibit":
        return 0.0
    if policy.rule == "discourage":
        return p.discourage
    return getattr(p, policy.rule) * getattr(p, policy.instrument)


def bass_hazard(speed: Speed, adopters: float | np.ndarray) -> float | np.ndarray:
    """Yearly hazard p + q F/m of a firm that would ever adopt, when a share F of all firms has."""
    if speed.ceiling <= 0.0:
        return 0.0 * adopters
    return speed.innovation + speed.imitation * np.minimum(adopters / speed.ceiling, 1.0)


def chance(yearly_hazard: float | np.ndarray) -> float | np.ndarray:
    """Probability that an event of a yearly hazard happens within one month, 1 − exp(−h/12)."""
    return -np.expm1(-yearly_hazard / MONTHS_A_YEAR)


def built(began: np.ndarray, month: int, months: float) -> np.ndarray:
    """Share of a position that is built `month − began + 1` months into a straight build-up; 0 where began < 0.

    Args:
        began: first month of the build-up, int, shape (n,); −1 for those who have not begun.
        month: the present month.
        months: length of the build-up.
    """
    return np.where(began < 0, 0.0, np.clip((month - began + 1) / months, 0.0, 1.0))
