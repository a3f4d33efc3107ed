"""Holding outside the accounts: the surveyed cross-section stays as it is in calm times."""

import numpy as np
import pytest

from abm.participants.outside import MOST, at_rest, cells_by_age, propensities
from abm.participants.traits import TraitParameters
from abm.scenario import Scenario
from experiments.labs.imposed import imposed_world
from experiments.validation.behaviour import holder_cells
from experiments.validation.scorecard import MET, judge, load_targets
from tests.toys import World

P, LEAVING = TraitParameters(), 0.06


def person(sex: int, years: float, ability: float):
    """Three people alike."""
    people = World(3).people
    people.sex[:], people.age[:], people.ability[:] = sex, int(years * 12), ability
    return people


@pytest.mark.parametrize("sex", [0, 1])
@pytest.mark.parametrize("ability", [-1.5, 0.0, 1.0, 5.0])
def test_away_from_the_crossing_the_stationary_share_is_in_over_in_and_out(sex, ability):
    for years in (25, 70):
        people = person(sex, years, ability)
        people.outside[:] = [0, 1, 1]
        start, stop, _ = at_rest(people, P, LEAVING)
        assert start / (start + stop) == pytest.approx(propensities(people, np.arange(1), P)[0], rel=1e-6)
        assert stop == pytest.approx(LEAVING)


@pytest.mark.parametrize("sex", [0, 1])
@pytest.mark.parametrize("ability", [-1.0, 0.5])
def test_a_cohort_passes_from_one_cell_into_the_next(sex, ability):
    people = person(sex, 40, ability)
    people.outside[:] = [0, 1, 1]
    first = share = propensities(people, np.arange(1), P)[0]
    for _ in range(20 * 12):
        start, stop, _ = at_rest(people, P, LEAVING)
        share += start / 12 * (1 - share) - stop / 12 * share
        people.age[:] += 1
        assert share == pytest.approx(propensities(people, np.arange(1), P)[0], rel=0.03)
    assert abs(share - first) > 0.003


def test_cells_keep_their_levels_and_nobody_is_sure():
    cells = cells_by_age(P.outside_crossing)
    assert cells[:, [30 * 12, 50 * 12, 70 * 12]] == pytest.approx(np.array([[0.25, 0.185, 0.12], [0.08, 0.085, 0.09]]))
    assert propensities(person(0, 30, 9.0), np.arange(3), P).tolist() == [MOST] * 3
    assert not at_rest(person(0, 30, 0.0), P.but(outside_scale=0.0), 0.0).any()


@pytest.mark.slow
def test_ten_flat_years_leave_the_cells_within_the_surveys_bands():
    world = imposed_world(Scenario(participants=12_000, panel=0), np.full(121, 87_000.0))
    before = world.people.total(world.people.outside == 1)
    while world.running:
        world.step()
    cells, targets = holder_cells(world), load_targets("behaviour")
    for name in ("men_young", "men_old", "women_young", "women_old", "high_income", "low_income"):
        assert judge(targets[name], cells[name]).verdict == MET, (name, cells[name])
    assert world.people.total(world.people.outside == 1) == pytest.approx(before, rel=0.1)
