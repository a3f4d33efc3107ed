"""Crypto outside retirement accounts: who holds at the start, and who starts and stops in calm times.

A person holds with the surveyed probability of sex, age and lasting pay,

    π = cell(sex, age) · e^(b a + b (1 − b) s²/2),   a: ability, the log of lasting pay

and starts and stops, at no return and average contacts, so that this cross-section stays as it is:

    start  (out π + π')⁺ / (1 − π)        stop  out + (−out π − π')⁺ / π        a year,   π': change of π a year of age

since then dP/dt = start (1 − P) − stop P = π' where P = π; without π' this is π = in / (in + out).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from abm.data import table
from abm.participants.life import OLDEST
from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.participants.agent import Participants
    from abm.participants.traits import TraitParameters

ABILITY_VARIANCE = 0.8
"""s²: variance of ability among adults of all ages; with it the cells keep their means, whatever b is."""
MOST = 0.9
"""Largest π: nobody is sure to hold (assumed)."""
_STEP = 6
"""Months on either side over which the change of π with age is taken."""
_MONTHS = OLDEST * MONTHS_A_YEAR + _STEP


@cache
def cells_by_age(crossing: float) -> np.ndarray:
    """Share of adults who own crypto by sex and age in months (crypto_ownership.csv), shape (2, months).

    Args:
        crossing: years of age over which one cell passes into the next, half of them on either side.
    """
    cells, months = table("crypto_ownership"), np.arange(_MONTHS)
    shares = np.zeros((2, _MONTHS))
    for sex in (0, 1):
        own = cells["sex"] == sex
        starts, levels = cells["from_age"][own], cells["share"][own]
        ages = np.sort(np.concatenate([starts[1:] - crossing / 2, starts[1:] + crossing / 2]))
        shares[sex] = np.interp(months / MONTHS_A_YEAR, ages, np.repeat(levels, 2)[1:-1])
    return shares


def propensities(people: Participants, rows: np.ndarray, p: TraitParameters) -> np.ndarray:
    """π of the persons in `rows` (int, shape (k,)), shape (k,)."""
    cells = cells_by_age(p.outside_crossing)
    return _propensities(
        people.sex[rows], people.age[rows], people.ability[rows], cells, p.outside_scale, p.outside_pay
    )


def at_rest(people: Participants, p: TraitParameters, leaving: float) -> np.ndarray:
    """Yearly hazard, in calm times, of stopping for those who hold outside and of starting for all others, shape (n,).

    Args:
        leaving: hazard of ceasing to hold, 1/year.
    """
    columns = (people.outside, people.sex, people.age, people.ability)
    return _at_rest(*columns, cells_by_age(p.outside_crossing), p.outside_scale, p.outside_pay, leaving)


@njit(cache=True, nogil=True)
def by_pay(ability, b):
    """What lasting pay multiplies ownership with, of mean 1 where e^ability has mean 1."""
    return math.exp(b * ability + 0.5 * b * (1.0 - b) * ABILITY_VARIANCE)


@njit(cache=True, nogil=True)
def _propensities(sex, age, ability, cells, scale, b):
    out = np.empty(sex.size)
    for i in range(sex.size):
        out[i] = min(scale * cells[sex[i], age[i]] * by_pay(ability[i], b), MOST)
    return out


@njit(cache=True, nogil=True)
def _at_rest(outside, sex, age, ability, cells, scale, b, leaving):
    out = np.empty(sex.size, np.float32)
    for i in range(sex.size):
        own, month = cells[sex[i]], age[i]
        factor = scale * by_pay(ability[i], b)
        chance = min(factor * own[month], MOST)
        change = min(factor * own[month + _STEP], MOST) - min(factor * own[month - _STEP], MOST)
        needed = leaving * chance + change
        if outside[i] == 1:
            out[i] = leaving + (max(-needed, 0.0) / chance if chance > 0.0 else 0.0)
        else:
            out[i] = max(needed, 0.0) / (1.0 - chance)
    return out
