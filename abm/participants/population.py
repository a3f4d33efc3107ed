"""The starting population: who stands for the country in January 2026, and how they came to be what they are.

Equal weights; age, sex and ability of seat i are point i of a low-discrepancy sequence over the stationary population
of the life table, so that a saver more changes nobody else. Each then lives his own past (`history.py`), and balances
are raked to published figures (`raking.py`). A user's own table of savers takes the place of all this.
`docs/model.md` 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.clock import Clock
from abm.participants.agent import Participant, Participants
from abm.participants.history import live_through
from abm.participants.kernels import quantiles
from abm.participants.life import Life, LifeParameters, age_table
from abm.participants.payroll import Payroll
from abm.participants.raking import Totals, rake
from abm.participants.retirement import Retirement
from abm.participants.savers_table import SaversTable, seat_savers
from abm.participants.traits import Traits
from abm.participants.valuation import Valuation
from abm.quantities import Quantities, quantity
from abm.streams import stream, uniform
from abm.vocabulary import ENTRY_AGE

if TYPE_CHECKING:
    from abm.employers.agent import Employers
    from abm.model import RetirementModel
    from abm.scenario import Scenario

__all__ = ["PopulationParameters", "SaversTable", "populate"]

_R3 = 1.2207440846057596
"""Root of x⁴ = x + 1: its negative powers make the most even sequence in three dimensions (Roberts 2018)."""


class PopulationParameters(Quantities):
    """Size of the country and of its retirement system at the start."""

    adults: float = quantity(
        250e6, unit="persons", low=1.0, high=1e9, source="assumed: life table times 4.3 million entrants a year"
    )
    """Adults of 22 and over that all rows together stand for."""
    k401_assets: float = quantity(10.0e12, unit="USD", low=0.0, high=1e15, source="ICI, third quarter 2025")
    """401(k) assets at the start."""
    b403_assets: float = quantity(
        1.6e12, unit="USD", low=0.0, high=1e15, source="assumed; ICI 1.5 trillion in June 2025"
    )
    """403(b) assets at the start."""
    ira_assets: float = quantity(18.9e12, unit="USD", low=0.0, high=1e15, source="ICI, third quarter 2025")
    """IRA assets at the start."""


def populate(
    model: RetirementModel, scenario: Scenario, sponsors: Employers, savers: SaversTable | None = None
) -> Participants:
    """Everybody at the eve of the first month, in a population that the model has adopted.

    Args:
        model: has `economy`, for mean returns and growth.
        sponsors: the employers there are.
        savers: a user's own table, which takes the place of drawn persons, their past and the raking.
    """
    p, seed = scenario.parameters, scenario.draws
    people = Participants(model, Participant, len(savers) if savers else scenario.participants)
    people.weight[:] = p.population.adults / len(people)
    if savers is not None:
        seat_savers(people, savers, sponsors, p.life, seed)
    else:
        place(people, p.life, seed)
        rules = (
            Life(p.life, seed),
            Payroll(p.payroll, seed),
            Valuation(p.valuation),
            Retirement(p.retirement, p.life, p.traits, seed),
        )
        live_through(people, sponsors, rules, model.economy, Clock(scenario.start), scenario.policy.roth_default)
        rake(people, Totals(p.population.k401_assets, p.population.b403_assets, p.population.ira_assets))
    people.year_end_balance[:] = traditional_balances(people)
    Traits(p.traits, seed).bring(people, np.arange(len(people)))
    model.adopt(people)
    return people


def place(people: Participants, life: LifeParameters, seed: int) -> None:
    """Give every seat an age, a sex and an ability: its point of the sequence, in the stationary population."""
    point = sequence(people.seat, seed)
    ages = age_table(life)[ENTRY_AGE:]
    alive = np.cumprod(1.0 - np.stack([ages["death_male"], ages["death_female"]]), axis=1)
    years = alive.sum(axis=1)
    people.sex[:] = point[0] < years[1] / years.sum()
    for sex in (0, 1):
        rows = people.sex == sex
        reached = np.cumsum(alive[sex]) / years[sex]
        people.age[rows] = ENTRY_AGE + np.searchsorted(reached, point[1][rows])
    spread = life.ability_spread
    people.ability[:] = spread * (quantiles(point[2]) - 0.5 * spread)


def sequence(seats: np.ndarray, seed: int) -> np.ndarray:
    """Point of each seat in the unit cube, shape (3, n): additive recurrence, shifted by the seed."""
    key = stream(seed, "population.shift")
    points = [(uniform(key, axis, 0, 0) + (seats + 1) * _R3 ** -(axis + 1)) % 1.0 for axis in range(3)]
    return np.clip(points, 1e-12, 1.0 - 1e-12)


def traditional_balances(people: Participants) -> np.ndarray:
    """USD never taxed in both accounts, before anybody holds coins, shape (n,)."""
    plan = people.plan_core * (1.0 - people.plan_roth)
    return plan + people.ira_core * (1.0 - people.ira_roth)
