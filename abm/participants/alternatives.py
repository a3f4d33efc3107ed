"""Alternatives: private equity, real estate and commodities inside default funds, each with its own fee and gate.

A saver's row keeps one amount; which class it is in is held by the provider of his fund, whose mix every member shares.

    class k of a saver    h ← h · (1 + g_k) · (1 − fee − fee_k)                       g_k: reported return of the class
    building up           b · min(a_k · fund − h, liquid / 3)                         while it is short of its aim a_k
    leaving               at most the share gate_k of h a month                       once it is above

A person who leaves the fund is paid at the appraised value out of its liquid part: a gate binds funds, not persons.
`docs/model.md` 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.participants.account_kernels import Alternatives
from abm.quantities import Quantities, quantity
from abm.vocabulary import ALTERNATIVES, MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.employers.menu import Doors


class AlternativesParameters(Quantities):
    """Fees, gates and build-up of the alternatives in a default fund."""

    private_equity_fee: float = quantity(
        0.020, unit="1/year", low=0.0, high=0.08, source="assumed; 0.96–5.49 % in 19 evergreen funds, Cliffwater 2024"
    )
    """Fee of private equity on top of the fund's own."""
    real_estate_fee: float = quantity(
        0.011, unit="1/year", low=0.0, high=0.08, source="Accordant ODCE Index Fund, prospectus 2023: 1.10 %"
    )
    """Fee of direct real estate on top of the fund's own."""
    commodities_fee: float = quantity(
        0.0085, unit="1/year", low=0.0, high=0.08, source="assumed: expense ratio of a broad exchange-traded fund"
    )
    """Fee of commodities on top of the fund's own."""
    private_equity_gate: float = quantity(
        0.05 / 3.0, unit="1/month", low=0.0, high=1.0, source="interval funds: 5 % a quarter, 17 CFR 270.23c-3"
    )
    """Largest part of private equity that a fund may redeem in a month."""
    real_estate_gate: float = quantity(
        0.05 / 3.0, unit="1/month", low=0.0, high=1.0, source="interval funds: 5 % a quarter, 17 CFR 270.23c-3"
    )
    """Largest part of direct real estate that a fund may redeem in a month."""
    commodities_gate: float = quantity(1.0, unit="1/month", low=0.0, high=1.0, source="exchange-traded: sold any day")
    """Largest part of commodities that a fund may redeem in a month."""
    build: float = quantity(1.0 / 12.0, unit="1/month", low=0.0, high=1.0, source="assumed")
    """Part of the gap to its aim that a fund buys in a month."""

    def by_class(self, what: str) -> np.ndarray:
        """Fee or gate by class, in the order of `ALTERNATIVES`, shape (3,)."""
        return np.array([getattr(self, f"{name}_{what}") for name in ALTERNATIVES])


def alternatives(managers: AssetManagers, doors: Doors, monthly: np.ndarray, p: AlternativesParameters) -> Alternatives:
    """What the marks of a month need to know; `held` and `paid` are empty tallies for them to fill.

    Args:
        monthly: reported log returns of the classes, shape (3,).
    """
    none = len(managers)
    return Alternatives(
        aims=np.vstack((doors.alternatives_share, np.zeros(len(ALTERNATIVES)))),
        provider=np.append(doors.fund, none).astype(np.int32),
        mixes=mixes(managers.alternatives("usd")),
        growth=np.expm1(monthly),
        fees=p.by_class("fee") / MONTHS_A_YEAR,
        gates=p.by_class("gate"),
        build=float(p.build),
        held=np.zeros((none + 1, len(ALTERNATIVES))),
        paid=np.zeros(len(ALTERNATIVES)),
    )


def mixes(usd: np.ndarray) -> np.ndarray:
    """Share of each class in each provider's alternatives, shape (m + 1, 3); rows sum to one.

    A provider without any, and the last row, for savers of no provider, take the country's mix, or thirds of nothing.

    Args:
        usd: what each provider's members hold, shape (m, 3).
    """
    nation = usd.sum(axis=0)
    nation = nation / nation.sum() if nation.sum() > 0.0 else np.full(usd.shape[1], 1.0 / usd.shape[1])
    totals = usd.sum(axis=1, keepdims=True)
    own = np.divide(usd, totals, out=np.tile(nation, (len(usd), 1)), where=totals > 0.0)
    return np.vstack((own, nation))
