"""What the market remembers: trend, highs and falls, as savers, sponsors and managers see them at a month's end.

expected return: x̂ = ½ (memory of half-life 2 months + memory of half-life 12 months), a year, within −1 … 1.5
drawdown         1 − P / high, the high fading 1 % a month        fall of 12 months: 1 − P / highest of 12 months
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR


class HistoryParameters(Quantities):
    """How long returns and highs are remembered."""

    short_half_life: float = quantity(
        2.0, unit="months", low=0.1, high=120.0, source="assumed; Greenwood & Shleifer 2014"
    )
    """Half-life of the short memory of returns."""
    long_half_life: float = quantity(
        12.0, unit="months", low=0.1, high=240.0, source="assumed; Greenwood & Shleifer 2014"
    )
    """Half-life of the long memory of returns."""
    high_fading: float = quantity(0.01, unit="1/month", low=0.0, high=1.0, source="assumed")
    """How fast an old high is forgotten."""
    start_high: float = quantity(
        122_000.0, unit="USD/coin", low=0.0, high=1e7, source="before 10 October 2025 (CoinDesk Data)"
    )
    """Highest price of the year before the start (the start price where that is higher)."""


class Outlook(NamedTuple):
    """What anyone may know of the crypto market at a month's end.

    Attributes:
        price: USD per coin.
        expected_return: log points a year, extrapolated.
        volatility: 1/√year.
        drawdown: fall below the faded high, 0–1.
        month_return: log return of the last month.
        fall_12m: fall below the highest price of twelve months, 0–1.
        depth_usd: USD that move the price by 1 %, mean of the last month.
    """

    price: float
    expected_return: float
    volatility: float
    drawdown: float
    month_return: float
    fall_12m: float
    depth_usd: float


class History(Stateful):
    """Averages of past returns and past highs.

    Attributes:
        short, long: average monthly log returns.
        month_return: log return of the last month.
        faded_high: USD per coin.
        highs: highest daily price of each of the last twelve months, USD per coin, oldest first, shape (12,).
    """

    STATE = ("short", "long", "month_return", "faded_high", "highs")

    def __init__(self, price: float, p: HistoryParameters) -> None:
        self._p = p
        self.short = self.long = self.month_return = 0.0
        self.faded_high = max(price, p.start_high * (1.0 - p.high_fading) ** 3)
        self.highs = np.full(MONTHS_A_YEAR, float(price))
        self.highs[-3] = max(price, p.start_high)  # October, three months before a start in January

    @property
    def high(self) -> float:
        """Highest daily price of the last twelve months, USD per coin."""
        return float(self.highs.max())

    def remember(self, price_open: float, prices: np.ndarray) -> None:
        """Add a month of daily prices, USD per coin, shape (30,)."""
        p = self._p
        self.month_return = math.log(prices[-1] / price_open)
        self.short = remembered(self.short, self.month_return, p.short_half_life)
        self.long = remembered(self.long, self.month_return, p.long_half_life)
        daily = (1.0 - p.high_fading) ** (1.0 / DAYS_A_MONTH)
        for price in prices:
            self.faded_high = max(self.faded_high * daily, float(price))
        self.highs = np.append(self.highs[1:], prices.max())

    def outlook(self, price: float, volatility: float, depth_usd: float) -> Outlook:
        """The outlook at a price, with the market's volatility (1/√year) and depth (USD per 1 %)."""
        expected = min(max(0.5 * (self.short + self.long) * MONTHS_A_YEAR, -1.0), 1.5)
        fall, fall_12m = 1.0 - price / self.faded_high, 1.0 - price / self.high
        return Outlook(price, expected, volatility, max(fall, 0.0), self.month_return, max(fall_12m, 0.0), depth_usd)


def remembered(average: float, value: float, half_life: float) -> float:
    """An exponential average after one more month: weight 1 − 2^(−1/half-life) on the newest."""
    return average + (1.0 - 0.5 ** (1.0 / half_life)) * (value - average)
