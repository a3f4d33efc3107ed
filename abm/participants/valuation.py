"""Valuation: what the month's returns, a sleeve's coins and fees did to every account.

    managed part      b ← b · (1 + (1 − κ) g(a) + G/A) · (1 − fee)          g(a): glide path return at the saver's age
    sleeve's gain     G = coins after · price − coins before · price before − USD spent,    κ = coins' part of the fund
    high-water mark   H ← max(P, P + (H − P) · 2^(−1/24))                                   of those exposed to coins

A gain is shared over a fund's savers pro rata to their claims: Σ weight · claims = other assets + coins · price.
`docs/model.md` 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import table
from abm.participants import passes
from abm.participants.life import OLDEST, records
from abm.participants.saver import record, rows_of
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
    """Fees, gates and the memory of highs."""

    fee: float = quantity(0.0035, unit="1/year", low=0.0, high=0.03, source="ICI 2025: 0.26–0.44 % by kind of fund")
    """Fee of IRAs and of plan accounts without an employer."""
    alternatives_build: float = quantity(1.0 / 12.0, unit="1/month", low=0.0, high=1.0, source="assumed")
    """Part of the gap to the alternatives target that a fund buys in a month."""
    alternatives_gate: float = quantity(
        0.05 / 3.0, unit="1/month", low=0.0, high=1.0, source="interval funds: 5 % a quarter, 17 CFR 270.23c-3"
    )
    """Largest part of the alternatives that may be redeemed in a month."""
    high_water_half_life: float = quantity(24.0, unit="months", low=1.0, high=240.0, source="assumed; range 12–60")
    """How long the memory of a high lasts."""

    @property
    def high_water_kept(self) -> float:
        """Share of the distance to the high that is remembered after a month."""
        return 0.5 ** (1.0 / self.high_water_half_life)


class Valued(NamedTuple):
    """National USD of a month: returns of core and alternatives, fees, and the sleeves' gain."""

    returns: float
    fees: float
    sleeve_gain: float


class Valuation:
    """The month's marks on every account."""

    def __init__(self, p: ValuationParameters) -> None:
        names = ("alternatives_build", "alternatives_gate", "high_water_kept")
        self.p = records({name: np.array([getattr(p, name)]) for name in names})[0]
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
        alternatives: tuple[bool, bool, bool] = (True, True, True),
    ) -> Valued:
        """Mark every account and enter returns and fees.

        Args:
            alternatives: which of private equity, real estate and commodities the law lets funds hold.
        """
        fund = np.where(sponsors.accepts_sleeve == 1, doors.fund, -1).astype(np.int32)
        assets = self._assets(people, fund, len(managers))
        before = managers.coins - trades.fund_coins
        gain = managers.coins * trades.price - before * trades.price_open - trades.fund_spent
        by_age = records(
            {
                "managed": blend(self.managed, economy.monthly),
                "self_directed": blend(self.self_directed, economy.monthly),
            }
        )
        by_employer = records(
            {
                "fund": np.append(fund, -1),
                "plan_fee": np.append(managers.fee[doors.fund] / MONTHS_A_YEAR, self.monthly_fee),
                "alternatives_share": np.append(doors.alternatives_share, 0.0),
            }
        )
        by_fund = records(
            {
                "sleeve_share": np.append(np.clip(_ratio(before * trades.price_open, assets), 0.0, 1.0), 0.0),
                "sleeve_gain": np.append(_ratio(gain, assets), 0.0),
                "holds_coins": np.append(managers.coins > 0.0, False),
            }
        )
        growth = alternatives_growth(economy.monthly, alternatives)
        returns, fees = passes.value_all(
            rows_of(people), record(), by_age, by_employer, by_fund, growth, self.monthly_fee, float(trades.price),
            self.p,
        )  # fmt: skip
        self._share_orphaned(people, float(gain[assets <= 0.0].sum()))
        managers.assets[:] = self._assets(people, fund, len(managers))
        books.pay(Sector.REST, Sector.ACCOUNTS, "returns", returns)
        books.pay(Sector.ACCOUNTS, Sector.MANAGERS, "fees", fees)
        return Valued(returns, fees, float(gain.sum()))

    @staticmethod
    def _assets(people: Participants, fund: np.ndarray, managers: int) -> np.ndarray:
        """National USD of savers' claims on each sleeve fund, shape (managers,)."""
        return passes.fund_assets(people.weight, people.managed, people.employer, people.plan_core, fund, managers)

    @staticmethod
    def _share_orphaned(people: Participants, gain: float) -> None:
        """A sleeve without savers: its gain or loss falls on all plan accounts, so that none is lost."""
        held = people.total(people.plan_core) if gain != 0.0 else 0.0
        if held > 0.0:
            people.plan_core[:] *= 1.0 + gain / held


def blend(equity_share: np.ndarray, monthly: np.ndarray) -> np.ndarray:
    """Growth of an account by age, shape (120,): equity share in stocks, the rest in bonds.

    Args:
        equity_share: by age in years, shape (120,).
        monthly: log returns by asset, shape (6,).
    """
    stocks, bonds = np.expm1(monthly[_EQUITY]), np.expm1(monthly[_BONDS])
    return equity_share * stocks + (1.0 - equity_share) * bonds


def alternatives_growth(monthly: np.ndarray, allowed: tuple[bool, bool, bool]) -> float:
    """Growth of an equal mix of the alternatives the law allows (of all three when it allows none any more)."""
    chosen = np.array(allowed) if any(allowed) else np.ones(3, dtype=bool)
    return float(np.expm1(monthly[_FIRST_ALTERNATIVE:])[chosen].mean())


def equity_shares() -> tuple[np.ndarray, np.ndarray]:
    """Equity share by age in years, shape (120,): of managed and of self-directed accounts (glide_path.csv)."""
    path, ages = table("glide_path"), np.arange(OLDEST)
    return np.interp(ages, path["age"], path["managed"]), np.interp(ages, path["age"], path["self_directed"])


def _ratio(amounts: np.ndarray, assets: np.ndarray) -> np.ndarray:
    """Amounts over assets, 0 for funds without assets; shape (managers,)."""
    return np.divide(amounts, assets, out=np.zeros_like(assets), where=assets > 0.0)
