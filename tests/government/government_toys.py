"""A government without a world: voters with plain stakes, a calm market, and no other actor."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from abm.clock import Clock
from abm.government.agent import Acts, Government, GovernmentParameters
from abm.participants.exposure import Stakes
from abm.scenario import Policy, Scenario, Shock

ECONOMY = SimpleNamespace(wage_index=1.0, price_index=1.0)


def market(month_return: float = 0.0, fall: float = 0.0, price: float = 60_000.0) -> SimpleNamespace:
    """What politics sees of the market."""
    return SimpleNamespace(month_return=month_return, fall_12m=fall, price=price)


def ring(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours of everybody: three on either side."""
    rows = np.arange(count)
    contacts = np.stack([(rows + step) % count for step in (-3, -2, -1, 1, 2, 3)], axis=1)
    return np.arange(0, 6 * count + 1, 6, dtype=np.int32), contacts.ravel().astype(np.int32)


def stakes(count: int = 1200, holders: float = 0.6, share: float = 0.15, fall: float = 0.75) -> Stakes:
    """Voters of whom 57 % have accounts, and some of these crypto that has fallen."""
    luck = np.random.default_rng(7)
    saver = luck.random(count) < 0.57
    holder = saver & (luck.random(count) < holders) & (share > 0.0)
    balance = np.where(saver, luck.lognormal(11.0, 1.2, count), 0.0)
    crypto = np.where(holder, balance * share * (1.0 - fall), 0.0)
    party = luck.random(count)
    return Stakes(
        weight=np.full(count, 250e6 / count),
        turnout=np.full(count, 0.65, dtype=np.float32),
        lean=np.where(party < 0.43, 3.0, np.where(party < 0.86, -3.0, 0.0)).astype(np.float32),
        income=np.maximum(luck.lognormal(11.0, 0.6, count), 10_000.0),
        balance=balance,
        crypto=crypto,
        loss=np.where(holder, balance * share * fall, 0.0),
        holder=holder,
        exposed=np.divide(crypto, balance, out=np.zeros(count), where=balance > 0.0),
    )


class Land:
    """A government, its voters and its calendar."""

    def __init__(
        self, count: int = 1200, seed: int = 1, p: GovernmentParameters | None = None, **scenario: Any
    ) -> None:
        self.scenario = Scenario.of({"seed": seed, **scenario})
        self.model = mesa.Model(rng=1)
        self.model.people = SimpleNamespace(seat=np.arange(count, dtype=np.int64))
        self.government = Government(self.model, self.scenario, p or GovernmentParameters())
        self.neighbours, self.clock = ring(count), Clock(self.scenario.start)
        self.events: list = []

    def month(
        self, voters: Stakes, asked: Policy | None = None, sight: SimpleNamespace | None = None, shocks: tuple = ()
    ) -> tuple[Policy, Acts]:
        """One month of politics."""
        self.clock.tick()
        policy = self.government.take_request(asked or self.scenario.policy_asked(self.clock.label), self.clock)
        acts = self.government.respond(voters, self.neighbours, sight or market(), ECONOMY, shocks, self.clock)
        self.events += [(self.clock.label, event) for event in self.government.events]
        return policy, acts

    def crash(self, months: int, asked: Policy | None = None, fall: float = 0.75, **voters: Any) -> list[Acts]:
        """A fall in the first month, and losses that fade with a half-life of 24 months."""
        acts, hit = [], stakes(len(self.model.people.seat), fall=fall, **voters)
        for month in range(months):
            sight = market(np.log(1.0 - fall) if month == 0 else 0.0, fall if month < 12 else 0.0)
            faded = hit._replace(loss=hit.loss * 2.0 ** (-month / 24.0))
            acts.append(self.month(faded, asked, sight)[1])
        return acts


def election_shock(month: str, size: float) -> Shock:
    """A shock to the next election."""
    return Shock.read({"month": month, "kind": "election", "size": size}, "test")
