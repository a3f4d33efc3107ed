"""Institutions: funds, treasuries and banks that enter a market once its rules are clear (loop B4).

    coins:  bought a month = s (h · max(c − c₀, 0) · Q − held)          depth:  i ← i + s (d (c − c₀) − i)

c clarity, c₀ clarity at the start, Q supply, s speed. Whoever held coins at the start is among the background traders,
so that clarity at its start value changes nothing. Their coins leave the float; their desks quote. Both answers are
assumed: no published estimate ties holdings to clarity. `docs/model.md`, 4.6.
"""

from __future__ import annotations

from abm.quantities import Quantities, quantity


class InstitutionsParameters(Quantities):
    """How far and how fast institutions follow clarity."""

    holdings: float = quantity(
        0.03,
        unit="share of supply",
        low=0.0,
        high=0.5,
        source="assumed; half of what US spot funds took in two years (some 6 % of supply, 2024–25)",
    )
    """h, coins that institutions add in the end when clarity goes from 0 to 1."""
    depth: float = quantity(0.25, unit="share of depth", low=0.0, high=5.0, source="assumed; small")
    """d, depth that institutions add in the end when clarity goes from 0 to 1."""
    speed: float = quantity(1.0 / 24.0, unit="1/month", low=0.0, high=1.0, source="assumed; two years")
    """s, how fast institutions come and go."""


def added_depth(present: float, clarity: float, p: InstitutionsParameters) -> float:
    """Next month's institutional addition to depth, share, with `clarity` above its start."""
    return present + p.speed * (p.depth * clarity - present)


def bought_coins(held: float, clarity: float, supply: float, p: InstitutionsParameters) -> float:
    """Whole satoshi that institutions buy in a month, negative when they sell, with `clarity` above its start."""
    return float(round(p.speed * (p.holdings * max(clarity, 0.0) * supply - held)))
