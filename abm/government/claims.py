"""Claims: what was promised to each saver in compensation, what is still due, and how grateful he is.

A claim belongs to an account: it lapses when the account is closed, by death or by cashing out.
"""

from __future__ import annotations

import numpy as np

from abm.state import Stateful


def carry(values: np.ndarray, old_seat: np.ndarray, new_seat: np.ndarray) -> np.ndarray:
    """Values by seat in another order of seats; seats that are new get 0. Shapes (old,), (old,), (new,)."""
    out = np.zeros(new_seat.size, dtype=values.dtype)
    if old_seat.size:
        order = np.argsort(old_seat, kind="stable")
        place = order[np.minimum(np.searchsorted(old_seat, new_seat, sorter=order), old_seat.size - 1)]
        known = old_seat[place] == new_seat
        out[known] = values[place[known]]
    return out


def guaranteed(loss: np.ndarray, promised: np.ndarray, cover: float, cap: float) -> np.ndarray:
    """What a guarantee adds on losses: a share of each, at most `cap` USD, less what is promised already.

    Args:
        loss, promised: USD, shape (n,). cover: share of the loss. cap: USD a saver.
    """
    return np.maximum(np.minimum(cover * loss, cap) - promised, 0.0)


class Claims(Stateful):
    """Compensation by saver.

    Attributes:
        seat: whose claims, int64, shape (n,).
        due, promised: USD, shape (n,).
        gratitude: log odds for the president's party, shape (n,).
        payments_left: monthly payments still to come.
    """

    STATE = ("seat", "due", "promised", "gratitude", "payments_left")

    def __init__(self) -> None:
        self.seat = np.empty(0, dtype=np.int64)
        self.due, self.promised, self.gratitude = np.empty(0), np.empty(0), np.empty(0)
        self.payments_left = 0

    def follow(self, seat: np.ndarray, balance: np.ndarray, half_life: float) -> None:
        """Keep claims with their savers, let those of closed accounts lapse, and let gratitude fade.

        Args:
            seat: int64, shape (n,). balance: USD in all accounts, shape (n,). half_life: of gratitude, months.
        """
        if not np.array_equal(seat, self.seat):
            for name in ("due", "promised", "gratitude"):
                setattr(self, name, carry(getattr(self, name), self.seat, seat))
            self.seat = np.array(seat, dtype=np.int64)
        if self.payments_left:
            closed = balance <= 0.0
            self.due[closed] = self.promised[closed] = 0.0
        self.gratitude *= 2.0 ** (-1.0 / half_life)

    def grant(self, promised: np.ndarray, loss: np.ndarray, months: int, thanks: float) -> None:
        """Promise compensation in monthly payments.

        Args:
            promised, loss: USD, shape (n,).
            months: payments.
            thanks: log odds won with a saver whose whole loss is made good.
        """
        self.due += promised
        self.promised += promised
        self.gratitude += thanks * np.divide(promised, loss, out=np.zeros(loss.size), where=loss > 0.0)
        self.payments_left = months

    def pay(self) -> np.ndarray:
        """This month's payments, USD, shape (n,); the last one pays what is left."""
        if not self.payments_left:
            return np.zeros(self.seat.size)
        payment = self.due / self.payments_left
        self.due -= payment
        self.payments_left -= 1
        if not self.payments_left:
            self.due[:] = self.promised[:] = 0.0
        return payment
