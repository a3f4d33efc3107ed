"""Background traders: what they are like, what they start with, and how they come to trade on value or on trend.

    value trader:  Δq = κ_k g [n (1 + φ (v + b − p)) − q]          trend trader:  Δq = χ n m_k
    both:          + s_N n w (ε_t − ε_{t−1}) + s_P n (u_t − u_{t−1}),    cut to  −q ≤ Δq ≤ cash / P

n neutral coins, φ slope, b belief, k horizon; v value and p price in logs, m average return. Orders are round trips:
they move the price for a day and net to nothing. Neutral *coins*, not a share of wealth: a constant share would pin the
price to the cash inside the market. The switching law is in `traders_kernels.switch`. `docs/model.md`, 4.6.
"""

from __future__ import annotations

import numpy as np

from abm.crypto_market.clearing_kernels import CENTS_TO_SATOSHI, LANES
from abm.crypto_market.traders_kernels import CLASSES, Traders
from abm.quantities import Quantities, quantity
from abm.streams import normals, stream, uniforms

_FITTED = "fitted: abm calibrate market, BTC 2018–26; level set inside the whole model"
_FLOWS = "assumed from the response of price to US spot ETF flows 2024–26"
_ASSUMED = "assumed"
# Slots of the traits' stream
_SIZE, _SLOPE, _BELIEF, _HORIZON, _CHARTIST = range(5)


class TradersParameters(Quantities):
    """Sizes, speeds and moods of the background traders; daily unless the name says otherwise."""

    pareto: float = quantity(
        1.5, unit="tail exponent", low=1.05, high=5.0, source="assumed; top 1 % of traders hold about 14 %"
    )
    """Tail exponent of neutral holdings."""
    largest: float = quantity(0.01, unit="share of traders' coins", low=1e-4, high=0.2, source=_ASSUMED)
    """Largest neutral holding of one trader."""
    slope_spread: float = quantity(1.0, unit="log", low=0.0, high=2.0, source=_ASSUMED)
    """Standard deviation of the log of the slopes φ."""
    mean_slope: float = quantity(
        1.0 / (0.88 * 13.0), unit="share of coins per log gap", low=0.005, high=1.0, source=_FLOWS
    )
    """ζ, holdings-weighted mean of the slopes: leaves the slow multiplier after 250 days at a dial of 13."""
    belief_spread: float = quantity(0.3, unit="log", low=0.0, high=2.0, source=_ASSUMED)
    """Standard deviation of beliefs about value."""
    value_speed: float = quantity(0.0402, unit="share of gap", low=0.0, high=0.5, source=_FLOWS)
    """κ, mean over the classes of the share of a wanted change that is traded a day."""
    trend_strength: float = quantity(0.009691, unit="share of coins per log return", low=0.0, high=1.0, source=_FITTED)
    """χ, trend traders' purchase per average return."""
    trend_reaction: float = quantity(3.413, unit="multiple", low=0.0, high=20.0, source=_FITTED)
    """r, how much more strongly trend traders take news and moods than value traders."""
    order_size: float = quantity(0.000136, unit="share of coins", low=0.0, high=0.01, source=_FITTED)
    """s_N, common orders that come and go."""
    private_size: float = quantity(0.0175, unit="share of coins", low=0.0, high=0.2, source="assumed; 1 % traded a day")
    """s_P, private orders that come and go and net to nothing."""
    switching: float = quantity(0.2005, unit="probability", low=0.0, high=1.0, source=_FITTED)
    """ν, probability of reconsidering at no attraction either way."""
    predisposition: float = quantity(1.207, unit="log odds", low=-10.0, high=10.0, source=_FITTED)
    """a₀, standing attraction of value."""
    herding: float = quantity(0.09372, unit="log odds", low=0.0, high=1.9, source=_FITTED)
    """aₙ, attraction of the majority; at 2 the market would lock into one camp."""
    gap_pull: float = quantity(20.46, unit="1/log²", low=0.0, high=1e5, source=_FITTED)
    """a_p, attraction of value trading by the squared gap; the slow multiplier rescales it."""
    fear: float = quantity(0.0008, unit="log odds per log", low=0.0, high=5.0, source=_FITTED)
    """a_σ, attraction of trend trading by log volatility."""
    mood_size: float = quantity(0.4502, unit="log odds", low=0.0, high=5.0, source=_FITTED)
    """s_a, standard deviation of the daily change of the common mood."""
    mood_memory: float = quantity(0.9657, unit="share a day", low=0.0, high=0.999, source=_FITTED)
    """ρ_a, share of yesterday's mood that is left."""
    news_size: float = quantity(0.01676, unit="log", low=0.0, high=0.2, source=_FITTED)
    """s_v, standard deviation of news to value read by value traders alone, at calm volatility."""
    news_heat: float = quantity(0.1986, unit="elasticity", low=0.0, high=0.95, source=_FITTED)
    """θ_v, elasticity of the size of news to volatility."""
    news_freedom: float = quantity(3.734, unit="degrees of freedom", low=2.1, high=100.0, source=_FITTED)
    """Degrees of freedom of Student's t of the news."""
    stock_beta: float = quantity(1.2, unit="ratio", low=-5.0, high=5.0, source=_ASSUMED)
    """Answer of value to the daily surprise of stocks."""
    calm_volatility: float = quantity(0.032, unit="1/√day", low=0.001, high=0.2, source=_ASSUMED)
    """σ̄, volatility at which depth and news have their ordinary size; the volatility dial rescales it."""
    fast_memory: float = quantity(0.1639, unit="1/day", low=0.001, high=1.0, source=_FITTED)
    """Weight of a day in the fast average of squared returns."""
    slow_memory: float = quantity(0.015, unit="1/day", low=0.0001, high=1.0, source=_ASSUMED)
    """Weight of a day in the slow average of squared returns."""
    fall_weight: float = quantity(2.717, unit="multiple", low=0.1, high=20.0, source=_FITTED)
    """How much more a fall weighs than a rise in the fast average."""
    slow_weight: float = quantity(0.6341, unit="share", low=0.0, high=1.0, source=_FITTED)
    """Share of the slow average in variance."""
    gap_memory: float = quantity(0.004, unit="1/day", low=0.0, high=1.0, source="assumed; 250 days")
    """Weight of a day in the average gap."""
    gap_against_mean: bool = quantity(True, unit="", source="chosen: a raw gap would let steady inflow calm the market")
    """Whether the pull of the gap is against its slow mean; False lets inflow make everyone a value trader."""
    cash_share: float = quantity(0.15, unit="share of neutral worth", low=0.01, high=2.0, source=_ASSUMED)
    """Mean cash that a trader aims at."""
    purse_follows_price: bool = quantity(True, unit="", source="chosen: cash tied to value would calm a rising market")
    """Whether wanted cash follows price; False ties it to value."""
    income_speed: float = quantity(0.10, unit="share of gap per month", low=0.0, high=1.0, source=_ASSUMED)
    """How fast income and spending bring cash back to what is wanted."""
    renewal: float = quantity(1.0 / 48.0, unit="1/month", low=0.0, high=1.0, source=_ASSUMED)
    """Share of traders who leave their coins to a successor with new cash."""


def found_traders(count: int, coins: float, price: float, p: TradersParameters, seed: int) -> Traders:
    """Traders at the start, holding exactly `coins` satoshi at a price (USD) that equals value.

    Each trait is drawn by the trader's number, so one trader more changes nobody's draws (but all are scaled so that
    neutral holdings sum to `coins`, slopes average ζ and beliefs average nothing).
    """
    key, index, size = stream(seed, "market.traits"), np.arange(count), -(-count // LANES) * LANES
    weight = limited(uniforms(key, index, 0, _SIZE) ** (-1.0 / p.pareto), max(p.largest, 2.0 / count))
    slope = np.exp(p.slope_spread * normals(key, index, 0, _SLOPE))
    slope *= p.mean_slope / np.sum(weight * slope)
    belief = p.belief_spread * normals(key, index, 0, _BELIEF)
    belief -= np.sum(weight * slope * belief) / np.sum(weight * slope)
    purse = p.cash_share * (0.5 + 0.5 * slope / p.mean_slope)
    holdings = whole_parts(weight, coins)

    def padded(values: np.ndarray, kind: type = np.float64) -> np.ndarray:
        return np.concatenate([values, np.zeros(size - count)]).astype(kind)

    return Traders(
        neutral=padded(weight * coins),
        slope=padded(slope),
        belief=padded(belief),
        horizon=padded(np.floor(CLASSES * uniforms(key, index, 0, _HORIZON)), np.int64),
        purse=padded(purse),
        coins=padded(holdings),
        cash=padded(np.rint(purse * holdings * price / CENTS_TO_SATOSHI)),
        chartist=padded(uniforms(key, index, 0, _CHARTIST) > 1.0 / (1.0 + np.exp(-p.predisposition))),
        **{name: np.zeros(size) for name in ("mark", "swing", "level", "tilt")},
    )


def limited(size: np.ndarray, largest: float) -> np.ndarray:
    """Sizes as shares that sum to one, none above `largest`, the others in proportion."""
    share = size / size.sum()
    for _ in range(share.size):
        over = share >= largest
        room = 1.0 - largest * over.sum()
        scaled = np.where(over, largest, size * (room / size[~over].sum()))
        if not (scaled[~over] > largest).any():
            return scaled
        share = scaled
    return share


def whole_parts(weight: np.ndarray, total: float) -> np.ndarray:
    """Whole numbers in proportion to weights that sum to a whole total exactly; the largest takes the remainder."""
    parts = np.floor(weight / weight.sum() * total)
    parts[np.argmax(weight)] += total - parts.sum()
    return parts
