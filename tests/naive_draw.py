"""How the slow twin takes a withdrawal from a saver's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.naive_person import Person


def draw_down(person: Person, amount: float, law: float, price: float) -> None:
    """Take `amount` USD, the first `law` of them from Traditional money as far as there is any that is not in coins."""
    accounts = ("plan", "ira")
    core = {name: getattr(person, f"{name}_core") for name in accounts}
    coins = {name: price * getattr(person, f"{name}_crypto") for name in accounts}
    roth = {name: getattr(person, f"{name}_roth") * (core[name] + coins[name]) for name in accounts}
    amount = min(amount, sum(core.values()))
    if amount <= 0.0:
        return
    untaxed = {name: min(core[name] + coins[name] - roth[name], core[name]) for name in accounts}
    law = min(law, amount, sum(untaxed.values()))
    if law > 0.0:
        for name in accounts:
            core[name] -= law * untaxed[name] / sum(untaxed.values())
            left = core[name] + coins[name]
            if left > 0.0:
                setattr(person, f"{name}_roth", min(roth[name] / left, 1.0))
    kept = 1.0 - (amount - law) / sum(core.values()) if amount > law else 1.0
    person.taxable_ytd += law + sum(
        (1.0 - kept) * core[name] * (1.0 - getattr(person, f"{name}_roth")) for name in accounts
    )
    for name in accounts:
        setattr(person, f"{name}_core", max(kept * core[name], 0.0))
