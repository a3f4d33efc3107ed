"""Dials: how the market's parameters follow what the scenario asks for, without a new fit.

    ζ = 1/(0.88 M_slow)   K = S · 41.7/M_fast − κ n̄_f ζ,  S = K₀ + κ n̄_f ζ(13)   a_p = a_p₀ (13/M_slow)²
    order sizes, trend orders and liquidations · 41.7/M_fast
    news and orders · √((σ² − f²)/(0.64² − f²)),  f = 0.23       σ̄ · σ/0.64      (σ the volatility dial)

S is the slope of the market before the ladder and at ordinary depth; with both, a median day of the fitted market
answers a flow by 41.7. What traders do to each other shrinks with S, so that a thinner market is more easily moved by
*outside* money and little wilder by itself; a deeper one has larger market makers. The slow multiplier is the log price
that is left 250 days after one share of value was bought: by then the slowest class of traders has given half its
answer, and all together 0.88 of it. δ is damped away from M_slow = 13, where the return to value would overshoot.
Stocks and incidents, which are f, do not follow the volatility dial, so it cannot lead below about 0.3. Leverage above
about 1.6 times today's brings cascades over several days: the ladder's density nears the slope that is left in a panic.
`docs/model.md`, 4.6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from abm.quantities import Quantities

if TYPE_CHECKING:
    from abm.crypto_market.agent import CryptoMarketParameters
    from abm.scenario import MarketDials

FITTED_SLOW, FITTED_FAST, FITTED_VOLATILITY = 13.0, 41.72, 0.64
"""Multipliers and volatility (1/√year) at which the parameters were fitted."""
VALUE_SHARE = 0.76
"""n̄_f, mean share of value traders in the fit."""
ANSWERED = 0.88
"""Share of the lasting answer that is given after 250 days, by six classes of speed κ_k n̄_f."""
OUTSIDE_VOLATILITY = 0.23
"""f, volatility that stocks (1.2 · 0.165) and incidents (0.12) bring to value, 1/√year."""
_LEAST_SLOPE, _LEAST_DECAY, _LEAST_OWN = 0.002, 0.015, 0.1


def value_slope(slow: float) -> float:
    """ζ: mean slope of value traders that leaves the slow multiplier after 250 days."""
    return 1.0 / (ANSWERED * slow)


def market_slope(makers_slope: float, value_speed: float, slow: float) -> float:
    """Share of traders' coins wanted per log point at ordinary depth, before the ladder takes its part."""
    return makers_slope + value_speed * VALUE_SHARE * value_slope(slow)


def inventory_decay(fitted: float, slow: float) -> float:
    """δ: 0.068 at a slow multiplier of 13, less on both sides of it."""
    ratio = FITTED_SLOW / slow
    return min(fitted, max(_LEAST_DECAY, fitted * min(ratio * ratio, 1.0 / ratio)))


def own_scale(volatility: float) -> float:
    """Factor on news and orders that leads to a volatility, 1/√year, beside what comes from outside."""
    outside = OUTSIDE_VOLATILITY**2
    own = max(volatility * volatility - outside, (_LEAST_OWN * volatility) ** 2)
    return math.sqrt(own / (FITTED_VOLATILITY**2 - outside))


def dialled(p: CryptoMarketParameters, dials: MarketDials) -> CryptoMarketParameters:
    """The parameters under the scenario's dials; at the fitted values nothing changes but ζ."""
    slow, thin, wild = dials.slow_multiplier, FITTED_FAST / dials.fast_multiplier, own_scale(dials.volatility)
    traders, liquidity, leverage = p.traders, p.liquidity, p.leverage
    slope = thin * market_slope(liquidity.makers_slope, traders.value_speed, FITTED_SLOW)
    makers = slope - traders.value_speed * VALUE_SHARE * value_slope(slow)
    ratio = FITTED_SLOW / slow
    return _replaced(
        p,
        traders=_replaced(
            traders,
            mean_slope=traders.mean_slope * (FITTED_SLOW / slow),
            gap_pull=traders.gap_pull * ratio * ratio,
            news_size=traders.news_size * wild,
            calm_volatility=traders.calm_volatility * dials.volatility / FITTED_VOLATILITY,
            order_size=traders.order_size * wild * thin,
            trend_strength=traders.trend_strength * thin,
        ),
        liquidity=_replaced(
            liquidity,
            makers_slope=max(makers, _LEAST_SLOPE),
            inventory_decay=inventory_decay(liquidity.inventory_decay, slow),
            makers_inventory=liquidity.makers_inventory * max(thin, 1.0),
            makers_limit=liquidity.makers_limit * max(thin, 1.0),
            makers_capital=liquidity.makers_capital * max(thin, 1.0),
        ),
        leverage=_replaced(
            leverage,
            open_interest=leverage.open_interest * dials.leverage,
            long_share=min(leverage.long_share * thin, 1.0),
            short_share=min(leverage.short_share * thin, 1.0),
        ),
    )


def _replaced[T: Quantities](group: T, **changes: object) -> T:
    """A copy with fields changed; not checked again, for a dial may lead outside the range of a fit."""
    return group.model_copy(update=changes)
