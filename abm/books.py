"""Payer, payee, amount: every USD and every coin that moves in a month, and the proof that none appeared or vanished.

Two ledgers are kept each month, USD and coins, as matrices of sectors × kinds of flow. A transfer debits its payer and
credits its payee, so each kind sums to zero over sectors; what is really tested at the close is that each stock that
can be *measured* (accounts summed over savers, coins in wallets, cash in the market) moved by exactly its flows.

    measured(t) = measured(t−1) + inflows − outflows        for every sector that is measured   (docs/model.md, 6)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from abm.errors import BooksError
from abm.vocabulary import Sector

SECTORS = tuple(Sector)
_ROW = {sector: row for row, sector in enumerate(SECTORS)}


class Ledger:
    """One unit's flows of a month, sectors × kinds, and the measured stocks they must explain."""

    def __init__(self, unit: str, tolerance: float) -> None:
        self.unit, self.tolerance = unit, tolerance
        self.flows: dict[str, np.ndarray] = {}
        self.stocks: dict[Sector, float] = {}
        self.moved = 0.0

    def transfer(self, payer: Sector, payee: Sector, kind: str, amount: float) -> None:
        """Move an amount (negative: the other way round)."""
        column = self.flows.setdefault(kind, np.zeros(len(SECTORS)))
        column[_ROW[payer]] -= amount
        column[_ROW[payee]] += amount
        self.moved += abs(amount)

    def create(self, owner: Sector, kind: str, amount: float) -> None:
        """Bring an amount into existence: revaluation of an account, issuance of coins. The only source."""
        self.flows.setdefault(kind, np.zeros(len(SECTORS)))[_ROW[owner]] += amount
        self.moved += abs(amount)

    def net(self, sector: Sector) -> float:
        """Inflows less outflows of a sector so far this month."""
        return float(sum(column[_ROW[sector]] for column in self.flows.values()))

    def received(self, sector: Sector, kind: str) -> float:
        """What a sector has received of one kind this month (negative: paid); 0 where nothing moved."""
        column = self.flows.get(kind)
        return 0.0 if column is None else float(column[_ROW[sector]])

    def balance(self, sector: Sector, other: Sector, kind: str) -> None:
        """Let `other` take or give what is left of a sector that keeps no stock, so that its row sums to zero."""
        self.transfer(sector, other, kind, self.net(sector))

    def close(self, month: str, stocks: Mapping[Sector, float]) -> None:
        """Compare every measured stock with its flows, and remember the stocks.

        Raises:
            BooksError: with the month, the first sector whose books do not close, and the amount.
        """
        for sector, measured in stocks.items():
            if sector in self.stocks:
                gap = measured - self.stocks[sector] - self.net(sector)
                scale = max(self.moved, abs(measured), 1.0)
                if not abs(gap) <= self.tolerance * scale:
                    word = "gained" if gap > 0 else "lost"
                    raise BooksError(month, str(sector), abs(gap), self.unit, f"{word} without a payer or payee")
        self.stocks = dict(stocks)


class Books:
    """The month's two ledgers.

    Attributes:
        usd: USD; stocks may differ from flows by 1e-9 of gross flow or stock (float64 sums over savers).
        coins: satoshi, as whole numbers in float64: exact for the market's own sectors.
    """

    def __init__(self) -> None:
        self.usd = Ledger("USD", 1e-9)
        self.coins = Ledger("coins", 1e-9)

    def pay(self, payer: Sector, payee: Sector, kind: str, usd: float) -> None:
        """Enter a payment in USD."""
        self.usd.transfer(payer, payee, kind, usd)

    def deliver(self, giver: Sector, taker: Sector, kind: str, coins: float) -> None:
        """Enter a delivery of coins."""
        self.coins.transfer(giver, taker, kind, coins)

    def take_stock(self, usd: Mapping[Sector, float], coins: Mapping[Sector, float]) -> None:
        """Set the stocks from which the next month's flows are counted."""
        self.usd.stocks, self.coins.stocks = dict(usd), dict(coins)

    def open(self) -> None:
        """Begin a month with empty ledgers."""
        for ledger in (self.usd, self.coins):
            ledger.flows, ledger.moved = {}, 0.0

    def close(self, month: str, usd: Mapping[Sector, float], coins: Mapping[Sector, float]) -> None:
        """Prove the month; raises BooksError."""
        self.usd.close(month, usd)
        self.coins.close(month, coins)

    def matrix(self) -> list[tuple[str, str, str, float]]:
        """The month's entries as (unit, sector, kind, amount), zeros left out."""
        return [
            (ledger.unit, str(sector), kind, float(column[row]))
            for ledger in (self.usd, self.coins)
            for kind, column in ledger.flows.items()
            for row, sector in enumerate(SECTORS)
            if column[row] != 0.0
        ]
