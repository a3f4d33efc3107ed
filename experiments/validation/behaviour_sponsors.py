"""Plan sponsors alone, without savers' doings or a market: how fast do the three speeds spread what is offered?

Each speed is set beside the natural experiment that it stands for, under the same law (a safe harbour that went through
notice and comment, so that no hazard is slowed), calm markets and average demand. It starts at the level that the curve
through the published points has in their first year, and only as many sponsors as in the experiment would ever adopt: a
ceiling belongs to what is offered, a speed is p and q.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from abm.crypto_market.agent import Outlook
from abm.diffusion import speed_of
from abm.employers.menu import Menus
from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.streams import stream, uniforms
from abm.vocabulary import MONTHS_A_YEAR, Menu
from experiments.validation.diffusion_curves import Bass, fitted, smallest_gap
from experiments.validation.scorecard import targets_folder

SAVERS_EACH = 10
"""Rows of savers for each sponsor: few, they do nothing here."""


class Curve(NamedTuple):
    """A published series of adoption.

    Attributes:
        name: what was offered. source: who asked. speed: the model's speed that is to reproduce it.
        ceiling: share that would ever offer it.
        years: calendar years, int, shape (k,). shares: % of plans, shape (k,).
    """

    name: str
    source: str
    speed: str
    ceiling: float
    years: np.ndarray
    shares: np.ndarray

    def fitted(self) -> Bass:
        """The least-squares diffusion curve through the points."""
        return fitted(*self._points())

    def through(self) -> np.ndarray:
        """That curve at the published years, % of plans, shape (k,)."""
        return 100.0 * self.fitted().at(self._points()[0])

    def smallest_gap(self) -> float:
        """Points by which the best of all diffusion curves misses the point farthest from it."""
        return 100.0 * smallest_gap(*self._points())

    def _points(self) -> tuple[tuple[int, ...], tuple[float, ...]]:
        return tuple((self.years - self.years[0]).tolist()), tuple((self.shares / 100.0).tolist())


def published_curves(mixed: bool = False) -> dict[tuple[str, str], Curve]:
    """The series of targets/adoption_curves.csv by name and source.

    Args:
        mixed: the points of all sources in one series, with their names joined.
    """
    with open(targets_folder() / "adoption_curves.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(text for text in file if not text.startswith("#")))
    curves = {}
    for name, source in dict.fromkeys((row["curve"], "" if mixed else row["source"]) for row in rows):
        own = [row for row in rows if row["curve"] == name and (mixed or row["source"] == source)]
        own.sort(key=lambda row: int(row["year"]))
        years, shares = np.array([int(row["year"]) for row in own]), np.array([float(row["share"]) for row in own])
        label = " and ".join(dict.fromkeys(row["source"] for row in own))
        curves[name, label] = Curve(name, label, own[0]["speed"], float(own[0]["ceiling"]), years, shares)
    return curves


def lived_curve(curve: Curve, seed: int, sponsors: int) -> np.ndarray:
    """% of sponsors that offer it at the published years, in one world; shape (k,).

    Args:
        sponsors: how many there are, of equal weight as in the surveys.
    """
    scenario = Scenario.of(
        {
            "participants": sponsors * SAVERS_EACH,
            "seed": seed,
            "policy": {"rule": "safe_harbour", "instrument": "rule", "adoption_speed": curve.speed},
            "parameters": {"sponsors": {"savers_each": SAVERS_EACH, f"{curve.speed}_ceiling": curve.ceiling}},
        }
    )
    p = scenario.parameters.sponsors
    world = RetirementModel(scenario)
    rule, rows = Menus(p, scenario.loops, scenario.draws), np.arange(len(world.sponsors))
    willing = uniforms(stream(scenario.draws, "sponsors.willing"), rows, 0, 0) < speed_of(p, curve.speed).ceiling
    first = uniforms(stream(scenario.draws, "sponsors.core"), rows, -1, 0) < curve.fitted().start / curve.ceiling
    world.sponsors.menu[willing & first] = Menu.CORE
    calm = Outlook(87_000.0, 0.0, p.reference_volatility, 0.0, 0.0, 0.0, 1e9)
    demand = np.full(len(rows), p.reference_demand)
    shares = [_offering(world)]
    for _ in range(MONTHS_A_YEAR * int(curve.years[-1] - curve.years[0])):
        world.clock.tick()
        rule.review(world.sponsors, world.managers, demand, scenario.policy, calm, world.network, world.clock)
        shares.append(_offering(world))
    return np.array(shares)[MONTHS_A_YEAR * (curve.years - curve.years[0])]


def curve_sample(curve: Curve, seeds: Iterable[int], sponsors: int) -> np.ndarray:
    """`lived_curve` in several worlds, shape (worlds, k)."""
    return np.array([lived_curve(curve, seed, sponsors) for seed in seeds])


def largest_gap(published: np.ndarray, sample: np.ndarray) -> tuple[float, int]:
    """Largest distance, in points, of the worlds' mean from a series, and its place.

    Args:
        published: % of plans, shape (k,). sample: shape (worlds, k).
    """
    gaps = np.abs(sample.mean(axis=0) - published)
    place = int(np.argmax(gaps))
    return float(gaps[place]), place


def _offering(world: RetirementModel) -> float:
    return 100.0 * float(np.mean(world.sponsors.menu == Menu.CORE))
