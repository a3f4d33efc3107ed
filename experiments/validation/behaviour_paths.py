"""Savers along imposed prices of bitcoin: what they bought, what they sold in the falls, and who stayed.

Three stretches of the past are lived again by today's savers, with every door but the IRA closed:

    2024–26   IRAs since US spot ETFs exist: flows, their slope on returns, coins given up in the fall of 53 %
    2021–23   the fall of 77 % between two surveys of ownership
    2018–25   Australian self-managed funds: savers of about their trustees' age

The calendar of the world stays that of the scenario: only the price is of the past.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from experiments.labs.imposed import ImposedWorld, imposed_world, lived
from experiments.validation.scorecard import targets_folder

IRA_ONLY = {
    "rule_held": True,
    "core_option": False,
    "brokerage_window": False,
    "target_date_sleeve": False,
    "rescue": "never",
}
GRAYSCALE = 0.0005
"""Crypto in IRAs at the end of 2023: a third (assumed, as for ETFs) of 619 000 coins in Grayscale's trust."""
SURVEYED = 13.5
"""% of adults who hold at Gallup's cells: what the traits give at an outside_scale of 1."""


class Line(NamedTuple):
    """A least-squares slope with its standard error, from `count` months."""

    slope: float
    error: float
    count: int


def replay(
    seed: int, participants: int, first: str, last: str, holders: float, choice: dict[str, float]
) -> ImposedWorld:
    """A world with open IRAs only along the price of bitcoin.

    Args:
        first, last: the eve of the first month, and the last month, such as "2023-12".
        holders: % of adults who hold outside at the eve; from then on people start and stop toward today's cells.
        choice: parameters of choice that differ from the scenario's.
    """
    months, prices = bitcoin()
    begin, end = months.index(first), months.index(last)
    scenario = Scenario.of(
        {
            "participants": participants,
            "seed": seed,
            "panel": 0,
            "policy": IRA_ONLY,
            "parameters": {"choice": choice, "traits": {"outside_scale": holders / SURVEYED}},
        }
    )
    world = imposed_world(scenario, prices[begin : end + 1], prices[max(begin - 24, 0) : begin])
    world.choice.traits = Scenario().parameters.traits
    return world


def since_etfs(seed: int, participants: int) -> pd.DataFrame:
    """The months from January 2024 to June 2026: flow, value, coins, IRA assets, return.

    SHED found 7–8 % of adults holding in 2023–24; the ETFs began in the first month.
    """
    world = replay(seed, participants, "2023-12", "2026-06", 8.0, {"start_share": GRAYSCALE})
    table = lived(world)
    held = table["crypto_in_iras_usd"]
    return pd.DataFrame(
        {
            "seed": seed,
            "path": bitcoin()[0][-len(table) :],
            "flow": table["inflow_ira_usd"],
            "value_before": held.shift(1),
            "coins": held / table["price_usd"],
            "value": held,
            "ira_assets": table["ira_assets_usd"],
            "month_return": np.expm1(table["price_return"]),
        }
    )


def flow_slope(months: pd.DataFrame, lag: int) -> Line:
    """Slope of the monthly flow over value, mean of the worlds, on the return of `lag` months before.

    A month of the model is decided on its eve: the last return that savers know is that of the month before, lag 1.
    """
    mean = months.groupby("path")[["flow", "value_before", "month_return"]].mean()
    table = pd.DataFrame({"y": mean["flow"] / mean["value_before"], "x": mean["month_return"].shift(lag)}).dropna()
    return line(table["x"].to_numpy(), table["y"].to_numpy())


def line(x: np.ndarray, y: np.ndarray) -> Line:
    """Least squares of y on x with a constant; shape (n,) each."""
    dx = x - x.mean()
    spread = float(np.sum(dx * dx))
    slope = float(np.sum(dx * y)) / spread
    left = y - y.mean() - slope * dx
    return Line(slope, float(np.sqrt(np.sum(left * left) / (x.size - 2) / spread)), x.size)


def coins_given_up(months: pd.DataFrame) -> list[float]:
    """% of IRA coins lost from September 2025, before the fall, to June 2026, one figure a world."""
    coins = months.pivot(index="seed", columns="path", values="coins")
    return (100.0 * (coins["2026-06"] / coins["2025-09"] - 1.0)).tolist()


def share_of_iras(months: pd.DataFrame, path: str) -> list[float]:
    """Crypto in % of IRA assets at a month end, one figure a world."""
    then = months[months["path"] == path]
    return (100.0 * then["value"] / then["ira_assets"]).tolist()


class Exit(NamedTuple):
    """Change in two years, % each: of all holders, and of persons who held crypto in an IRA at first and live."""

    holders: float
    accounts: float


def great_fall(seed: int, participants: int) -> Exit:
    """From October 2021 to October 2023, when SHED's holders fell from 12 to 7 % of adults."""
    world = replay(seed, participants, "2021-10", "2023-10", 12.0, {})
    people = world.people
    first, person = people.ira_crypto > 0.0, people.generation.copy()
    before = holders(world)
    lived(world)
    alive = first & (people.generation == person)
    stayed = people.total(alive & (people.ira_crypto > 0.0)) / people.total(alive)
    return Exit(100.0 * (holders(world) / before - 1.0), 100.0 * (stayed - 1.0))


def holders(world: RetirementModel) -> float:
    """Persons of the country who hold crypto anywhere."""
    people = world.people
    return people.total((people.outside == 1) | (people.ira_crypto > 0.0) | (people.plan_crypto > 0.0))


def self_managed_funds(seed: int, participants: int, engaged: bool = False) -> pd.DataFrame:
    """Crypto in % of assets and % of funds that hold any, each June from 2019 to 2025.

    IRAs of savers of 50 to 72 stand for the funds. In June 2018 2 % of people hold outside (Gallup: investors), and
    0.01 % of the assets is crypto (assumed: 0.03 % a year later).

    Args:
        engaged: trustees look twice as often, and no door holds them back; nobody has measured either, so that they
            are otherwise the model's savers, unchanged.
    """
    usual = Scenario().parameters.choice
    choice = {"start_share": 0.0001} | ({"look_ira": 2.0 * usual.look_ira, "ira_door": 0.0} if engaged else {})
    world = replay(seed, participants, "2018-06", "2025-06", 2.0, choice)
    rows: list[dict[str, float]] = []

    def note(world: RetirementModel) -> None:
        if (world.clock.month + 1) % MONTHS_A_YEAR:
            return
        people, price = world.people, world.trades.price
        crypto = people.ira_crypto * price
        worth = people.ira_core + crypto
        trustee = (people.age >= 50 * 12) & (people.age <= 72 * 12) & (worth > 0.0)
        assets, funds = people.total(trustee * worth), people.total(trustee)
        held, holding = people.total(trustee * crypto), people.total(trustee & (crypto > 0.0))
        year = 2018 + (world.clock.month + 1) // MONTHS_A_YEAR
        rows.append({"seed": seed, "year": year, "assets": 100.0 * held / assets, "funds": 100.0 * holding / funds})

    lived(world, note)
    return pd.DataFrame(rows)


@cache
def bitcoin() -> tuple[list[str], np.ndarray]:
    """Month names and month-end prices of bitcoin, USD (targets/bitcoin.csv)."""
    path: Path = targets_folder() / "bitcoin.csv"
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(text for text in file if not text.startswith("#")))
    return [row["month"] for row in rows], np.array([float(row["price_usd"]) for row in rows])
