"""Liquidity: how deep the market makers quote, what their inventory does to them, and how depth is measured.

    makers:  K F g (p₋₁ + w Δv − p) − δ (I − I₀),    g = clip((σ̄/σ)^θ, 0.35, 2) · venues · (1 + institutions)

F is what traders hold: coins that are locked away make no depth. News is quoted at once (w), so that value traders may
be slow. Whether inflow deepens the market is asked of the model, not built in. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import numpy as np

from abm.quantities import Quantities, quantity


class LiquidityParameters(Quantities):
    """Market makers and depth."""

    makers_slope: float = quantity(
        0.0237,
        unit="share of traders' coins per log point",
        low=0.001,
        high=1.0,
        source="fitted to moments of BTC daily returns 2018–26 (abm/data/market_moments.csv)",
    )
    """K, slope of the makers' book; the multiplier dials replace it."""
    news_quoted: float = quantity(0.79, unit="share", low=0.0, high=1.0, source="fitted, as makers_slope")
    """w, share of news that makers quote at once."""
    inventory_decay: float = quantity(0.068, unit="1/day", low=0.0, high=1.0, source="fitted, as makers_slope")
    """δ, share of surplus inventory traded back a day; the slow multiplier damps it."""
    makers_inventory: float = quantity(0.02, unit="share of supply", low=0.001, high=0.2, source="assumed; tried form")
    """I₀, ordinary inventory."""
    makers_limit: float = quantity(
        0.015, unit="share of supply", low=0.001, high=0.2, source="assumed; far outside ordinary inventory"
    )
    """Largest deviation from ordinary inventory."""
    makers_capital: float = quantity(0.04, unit="share of market value", low=0.0, high=1.0, source="assumed")
    """Cash to which makers are brought each month."""
    depth_elasticity: float = quantity(
        0.7, unit="elasticity", low=0.0, high=3.0, source="order books in November 2022 and 2025 (Kaiko): 0.70–0.75"
    )
    """θ, elasticity of depth to volatility."""
    institutional_gain: float = quantity(0.25, unit="share of depth", low=0.0, high=5.0, source="assumed; small")
    """Depth that institutions add in the end when clarity goes from 0 to 1."""
    institutional_speed: float = quantity(1.0 / 24.0, unit="1/month", low=0.0, high=1.0, source="assumed; two years")
    """How fast institutions come and go."""


def institutional_depth(present: float, clarity: float, clarity_at_start: float, p: LiquidityParameters) -> float:
    """Next month's institutional addition to depth, share: `present` + speed · (gain · (clarity − start) − present)."""
    wanted = p.institutional_gain * (clarity - clarity_at_start)
    return present + p.institutional_speed * (wanted - present)


def amihud(prices: np.ndarray, volume_usd: np.ndarray) -> float:
    """Mean absolute log return per billion USD traded, % (Amihud 2002).

    Args:
        prices: USD per coin, shape (days + 1,). volume_usd: USD a day, shape (days,).
    """
    returns = np.abs(np.diff(np.log(prices)))
    return float(np.mean(100.0 * returns / np.maximum(volume_usd, 1.0) * 1e9))
