"""The six exogenous assets, wages and prices: what the rest of the economy does, whatever the policy.

Stocks move daily, because crypto leans on them; every other asset's month is drawn jointly with the month of stocks.

    stocks, day:            r_d = ln(1 + g_s)/360 + σ_s/√360 · z_d                     (g: compound yearly return)
    another asset, month:   r = ln(1 + g)/12 + σ/√12 · (ρ z + √(1 − ρ²) e),            z = Σ z_d / √30
    appraised assets:       reported = θ · r + (1 − θ) · last reported                 (Geltner 1993)

Wages and prices step every January. `docs/model.md`, section 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from abm.data import table
from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import normals, stream
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.scenario import Shock

_DAYS_A_YEAR = DAYS_A_MONTH * MONTHS_A_YEAR


class Asset(IntEnum):
    """The exogenous assets; the order of every array of shape (6,) over assets and of data/asset_classes.csv."""

    EQUITY = 0
    BONDS = 1
    CASH = 2
    PRIVATE_EQUITY = 3
    REAL_ESTATE = 4
    COMMODITIES = 5


class ReturnsParameters(Quantities):
    """Growth of wages and prices, and how wild the exogenous assets are."""

    wage_growth: float = quantity(0.035, unit="1/year", low=-0.05, high=0.15, source="Social Security Trustees 2025")
    """Growth of the average wage."""
    inflation: float = quantity(0.023, unit="1/year", low=-0.05, high=0.15, source="CBO, February 2026 baseline")
    """Growth of consumer prices, to which brackets and limits are indexed."""
    volatility_scale: float = quantity(
        1.0,
        unit="multiple of published volatility",
        low=0.0,
        high=3.0,
        source="chosen; 0 runs the world on mean returns",
    )
    """Multiplies the volatility of all exogenous assets."""
    equity_return_shift: float = quantity(0.0, unit="1/year", low=-0.1, high=0.1, source="chosen")
    """Added to the compound return of stocks."""


class Economy(Stateful):
    """Wages, prices and asset returns of the present month.

    Attributes:
        wage_index, price_index: 1 in the calendar year of the start.
        yearly_wage_growth, yearly_inflation: 1/year.
        equity_daily: log returns of stocks, shape (30,).
        equity_news: the same less their mean, shape (30,): what nobody expected.
        monthly: reported log returns of the month by `Asset`, shape (6,).
    """

    STATE = ("wage_index", "price_index", "equity_daily", "equity_news", "monthly")

    def __init__(self, p: ReturnsParameters, seed: int) -> None:
        self._p = p
        self._assets = table("asset_classes")
        self._daily_key = stream(seed, "returns.stocks")
        self._monthly_key = stream(seed, "returns.others")
        self.yearly_wage_growth, self.yearly_inflation = p.wage_growth, p.inflation
        self.wage_index = self.price_index = 1.0
        self.equity_daily = np.zeros(DAYS_A_MONTH)
        self.equity_news = np.zeros(DAYS_A_MONTH)
        self.monthly = self.mean_monthly()

    def mean_monthly(self) -> np.ndarray:
        """Mean log return of a month by `Asset`, shape (6,)."""
        growth = self._assets["compound_return"].copy()
        growth[Asset.EQUITY] += self._p.equity_return_shift
        growth += self._assets["fee_inside"]
        return np.log1p(growth) / MONTHS_A_YEAR

    def advance(self, clock: Clock, shocks: Iterable[Shock]) -> None:
        """Bring wages, prices and returns to the month of `clock`; an "equity" shock falls on its first day."""
        self.wage_index = (1.0 + self.yearly_wage_growth) ** clock.years
        self.price_index = (1.0 + self.yearly_inflation) ** clock.years
        draws = normals(self._daily_key, np.arange(DAYS_A_MONTH), clock.month, 0)
        volatility = self._assets["volatility"] * self._p.volatility_scale
        mean = self.mean_monthly()
        self.equity_news = volatility[Asset.EQUITY] / math.sqrt(_DAYS_A_YEAR) * draws
        self.equity_news[0] += sum(shock.size for shock in shocks if shock.kind == "equity")
        self.equity_daily = mean[Asset.EQUITY] / DAYS_A_MONTH + self.equity_news
        self._report(clock.month, mean, volatility, float(draws.sum()) / math.sqrt(DAYS_A_MONTH))

    def _report(self, month: int, mean: np.ndarray, volatility: np.ndarray, stocks: float) -> None:
        """Set this month's reported returns from the month of stocks (standard normal) and each asset's own draw."""
        rho, speed = self._assets["correlation"], self._assets["appraisal_speed"]
        own = normals(self._monthly_key, np.arange(mean.size), month, 0)
        true = mean + volatility / math.sqrt(MONTHS_A_YEAR) * (rho * stocks + np.sqrt(1.0 - rho**2) * own)
        self.monthly = speed * true + (1.0 - speed) * self.monthly
        self.monthly[Asset.EQUITY] = self.equity_daily.sum()
