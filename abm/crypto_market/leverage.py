"""Leverage: open interest on a ladder of liquidation prices, closed and reopened every day.

    each day  turnover · open interest is closed, turnover · target is opened at rungs uniform over 0–0.9 log points
    a fall through a rung sells ψ_L of what stands on it in the same auction; a rise buys ψ_S of the shorts' mirror

Levered traders and their lenders are one sector: it owns the spot coins behind long positions and those that shorts
have not borrowed. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import math

import numpy as np

from abm.crypto_market.clearing_kernels import RUNG, RUNGS
from abm.quantities import Quantities, quantity


class LeverageParameters(Quantities):
    """Open interest and what of it reaches the spot market."""

    open_interest: float = quantity(
        0.028, unit="share of supply, each side", low=0.0, high=0.2, source="560 000 of 19.93 million BTC, October 2025"
    )
    """Open interest of longs, and of shorts; the leverage dial multiplies it."""
    ladder_reach: float = quantity(
        0.9, unit="log", low=0.05, high=3.0, source="10 October 2025: 14 % of contracts closed at a fall of 13 %"
    )
    """How far from the price liquidation prices reach."""
    turnover: float = quantity(0.15, unit="1/day", low=0.0, high=1.0, source="assumed")
    """Share of positions renewed a day."""
    long_share: float = quantity(
        0.166, unit="share", low=0.0, high=1.0, source="fitted to moments of BTC daily returns 2018–26"
    )
    """ψ_L, share of liquidated longs that is sold in this market."""
    short_share: float = quantity(0.064, unit="share", low=0.0, high=1.0, source="fitted, as long_share")
    """ψ_S, share of liquidated shorts that is bought in this market."""
    cash_multiple: float = quantity(2.0, unit="multiple of spot coins' worth", low=0.0, high=20.0, source="assumed")
    """Cash to which the sector is brought each month."""


def spot_coins(supply: float, p: LeverageParameters) -> float:
    """Whole satoshi that levered traders and lenders own at the start: behind longs, and to be lent to shorts."""
    return float(np.rint((p.long_share + p.short_share) * p.open_interest * supply))


def found_ladders(log_price: float, supply: float, p: LeverageParameters) -> np.ndarray:
    """Open interest of longs and shorts by place on the ring, satoshi, shape (2, 1024)."""
    ladders, places, first = np.zeros((2, RUNGS)), int(p.ladder_reach / RUNG), math.floor(log_price / RUNG)
    reach = np.arange(places)
    ladders[0, (first - reach) % RUNGS] = p.open_interest * supply / places
    ladders[1, (first + reach) % RUNGS] = p.open_interest * supply / places
    return ladders
