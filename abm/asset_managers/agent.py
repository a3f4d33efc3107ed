"""Asset managers: target-date providers and recordkeepers, five of which hold most of the assets."""

from __future__ import annotations

import numpy as np

from abm.columns import Population, RowAgent, column


class AssetManager(RowAgent):
    """A provider of target-date funds."""

    market_share = column(np.float64, unit="share of target-date assets", doc="Share of clients at the start.")
    assets = column(np.float64, unit="USD", doc="Target-date assets of accepting plans, coins included.")
    coins = column(np.float64, unit="coins", doc="Coins in the crypto sleeve.")
    moved = column(np.int8, unit="0 or 1", doc="1: runs a crypto sleeve.")
    moved_month = column(np.int32, unit="month", doc="Month in which the sleeve began.", default=-1)
    inside = column(np.int8, unit="0 or 1", doc="1: the sleeve sits in the existing series: all clients get it.")
    sleeve_target = column(np.float64, unit="share of fund", doc="Crypto share aimed at.")
    alternatives_month = column(np.int32, unit="month", doc="Month in which alternatives were added.", default=-1)
    alternatives_share = column(np.float64, unit="share of fund", doc="Share in other alternatives.")
    fee = column(np.float64, unit="1/year", doc="Yearly fee on core assets.", default=0.0035)
    performance = column(np.float64, unit="log", doc="Twelve-month memory of the fund's return over its peers'.")


class AssetManagers(Population[AssetManager]):
    """All providers, as columns."""
