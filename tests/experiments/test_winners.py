"""Winners and losers: the same persons on both sides, groups that add up, and what cannot be compared is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from abm.errors import InputError, ResultsError
from abm.participants.outcome_groups import SIZES
from abm.scenario import Scenario
from experiments.cli import app
from experiments.run import run_to_folder
from experiments.winners import (
    LEAST_USD,
    NO_EMPLOYER,
    compare_people,
    differences,
    fortunes,
    group_rows,
    save,
    sentence,
)

SMALL = Scenario.of(
    {"name": "small", "participants": 300, "months": 14, "panel": 5, "market": {"traders": 60}, "luck": {"market": 9}}
)
KEEN = {"parameters.choice.other": 2.0, "parameters.choice.look_ira": 6.0}


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """One world, and the same with savers who take to crypto."""
    folder = tmp_path_factory.mktemp("winners")
    return [run_to_folder(SMALL.with_values(change), folder / name) for name, change in (("a", {}), ("b", KEEN))]


def test_same_world_makes_nobody_better_or_worse(sides):
    people = differences(sides[0], sides[0])
    assert len(people) == SMALL.participants
    assert (people["difference"] == 0.0).all()
    assert not group_rows(people)[["better", "worse"]].to_numpy().any()


def test_difference_of_a_person_is_what_the_two_worlds_say_of_him(sides):
    people = differences(*sides)
    row = people.iloc[int(people["difference"].abs().argmax())]
    for run, column in zip(sides, ("wealth_a", "wealth_b"), strict=True):
        savers, last = run.savers, run.months.iloc[-1]
        one = savers[(savers["seat"] == row["seat"]) & (savers["generation"] == row["generation"])].iloc[0]
        usd = one["plan_core"] + one["ira_core"]
        usd += (one["plan_crypto"] + one["ira_crypto"]) * last["price_usd"]
        assert row[column] == pytest.approx(usd / last["price_index"], rel=1e-12)
    assert row["difference"] == pytest.approx(row["wealth_b"] - row["wealth_a"])
    assert abs(row["difference"]) > LEAST_USD


def test_shares_of_groups_add_up(sides):
    people = differences(*sides)
    rows = group_rows(people)
    whole = rows.iloc[0]
    assert whole["better"] == pytest.approx((people["difference"] > LEAST_USD).mean())
    for kind in ("decile", "sex", "cohort", "plan_size"):
        part = rows[rows["kind"] == kind]
        assert part["persons"].sum() == whole["persons"]
        for share in ("better", "worse", "mean_usd"):
            assert np.average(part[share], weights=part["persons"]) == pytest.approx(whole[share], abs=1e-9)


def test_size_of_the_employer_is_that_of_the_outcomes(sides):
    """Persons by third of jobs, as the table `outcomes` counts them in its last December, and in the saved order."""
    rows = group_rows(differences(sides[0], sides[0]))
    found = rows[rows["kind"] == "plan_size"].set_index("group")["persons"]
    assert list(found.index) == [*SIZES, NO_EMPLOYER]
    assert (found > 0).all()
    savers, employers = sides[0].savers, sides[0].savers.groupby("employer")["plan_size"]
    assert (employers.nunique() == 1).all()
    assert (savers["plan_size"] == -1).equals(savers["employer"] == -1)
    last = run_to_folder(SMALL.but(months=12), sides[0].path.parent / "december")
    told = last.outcomes.query("kind == 'plan_size' and measure == 'wealth_mean'").set_index("group")["n"]
    counted = fortunes(last)["plan_size"].value_counts()
    assert {name: counted[name] for name in SIZES} == told.to_dict()


def test_a_run_without_the_size_of_employers_is_refused(sides):
    old = SimpleNamespace(savers=sides[0].savers.drop(columns="plan_size"), months=sides[0].months, path="old")
    with pytest.raises(ResultsError, match="old is of a version"):
        fortunes(old)


def test_worlds_of_other_luck_or_size_are_refused(sides, tmp_path):
    other = run_to_folder(SMALL.but(seed=2, participants=200), tmp_path / "other")
    with pytest.raises(InputError, match=r"seed.*must be that of the other side") as refused:
        differences(sides[0], other)
    assert "participants" in str(refused.value)
    with pytest.raises(ResultsError, match="holds no run"):
        compare_people(tmp_path, SMALL, [1], tmp_path)


def test_folders_are_compared_as_they_are_and_saved(sides, tmp_path):
    compared = compare_people(sides[0].path, sides[1].path, [1, 2, 3], tmp_path)
    assert compared.people["seed"].unique().tolist() == [SMALL.seed]
    table = save(compared, tmp_path / "out", "plain", "keen")
    assert pd.read_csv(table)["kind"].unique().tolist() == ["all", "decile", "sex", "cohort", "plan_size"]
    assert table.with_suffix(".png").stat().st_size > 10_000
    assert "no reliable interval" in sentence(compared, "plain", "keen")
    assert "keen (B) against plain (A)" in table.with_suffix(".txt").read_text()


def test_command_runs_what_is_missing_and_keeps_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, change in (("plain", {}), ("keen", KEEN)):
        (tmp_path / f"{name}.toml").write_text(SMALL.with_values(change | {"name": name, "months": 3}).to_toml())
    words = ["compare", "plain.toml", "keen.toml", "--people", "--seeds", "1", "--workers", "1"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    worlds = sorted(path.name for path in (tmp_path / "results/compare/plain-vs-keen-people").iterdir())
    assert [name[:2] for name in worlds if "-" in name] == ["A-", "B-"]
    assert "winners.csv" in worlds
    stamps = [path.stat().st_mtime_ns for path in tmp_path.glob("results/compare/*/?-*/run.json")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert stamps == [path.stat().st_mtime_ns for path in tmp_path.glob("results/compare/*/?-*/run.json")]
