"""The command with the model itself, small: what fakes cannot show."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from abm.scenario import Scenario
from experiments.cli import app
from experiments.designs import grid
from experiments.effects import paired_effects
from experiments.outcomes import OUTCOMES, outcomes_by_seed
from experiments.run import build, live
from experiments.store import TABLES, open_run
from experiments.sweep import sweep

SIZE = {"months": 6, "participants": 400, "panel": 10, "market": {"traders": 200}}
WORDS = ["--months", "6", "--participants", "400", "--set", "market.traders=200", "--set", "panel=10"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run with checkpoints, by the command."""
    out = tmp_path_factory.mktemp("real") / "whole"
    abm("run", *WORDS, "--out", out, "--checkpoint-every", 3)
    return out


def abm(*words, code=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def test_folder_of_a_real_run(whole):
    run = open_run(whole)
    run.verify()
    assert len(run.months) == 6
    assert len(run.days) == 180
    assert len(run.savers) == 400
    assert len(run.panel) == 60
    declared = run.columns.groupby("table")["name"].agg(list)
    assert all(list(getattr(run, table).columns) == declared[table] for table in TABLES)


def test_every_outcome_is_recorded(whole):
    missing = {column for outcome in OUTCOMES for column in outcome.needs} - set(open_run(whole).months.columns)
    assert not missing


def test_resumed_run_equals_the_unbroken_one(whole, tmp_path):
    abm("run", "--resume", whole.with_name("whole.checkpoints") / "2026-03.npz", "--out", tmp_path / "resumed")
    for table in TABLES:
        unbroken, resumed = (getattr(open_run(path), table) for path in (whole, tmp_path / "resumed"))
        pd.testing.assert_frame_equal(resumed, unbroken, check_exact=True)


def test_worlds_in_workers_equal_the_run_by_the_command(whole, tmp_path):
    run = open_run(whole)
    worlds = sweep(grid(run.scenario, {}, [1, 2]), tmp_path / "sweep").worlds()
    same = worlds[worlds["seed"] == run.scenario.seed].drop(columns=["world", "seed"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(same, run.months, check_exact=True)


def test_a_placebo_is_exactly_equal():
    months = {
        size: live(build(Scenario.of(SIZE | {"shocks": [{"month": "2026-02", "kind": "news", "size": size}]})))
        .records.tables()["months"]
        .assign(seed=1)
        for size in (0.0, -1.0)
    }
    plain = live(build(Scenario.of(SIZE))).records.tables()["months"].assign(seed=1)
    placebo, crash = (paired_effects(outcomes_by_seed(plain), outcomes_by_seed(months[size])) for size in months)
    assert placebo["note"].eq("exactly equal").all()
    assert crash.loc["price_change", "difference"] < 0


SAVERS = "age_years,salary_usd,plan_kind,plan_balance_usd\n40,80000,401k,50000\n30,{salary},{plan},10000\n"


def test_own_savers(tmp_path):
    (tmp_path / "own.csv").write_text(SAVERS.format(salary=50_000, plan="401k"))
    abm("run", "--participants-from", tmp_path / "own.csv", "--months", 2, "--out", tmp_path / "out")
    run = open_run(tmp_path / "out")
    assert len(run.savers) == 2
    assert any(entry.startswith("ira_balance_usd") for entry in run.facts["defaulted_columns"])
    assert run.facts["savers_file"]["path"].endswith("own.csv")
    assert run.facts["never_reached"] == ["changes.0 of 2026-08"]
    told = (tmp_path / "out" / "README.txt").read_text(encoding="utf-8").splitlines()
    assert {f"  {entry}" for entry in (*run.facts["defaulted_columns"], *run.facts["never_reached"])} <= set(told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SAVERS.format(salary=-5, plan="401k"), "salary_usd"),
        (SAVERS.format(salary=5, plan="401x"), "plan_kind"),
        (SAVERS.replace("age_years", "age_yeers").format(salary=5, plan="401k"), "age_yeers"),
        ("", "own.csv"),
    ],
)
def test_bad_savers_are_refused_in_one_sentence(tmp_path, text, says):
    (tmp_path / "own.csv").write_text(text)
    done = abm("run", "--participants-from", tmp_path / "own.csv", "--out", tmp_path / "out", code=2)
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
