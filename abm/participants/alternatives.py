"""Alternatives: private equity, real estate and commodities inside default funds, each with its own fee and gate.

A provider's fund holds them. The managed savers of the sponsors that accepted it own them by their claims, as they own
the coins of a sleeve:

    share of a claim      κ_k = h_k / max(A, Σh)                            A = Σ weight · plan_core over these savers
    holding of class k    h ← h · (1 + g_k) · (1 − fee − fee_k)             g_k: reported return of the class
    building up           b · min(a_k A − h, (A − Σh) / 3)                  while it is short of its aim a_k
    redeeming             at most the share gate_k of h a month             once it is above

Who joins or leaves a fund trades at the appraised value with its liquid part: a gate binds funds, not persons, and a
stale appraisal dilutes those who stay. What a fund holds beyond the claims on it, when many have left, belongs to all
plan accounts until the gates have let it go. `docs/model.md` 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.participants import passes
from abm.quantities import Quantities, quantity
from abm.vocabulary import ALTERNATIVES, MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants


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

    @property
    def monthly_fees(self) -> np.ndarray:
        """Fee of each class a month, shape (3,)."""
        return self.by_class("fee") / MONTHS_A_YEAR


class Holdings(NamedTuple):
    """Other alternatives of all funds before a month's marks, and who owns them; m providers.

    Attributes:
        fund: provider whose alternatives an employer's managed savers own, −1 for none, int32, shape (n_employers,).
        usd: held by each fund in each class, shape (m, 3). claims: USD of its savers, shape (m,).
        parts: what a USD of claims owns in each class, shape (m + 1, 3), the last row for savers of no such fund.
    """

    fund: np.ndarray
    usd: np.ndarray
    claims: np.ndarray
    parts: np.ndarray

    def of_claims(self, growth: np.ndarray, p: AlternativesParameters) -> dict[str, np.ndarray]:
        """Share of a claim in alternatives, and their gain and own fees over it in a month, shape (m + 1,) each.

        Args:
            growth: of each class in the month, shape (3,).
        """
        return {
            "share": self.parts.sum(axis=1),
            "gain": (self.parts * growth).sum(axis=1),
            "fee": (self.parts * (1.0 + growth) * p.monthly_fees).sum(axis=1),
        }

    def settle(
        self, people: Participants, managers: AssetManagers, growth: np.ndarray, p: AlternativesParameters
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mark what funds hold after savers' accounts were marked, let funds buy and redeem.

        Returns:
            national USD held in each class at the end, and fees of each class, shape (3,) each.
        """
        marked = self.usd * (1.0 + growth)
        kept = marked * (1.0 - p.monthly_fees - managers.fee[:, None] / MONTHS_A_YEAR)
        usd = rebalanced(kept, claims_on(people, self.fund, len(managers)), managers.alternatives("share"), p)
        for place, name in enumerate(ALTERNATIVES):
            getattr(managers, f"{name}_usd")[:] = usd[:, place]
        return usd.sum(axis=0), (marked * p.monthly_fees).sum(axis=0)


def holdings(people: Participants, sponsors: Employers, managers: AssetManagers) -> Holdings:
    """Who owns what funds hold as it stands; changes nothing."""
    fund = np.where(sponsors.alternatives == 1, sponsors.manager, -1).astype(np.int32)
    usd, claims = managers.alternatives("usd"), claims_on(people, fund, len(managers))
    return Holdings(fund, usd, claims, parts(usd, claims, people.total(people.plan_core)))


def claims_on(people: Participants, fund: np.ndarray, managers: int) -> np.ndarray:
    """National USD of savers' claims on each provider's fund, shape (managers,); `fund` as in `Holdings`."""
    return passes.fund_assets(people.weight, people.managed, people.employer, people.plan_core, fund, managers)


def parts(usd: np.ndarray, claims: np.ndarray, everybody: float) -> np.ndarray:
    """What a USD of claims owns in each class, shape (m + 1, 3); what a fund's own claims do not cover, all own.

    Args:
        usd: held by each fund in each class, shape (m, 3). claims: on each fund, shape (m,). everybody: all claims.
    """
    whole = np.maximum(claims, usd.sum(axis=1))
    whole = np.where(whole > 0.0, whole, 1.0)
    left = (usd * (1.0 - claims / whole)[:, None]).sum(axis=0)
    orphaned = left / everybody if everybody > 0.0 else np.zeros_like(left)
    return np.vstack((usd / whole[:, None], np.zeros(usd.shape[1]))) + orphaned


def held_by(rows: np.ndarray, people: Participants, sponsors: Employers, managers: AssetManagers) -> np.ndarray:
    """USD of other alternatives inside the plan accounts of some rows of savers, shape (k,)."""
    held = holdings(people, sponsors, managers)
    works = (people.managed[rows] == 1) & (people.employer[rows] >= 0)
    fund = np.where(works, held.fund[people.employer[rows]], -1)
    return people.plan_core[rows] * held.parts.sum(axis=1)[fund]


def rebalanced(usd: np.ndarray, claims: np.ndarray, aims: np.ndarray, p: AlternativesParameters) -> np.ndarray:
    """USD of each class after a month's purchases and redemptions, shape (m, 3).

    Args:
        usd: after the month's marks, shape (m, 3). claims: likewise, shape (m,). aims: share of the fund, shape (m, 3).
    """
    liquid = np.maximum(claims - usd.sum(axis=1), 0.0)[:, None]
    gap = aims * claims[:, None] - usd
    # Buying is spread over months and paid from the liquid part; leaving waits at the gate.
    bought = p.build * np.minimum(gap, liquid / usd.shape[1])
    return usd + np.where(gap > 0.0, bought, np.maximum(gap, -p.by_class("gate") * usd))
