"""Valuation: what the month's returns, a sleeve's coins and fees did to every account.

    managed part      b ← b · (1 + (1 − κ) g(a) + G/A) · (1 − fee)          g(a): glide path return at the saver's age
    sleeve's gain     coins after · price − coins before · price before − USD spent
    a fund's gain     G = sleeve's gain + Σ_k h_k g_k                       h_k: other alternatives of class k
    not on the path   κ = (coins' worth + Σ_k h_k) / A                      A: claims on the fund
    high-water mark   H ← max(P, P + (H − P) · 2^(−1/24))                                   of those exposed to coins

A gain is shared over a fund's savers pro rata to their claims: A = liquid assets + coins' worth + Σ_k h_k.
`docs/model.md` 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.columns import RowSet
from abm.data import table
from abm.participants import passes
from abm.participants.alternatives import AlternativesParameters, claims_on, holdings
from abm.participants.life import OLDEST, records
from abm.quantities import Quantities, quantity
from abm.vocabulary import MONTHS_A_YEAR, Sector

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.books import Books
    from abm.crypto_market.agent import Trades
    from abm.employers.agent import Employers
    from abm.employers.menu import Doors
    from abm.participants.agent import Participants
    from abm.returns import Economy

_EQUITY, _BONDS, _FIRST_ALTERNATIVE = 0, 1, 3
"""Places in the order of asset_classes.csv."""


class ValuationParameters(Quantities):
    """Fees, the alternatives of funds, and the memory of highs."""

    fee: float = quantity(0.0035, unit="1/year", low=0.0, high=0.03, source="ICI 2025: 0.26–0.44 % by kind of fund")
    """Fee of IRAs and of plan accounts without an employer."""
    high_water_half_life: float = quantity(24.0, unit="months", low=1.0, high=240.0, source="assumed; range 12–60")
    """How long the memory of a high lasts."""
    alternatives: AlternativesParameters = AlternativesParameters()

    @property
    def high_water_kept(self) -> float:
        """Share of the distance to the high that is remembered after a month."""
        return 0.5 ** (1.0 / self.high_water_half_life)


class Valued(NamedTuple):
    """National USD of a month.

    Attributes:
        returns: of all but coins. fees: all of them. sleeve_gain: of the coins in funds.
        alternatives: held in each class at the end, shape (3,). class_fees: of each class, within fees, shape (3,).
    """

    returns: float
    fees: float
    sleeve_gain: float
    alternatives: np.ndarray
    class_fees: np.ndarray


class Valuation:
    """The month's marks on every account."""

    def __init__(self, p: ValuationParameters) -> None:
        self.p = records({"high_water_kept": np.array([p.high_water_kept])})[0]
        self.alternatives = p.alternatives
        self.managed, self.self_directed = equity_shares()
        self.monthly_fee = p.fee / MONTHS_A_YEAR

    def value(
        self,
        people: Participants,
        sponsors: Employers,
        managers: AssetManagers,
        doors: Doors,
        economy: Economy,
        trades: Trades,
        books: Books,
    ) -> Valued:
        """Mark every account and enter returns and fees."""
        fund = np.where(sponsors.accepts_sleeve == 1, doors.fund, -1).astype(np.int32)
        held = holdings(people, sponsors, managers)
        assets = claims_on(people, fund, len(managers))
        before = managers.coins - trades.fund_coins
        gain = managers.coins * trades.price - before * trades.price_open - trades.fund_spent
        # A fund can lose no more than it has; a sleeve that outgrew the claims on it is a matter for all accounts.
        borne = np.where(assets > 0.0, np.maximum(gain, -assets), 0.0)
        _expose(people, fund, managers.coins > 0.0, trades.price)
        by_age = records(
            {
                "managed": blend(self.managed, economy.monthly),
                "self_directed": blend(self.self_directed, economy.monthly),
            }
        )
        by_employer = records(
            {
                "fund": np.append(fund, -1),
                "alternatives": np.append(held.fund, -1),
                "plan_fee": np.append(managers.fee[doors.fund] / MONTHS_A_YEAR, self.monthly_fee),
            }
        )
        by_fund = records(
            {
                "sleeve_share": np.append(np.clip(_ratio(before * trades.price_open, assets), 0.0, 1.0), 0.0),
                "sleeve_gain": np.append(_ratio(borne, assets), 0.0),
                "holds_coins": np.append(managers.coins > 0.0, False),
            }
        )
        growth = np.expm1(economy.monthly[_FIRST_ALTERNATIVE:])
        by_alternatives = records(held.of_claims(growth, self.alternatives))
        returns, fees = passes.value_all(
            people.records, people.sparse, by_age, by_employer, by_fund, by_alternatives, self.monthly_fee,
            float(trades.price), self.p,
        )  # fmt: skip
        self._share_orphaned(people, float((gain - borne).sum()))
        managers.assets[:] = claims_on(people, fund, len(managers))
        alternatives, class_fees = held.settle(people, managers, growth, self.alternatives)
        books.pay(Sector.REST, Sector.ACCOUNTS, "returns", returns)
        books.pay(Sector.ACCOUNTS, Sector.MANAGERS, "fees", fees)
        return Valued(returns, fees, float(gain.sum()), alternatives, class_fees)

    @staticmethod
    def _share_orphaned(people: Participants, gain: float) -> None:
        """What a fund's own savers cannot bear falls on all plan accounts, so that none is lost."""
        held = people.total(people.plan_core) if gain != 0.0 else 0.0
        if held > 0.0:
            people.plan_core[:] *= 1.0 + gain / held


def _expose(people: Participants, fund: np.ndarray, holds_coins: np.ndarray, price: float) -> None:
    """Let the high-water mark of those begin at the price who have come to share a sleeve.

    Args:
        fund: of which manager an employer's managed savers share the sleeve, −1 for none, shape (employers,).
        holds_coins: whether a manager's fund does, bool, shape (managers,).
    """
    shared = np.append((fund >= 0) & holds_coins[fund], False)  # the last for those without an employer
    if shared.any():
        shares = shared[people.employer] & (people.managed == 1) & (people.plan_core > 0.0)
        RowSet(people, np.flatnonzero(shares & (people.high_water == 0.0))).write(high_water=price)


def blend(equity_share: np.ndarray, monthly: np.ndarray) -> np.ndarray:
    """Growth of an account by age, shape (120,): equity share in stocks, the rest in bonds.

    Args:
        equity_share: by age in years, shape (120,).
        monthly: log returns by asset, shape (6,).
    """
    stocks, bonds = np.expm1(monthly[_EQUITY]), np.expm1(monthly[_BONDS])
    return equity_share * stocks + (1.0 - equity_share) * bonds


def equity_shares() -> tuple[np.ndarray, np.ndarray]:
    """Equity share by age in years, shape (120,): of managed and of self-directed accounts (glide_path.csv)."""
    path, ages = table("glide_path"), np.arange(OLDEST)
    return np.interp(ages, path["age"], path["managed"]), np.interp(ages, path["age"], path["self_directed"])


def _ratio(amounts: np.ndarray, assets: np.ndarray) -> np.ndarray:
    """Amounts over assets, 0 for funds without assets; shape (managers,)."""
    return np.divide(amounts, assets, out=np.zeros_like(assets), where=assets > 0.0)
