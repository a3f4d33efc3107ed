"""Liquidity: how deep the market makers quote, what their inventory does to them, and how depth is measured.

    makers:  K F g (p₋₁ + w Δv − p) − δ (I − I₀),    g = clip((σ̄/σ)^θ, 0.35, 2) · venues · (1 + institutions)

F is what traders hold: coins that are locked away make no depth. News is quoted at once (w), so that value traders may
be slow. Makers buy no more than their capital pays for. What is recorded as depth is this book, as whoever trades sees
it: others who would trade at another price quote nothing, and are met only by moving it. Whether inflow deepens the
market is asked of the model, not built in. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import numpy as np

from abm.quantities import Quantities, quantity
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR


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
    makers_inventory: float = quantity(0.02, unit="share of supply", low=0.001, high=0.2, source="assumed")
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
    mean_trade: float = quantity(
        5_000.0, unit="USD", low=10.0, high=1e6, source="assumed; some three million trades a day world-wide"
    )
    """Mean size of one trade, from which the spread is inferred."""


def quoted_spread(volatility: np.ndarray, volume_usd: np.ndarray, p: LiquidityParameters) -> float:
    """Mean spread between bid and ask, basis points: the volatility of one trade, σ √(mean trade / volume).

    A proxy: makers who must not lose ask for what a trade moves the price (Wyart, Bouchaud, Kockelkoren, Potters and
    Vettorazzo 2008).

    Args:
        volatility: 1/√year, shape (days,). volume_usd: USD a day, shape (days,).
    """
    daily = volatility / np.sqrt(DAYS_A_MONTH * MONTHS_A_YEAR)
    return float(np.mean(1e4 * daily * np.sqrt(p.mean_trade / np.maximum(volume_usd, p.mean_trade))))


def amihud(prices: np.ndarray, volume_usd: np.ndarray) -> float:
    """Mean absolute log return per billion USD traded, % (Amihud 2002).

    Args:
        prices: USD per coin, shape (days + 1,). volume_usd: USD a day, shape (days,).
    """
    returns = np.abs(np.diff(np.log(prices)))
    return float(np.mean(100.0 * returns / np.maximum(volume_usd, 1.0) * 1e9))
