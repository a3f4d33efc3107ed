"""Small plausible populations for tests of single rules, built without the life history of a whole world."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.asset_managers.sleeves import SleeveParameters, found_managers
from abm.clock import Clock
from abm.columns import ColumnModel
from abm.employers.menu import Doors, SponsorParameters, doors, found_employers
from abm.network import Network, NetworkParameters
from abm.participants.agent import Participant, Participants
from abm.scenario import Loops, Policy, Scenario
from abm.streams import normals, stream, uniforms
from abm.vocabulary import Plan, Status

PRICE = 90_000.0
LOOPS = Loops()


class Outlook(NamedTuple):
    """What the market tells; calm and at its high unless said otherwise."""

    price: float = PRICE
    expected_return: float = 0.0
    volatility: float = 0.55
    drawdown: float = 0.0
    month_return: float = 0.0
    fall_12m: float = 0.0
    depth_usd: float = 1e9


class Paid(NamedTuple):
    """Contributions of a month, USD per person."""

    plan: np.ndarray
    ira: np.ndarray


class Fills(NamedTuple):
    """What the market did with savers' orders and the sleeves', at one price."""

    price: float
    bought: np.ndarray
    spent: np.ndarray
    sold: np.ndarray
    received: np.ndarray
    fund_coins: np.ndarray
    fund_spent: np.ndarray


class World:
    """Savers, sponsors, managers and their network under a policy; every rule is left to the test."""

    def __init__(self, savers: int = 4000, seed: int = 1, policy: Policy | None = None, managers: int = 12) -> None:
        self.seed, self.policy = seed, policy or Policy(rule="safe_harbour", instrument="rule")
        model = ColumnModel(Scenario(participants=savers, seed=seed))
        self.managers = found_managers(model, managers, SleeveParameters(), seed)
        self.sponsors = found_employers(model, savers, self.managers, SponsorParameters(), seed)
        self.people = toy_people(model, savers, self.sponsors.size, seed)
        self.network = Network(self.people, self.sponsors, self.managers, NetworkParameters(), seed)
        self.clock = Clock("2026-01", month=0)

    @property
    def doors(self) -> Doors:
        """Doors under the policy."""
        return doors(self.sponsors, self.managers, self.policy)

    @property
    def unpaid(self) -> Paid:
        """A month without contributions."""
        return Paid(np.zeros(len(self.people)), np.zeros(len(self.people)))


def toy_people(model: ColumnModel, count: int, sizes: np.ndarray, seed: int) -> Participants:
    """Savers with plausible jobs, balances and traits, by keyed draws."""
    people = Participants(model, Participant, count)
    seat = people.seat

    def luck(name: str) -> np.ndarray:
        return uniforms(stream(seed, f"toy.{name}"), seat, 0, 0)

    people.weight[:] = 250e6 / count
    people.age[:] = (22 + 60 * luck("age")) * 12
    people.sex[:] = luck("sex") < 0.5
    works = (people.age < 65 * 12) & (luck("work") < 0.75)
    people.status[:] = np.where(works, Status.EMPLOYED, np.where(people.age >= 65 * 12, Status.RETIRED, 1))
    job = np.minimum(np.searchsorted(np.cumsum(sizes), luck("job")), len(sizes) - 1)
    people.employer[:] = np.where(works, job, -1)
    people.salary[:] = 50_000 * np.exp(0.6 * normals(stream(seed, "toy.pay"), seat, 0, 0))
    has_plan = luck("plan") < 0.4
    people.plan[:] = np.where(works & has_plan, Plan.K401, Plan.NONE)
    people.managed[:] = has_plan & (luck("managed") < 0.62)
    wealth = 40_000 * np.exp(1.4 * normals(stream(seed, "toy.wealth"), seat, 0, 0))
    people.plan_core[:] = np.where(has_plan, wealth, 0.0)
    people.ira_core[:] = np.where(luck("ira") < 0.3, 1.5 * wealth, 0.0)
    people.outside[:] = luck("outside") < 0.145
    people.trust_points[:] = 3000 + 3000 * luck("trust")
    return people


def fill(world: World, choices, price: float = PRICE, fund_coins: np.ndarray | None = None) -> Fills:
    """Execute all orders at one price, USD in whole cents and coins in whole satoshi."""
    usd = np.round(choices.usd_by_door(world.people, world.doors) * 100) / 100
    coins = np.round(choices.coins_by_door(world.people, world.doors) * 1e8) / 1e8
    fund = np.zeros(len(world.managers)) if fund_coins is None else fund_coins
    bought = np.floor(usd / price * 1e8) / 1e8
    return Fills(
        price, bought, usd, coins, np.round(coins * price * 100) / 100, fund, np.round(fund * price * 100) / 100
    )
