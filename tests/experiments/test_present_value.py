"""The third accounting: paired worlds with and without one year's contributions."""

from __future__ import annotations

import numpy as np
import pytest

from abm.government.treasury import DECADES, FIRST_DECADE
from abm.scenario import Scenario
from experiments.labs.savers_only import SaversOnly
from experiments.treasury.present_value import DECILES, PARTS, Paired, main, pair, present_values

SMALL = Scenario.of({"participants": 800, "parameters": {"returns": {"volatility_scale": 0.0}}})


@pytest.fixture(scope="module")
def paired() -> Paired:
    return pair(SMALL, years=8)


def test_a_world_that_pays_nothing_in_keeps_everybodys_luck():
    paying, waiting = SaversOnly(SMALL), SaversOnly(SMALL)
    for month in range(18):
        paying.step()
        waiting.step(paying_in=month >= 12)
        if month == 11:
            assert waiting.people.deferral_ytd.sum() == waiting.people.employer_ytd.sum() == 0.0
            assert waiting.people.ira_ytd.sum() == 0.0 < paying.people.ira_ytd.sum()
    for column in ("age", "generation", "status", "salary", "employer", "benefit", "deferral_points"):
        assert np.array_equal(getattr(paying.people, column), getattr(waiting.people, column)), column
    assert waiting.paid.plan.sum() == pytest.approx(paying.paid.plan.sum(), rel=1e-6)
    assert paying.people.total(paying.people.plan_core) > waiting.people.total(waiting.people.plan_core)


def test_the_difference_of_the_first_year_is_the_treasurys_own_ledger(paired):
    world = SaversOnly(SMALL)
    for _ in range(12):
        world.step()
    contributions = paired.difference[0, :, :, 0].sum(axis=0)
    assert contributions == pytest.approx(world.treasury.expenditure[:, 0], rel=1e-9)
    people = world.people
    paid = people.deferral_ytd + people.employer_ytd + people.ira_ytd
    # Those who died in the year may have contributed, and are not among the living.
    assert people.total(paid) <= paired.contributed.sum() * (1.0 + 1e-7) < 1.02 * people.total(paid)


def test_who_paid_nothing_costs_nothing(paired):
    silent, paying = paired.contributed == 0.0, paired.contributed > 0.0
    largest = np.abs(paired.difference).max()
    assert np.abs(paired.difference[:, silent, :, 0]).max() <= 1e-9 * largest
    # But for what they inherit from a spouse.
    alone = pair(SMALL.with_values({"parameters.retirement.spouse_share": 0.0}), years=4)
    assert np.abs(alone.difference[:, silent]).max() <= 1e-9 * largest
    spared = paired.difference[0, :, :, 0].sum(axis=1)[paying] / paired.contributed[paying]
    assert spared.min() >= 0.0
    assert 0.1 < np.median(spared) < spared.max() < 0.45
    assert np.abs(paired.difference[1:, :, :, 1]).sum() > 0.0  # accounts earn on, untaxed, after the first year


def test_heirs_are_taxed_on_what_the_dead_leave_to_them():
    untaxed = {"policy.roth_default": 0.0, "parameters.payroll.ira_roth_share": 0.0}  # all accounts are Traditional
    world = SaversOnly(SMALL.with_values(untaxed))
    owed = left = to_spouses = 0.0
    for _ in range(24):
        world.step()
        owed += world.people.total(world.heirs_tax)
        left, to_spouses = left + world.income.bequests, to_spouses + world.income.to_spouses
    assert to_spouses > 0.0
    assert owed == pytest.approx(0.2 * left, rel=1e-9)
    assert owed > 0.0


def test_discounting_by_hand():
    groups = DECADES * DECILES + 1
    difference, contributed = np.zeros((3, groups, 2, 4)), np.zeros(groups)
    row = (1980 - FIRST_DECADE) // 10 * DECILES + 6
    contributed[row] = 200.0
    difference[0, row, 0] = (40.0, 2.0, 0.0, 0.0)
    difference[2, row, 1] = (0.0, 4.0, 24.2, 12.1)
    table = present_values(Paired(difference, contributed), rates=(0.0, 0.1)).set_index(["by", "group", "rate"])
    assert set(table.index.get_level_values("by")) == {"all", "cohort", "decile"}
    for where in (("all", "all"), ("cohort", "1980s"), ("decile", "7")):
        assert table.loc[(*where, 0.0), list(PARTS)].tolist() == pytest.approx([20.0, 3.0, -12.1, -6.05])
        assert table.loc[(*where, 0.1), list(PARTS)].tolist() == pytest.approx([20.0, 1.0 + 2.0 / 1.21, -10.0, -5.0])
        assert table.loc[(*where, 0.1), "net"] == pytest.approx(6.0 + 2.0 / 1.21)


def test_the_folder_and_its_intervals(tmp_path):
    months = []
    table, folder = main(
        SMALL.but(participants=300), years=2, rates=(0.05,), seeds=2, out=tmp_path, watch=months.append
    )
    assert months[-1] == 48
    assert {path.name for path in folder.iterdir()} == {"present_value.csv", "present_value.png", "README.txt"}
    whole = table[table["by"] == "all"].iloc[0]
    assert whole["net_low"] < whole["net"] < whole["net_high"]
    assert f"{whole['net']:.1f}" in (folder / "README.txt").read_text(encoding="utf-8")
