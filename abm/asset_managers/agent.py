"""Asset managers: target-date providers and recordkeepers, five of which hold most of the assets."""

from __future__ import annotations

import numpy as np

from abm.columns import Population, RowAgent, column
from abm.vocabulary import ALTERNATIVES


class AssetManager(RowAgent):
    """A provider of target-date funds."""

    market_share = column(np.float64, unit="share of target-date assets", doc="Share of clients at the start.")
    assets = column(np.float64, unit="USD", doc="Target-date assets of accepting plans, coins included.")
    coins = column(np.float64, unit="coins", doc="Coins in the crypto sleeve.")
    moved = column(np.int8, unit="0 or 1", doc="1: runs a crypto sleeve.")
    moved_month = column(np.int32, unit="month", doc="Month in which the sleeve began.", default=-1)
    inside = column(np.int8, unit="0 or 1", doc="1: the sleeve sits in the existing series: all clients get it.")
    sleeve_target = column(np.float64, unit="share of fund", doc="Crypto share aimed at.")
    private_equity_month = column(np.int32, unit="month", doc="Month in which private equity was added.", default=-1)
    private_equity_share = column(np.float64, unit="share of fund", doc="Share of private equity aimed at.")
    private_equity_usd = column(np.float64, unit="USD", doc="Private equity in its fund.")
    real_estate_month = column(np.int32, unit="month", doc="Month in which real estate was added.", default=-1)
    real_estate_share = column(np.float64, unit="share of fund", doc="Share of real estate aimed at.")
    real_estate_usd = column(np.float64, unit="USD", doc="Direct real estate in its fund.")
    commodities_month = column(np.int32, unit="month", doc="Month in which commodities were added.", default=-1)
    commodities_share = column(np.float64, unit="share of fund", doc="Share of commodities aimed at.")
    commodities_usd = column(np.float64, unit="USD", doc="Commodities in its fund.")
    fee = column(np.float64, unit="1/year", doc="Yearly fee on core assets.", default=0.0035)
    performance = column(np.float64, unit="log", doc="Twelve-month memory of the fund's return over its peers'.")


class AssetManagers(Population[AssetManager]):
    """All providers, as columns."""

    def alternatives(self, what: str) -> np.ndarray:
        """`month`, `share` or `usd` of every class of alternatives, a copy of shape (m, 3)."""
        return np.stack([getattr(self, f"{name}_{what}") for name in ALTERNATIVES], axis=1)
