"""With the network off and every behaviour at rest, the whole model is an annuity.

b(n) = b(0) G^n + c G (G^n − 1) / (G − 1),      G = (1 + g)(1 − fee),   c: a month's contributions
"""

from __future__ import annotations

import numpy as np
import pytest

from abm.model import RetirementModel
from abm.participants.payroll import limits_in_force
from abm.scenario import Scenario
from abm.vocabulary import Status

MONTHS = 36
STILL = {
    "life": (
        *("separation", "retirement_scale", "death_scale", "late_entry", "permanent_scale", "transitory_scale"),
        *("profile_scale", "escalation", "second_thoughts", "passive_share", "rollover_idle"),
        "rollover_retired",
    ),
    "payroll": ("ira_savers",),
    "retirement": ("draw_retired", "draw_per_year", "draw_working", "hardship", "hardship_pay"),
    "returns": ("volatility_scale", "wage_growth", "inflation"),
    "choice": ("look_directed", "look_managed", "look_ira"),
}
"""Parameters that are set to nothing."""
MOVING = ("parameters.returns.equity_return_shift", -0.019)
"""Stocks return what bonds do, 4.8 % a year, so that age does not matter."""


@pytest.fixture(scope="module")
def world():
    values = {f"parameters.{group}.{name}": 0.0 for group, names in STILL.items() for name in names}
    values |= dict([MOVING]) | {"policy.rule": "prohibit", "policy.rule_held": True, "policy.ira": False}
    values |= {f"loops.{loop}": False for loop in ("returns", "peers", "votes", "rescue_belief", "prudence")}
    values["parameters.life.job_finding"] = 1.0
    return RetirementModel(Scenario(participants=1600, months=MONTHS, seed=9, panel=0).with_values(values))


def test_balances_are_a_closed_form_annuity(world):
    people, sponsors, managers = world.people, world.sponsors, world.managers
    saves = (people.status == Status.EMPLOYED) & (people.deferral_points > 0.0) & (people.plan_core > 0.0)
    saves &= people.tenure >= 12  # plans that ask for a year of service have had it
    for _ in range(2):
        world.step()
    employer_before = people.employer_ytd.copy()
    world.step()
    # A month's employer contribution, which no rule changes from then on; the deferral follows from pay and election.
    employer = people.employer_ytd - employer_before
    deferral = people.salary / 12.0 * people.deferral_points / 1e4
    first, months = people.plan_core.copy(), MONTHS - 3
    for _ in range(months):
        world.step()
    limits = limits_in_force(1.0, 1.0)
    fee = managers.fee[sponsors.manager[people.employer]] / 12.0
    growth = 1.048 ** (1.0 / 12.0) * (1.0 - fee)
    roomy = (12.0 * deferral < limits.deferral) & (12.0 * (deferral + employer) < limits.annual_additions)
    rows = saves & roomy & (people.age < 72 * 12)  # whoever is older must draw
    assert rows.sum() > 100
    expected = first * growth**months + (deferral + employer) * growth * (growth**months - 1.0) / (growth - 1.0)
    assert np.max(np.abs(people.plan_core[rows] / expected[rows] - 1.0)) < 1e-6
    assert np.median(people.plan_core[rows] / first[rows]) > 1.1, "nothing was saved"
