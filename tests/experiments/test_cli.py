"""The `abm` command: what it leaves, and one clear sentence and an exit code for whatever goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from experiment_fakes import DOT, RAISES, FakeWorld, Inline
from typer.testing import CliRunner

from abm.errors import BooksError
from experiments import scenarios_folder
from experiments.arguments import read_scenario
from experiments.cli import app
from experiments.store import open_run

SMALL = ["--months", "4", "--participants", "20"]
HERE = Path(__file__).parent
MAIN = """
import sys
from experiment_fakes import FakeWorld
import experiments.run
import experiments.designs, experiments.sweep
experiments.run.retirement_model = lambda: FakeWorld  # workers import this file too
experiments.designs.model_version = experiments.sweep.model_version = lambda: "test"
from experiments.cli import main
if __name__ == "__main__":
    main()
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty working folder, and quick worlds instead of the real ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("experiments.run.retirement_model", lambda: FakeWorld)
    monkeypatch.setattr("experiments.run.loop_picture", lambda months, title: DOT)
    monkeypatch.setattr("experiments.sweep.Crew", Inline)
    return tmp_path


def abm(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(code, *words):
    """The sentence with which a command is refused, and that nothing was left behind."""
    before = sorted(Path.cwd().rglob("*"))
    done = abm(*words)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    left = set(Path.cwd().rglob("*")) - set(before)
    assert all(path.is_dir() and not any(path.iterdir()) for path in left - {p for q in left for p in q.parents})
    return done.stderr


def test_help_answers_at_once_and_brings_no_heavy_library():
    code = "import sys, experiments.cli; print([m for m in ('mesa', 'numba', 'pandas', 'scipy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    done = abm("--help")
    assert done.exit_code == 0
    assert all(name in done.output for name in ("run", "compare", "sweep", "view", "demo", "params", "version"))


def test_run_leaves_a_folder_and_tells_where(place):
    done = abm(
        "run", *SMALL, "--seed", 7, "--out", "made", "--set", "policy.rule=promote", "--set", "market.leverage=2"
    )
    assert done.exit_code == 0, done.output
    assert done.stdout.strip().endswith(str(place / "made"))
    for words in (
        "Net inflow, IRA",
        "Price",
        "Worst fall",
        "pressure",
        "Rescue events",
        "2026 USD, deciles 6–10",
        "Fiscal balance",
    ):
        assert words in done.output
    run = open_run("made")
    assert run.scenario.name == "base"
    assert (run.scenario.seed, run.scenario.months, run.scenario.participants) == (7, 4, 20)
    assert run.scenario.policy.rule == "promote"
    assert run.scenario.market.leverage == 2.0


def test_run_without_a_place_names_it_and_refuses_the_second_time(place):
    assert abm("run", *SMALL, "--quiet").exit_code == 0
    (made,) = (place / "results" / "runs").iterdir()
    assert made.name.startswith("base-1-")
    sentence = refused(2, "run", *SMALL)
    assert "exists already" in sentence
    assert "--force" in sentence
    assert abm("run", *SMALL, "--force").exit_code == 0


def test_the_folder_runs_again_from_its_own_scenario():
    abm("run", "crash", *SMALL, "--out", "first")
    abm("run", "first/scenario.toml", "--out", "second")
    pd.testing.assert_frame_equal(open_run("first").months, open_run("second").months)


@pytest.mark.parametrize("path", sorted(scenarios_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_every_scenario_reads_and_says_what_it_asks(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "?" in "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    if path.stem != "sweep_small":
        scenario = read_scenario(path.stem, {})
        assert scenario.name == path.stem
        assert scenario.description


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "nowhere.toml"], "cannot be read"),
        (["run", "bad.toml"], "malformed"),
        (["run", "--participants", "0"], "participants = 0"),
        (["run", "--months", "0"], "months = 0"),
        (["run", "--months", "-3"], "at least 1|from 1"),
        (["run", "--seed", "-1"], "seed = -1"),
        (["run", "--set", "market.slow_multiplyer=3"], "slow_multiplier"),
        (["run", "--set", "polcy.rule=permit"], "did you mean 'policy'"),
        (["run", "--set", "policy.rule=forbid"], "must be one of"),
        (["run", "--set", "nonsense"], "FIELD=VALUE"),
        (["run", "--participants-from", "none.csv"], "none.csv"),
        (["run", "--out", "file/run"], "cannot be written"),
        (["run", "--out", "/proc/run"], "cannot be written"),
        (["run", "--resume", "none.npz"], "does not exist"),
        (["run", "prohibt"], "did you mean 'prohibit'"),
        (["run", "--out", ".", "--checkpoint-every", "3"], "exists already"),
        (["sweep", "nowhere.toml"], "cannot be read"),
        (["compare", "base", "nowhere"], "no scenario of the project"),
        (["compare", "base", "permit", "--out", "file"], "exists already"),
        (["compare", "base", "permit", "--out", "file/x.csv"], "cannot be written"),
        (["compare", "base", "empty"], "holds no results"),
    ],
)
def test_bad_input(words, says, place):
    import re

    (place / "bad.toml").write_text("months = = 3")
    (place / "file").write_text("in the way")
    (place / "empty").mkdir()
    assert re.search(says, refused(2, *words))


def test_two_faults_are_told_at_once():
    sentence = refused(2, "run", "--months", "0", "--participants", "0")
    assert "2 faults" in sentence


def test_a_failed_run_ends_with_code_1(monkeypatch):
    def broken(self):
        raise BooksError("2026-01", "government", 3.0, "USD", "lost money")

    monkeypatch.setattr(FakeWorld, "step", broken)
    assert "government" in refused(1, "run", *SMALL, "--out", "made")


def test_checkpoint_and_resume_equal_the_unbroken_run():
    assert abm("run", *SMALL, "--out", "whole", "--checkpoint-every", 2).exit_code == 0
    saved = "whole.checkpoints/2026-02.npz"
    assert abm("run", "--resume", saved, "--out", "resumed").exit_code == 0
    for table in ("months", "days", "events"):
        pd.testing.assert_frame_equal(getattr(open_run("resumed"), table), getattr(open_run("whole"), table))
    assert abm("run", "--resume", saved, "--months", "6", "--out", "longer").exit_code == 0
    assert len(open_run("longer").months) == 6
    assert "cannot be changed" in refused(2, "run", "--resume", saved, "--seed", 3, "--out", "other")
    assert "already lived" in refused(2, "run", "--resume", saved, "--months", 1, "--out", "other")
    assert "whole number" in refused(2, "run", "--resume", saved, "--set", "months=soon", "--out", "other")
    assert "earlier run" in refused(2, "run", *SMALL, "--out", "whole", "--checkpoint-every", 2)
    assert "left out" in refused(2, "run", "--resume", saved, "--participants-from", "t.csv", "--out", "other")


def test_sweep_tells_what_failed(place):
    (place / "s.toml").write_text(f"seeds = [1, {RAISES}]\n[base.scenario]\nmonths = 3\nparticipants = 20\n")
    done = abm("sweep", "s.toml", "--out", "made")
    assert done.exit_code == 1
    assert "1 world failed: RuntimeError: this seed never gets past its second month" in done.stderr
    assert "1 world run, 0 there before, 1 failed" in done.stdout
    assert len(pd.read_parquet("made/worlds.parquet")) == 3


def test_compare_runs_scenarios_and_finds_them_the_second_time(place):
    first = abm("compare", "prohibit", "permit", "--seeds", "2", *SMALL)
    assert first.exit_code == 0, first.output
    (folder,) = (place / "results" / "compare").iterdir()
    effects = pd.read_csv(folder / "effects.csv", index_col="outcome")
    assert effects.loc["inflow_core", "pairs"] == 2
    assert effects.loc["inflow_core", "difference"] > 0
    before = {path: path.stat().st_mtime_ns for path in (folder / "worlds").iterdir()}
    assert abm("compare", "prohibit", "permit", "--seeds", "2", *SMALL).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "worlds").iterdir()} == before


def test_compare_prints_and_saves_effects_of_finished_runs():
    for seed in (1, 2, 3):
        abm("run", "prohibit", *SMALL, "--seed", seed, "--out", f"a{seed}")
    abm("run", "permit", *SMALL, "--seed", 1, "--out", "b")
    done = abm("compare", "a1", "b", "--out", "effects.csv")
    assert done.exit_code == 0, done.output
    assert "1 pair" in done.output
    assert "no reliable interval" in done.output
    effects = pd.read_csv("effects.csv", index_col="outcome")
    first, second = open_run("a1").months, open_run("b").months
    gap = (second["inflow_core_usd"].sum() - first["inflow_core_usd"].sum()) / 1e9
    assert effects.loc["inflow_core", "difference"] == pytest.approx(gap)
    assert effects.loc["price_change", "note"] == "exactly equal"
    assert "share at least one seed" in refused(2, "compare", "a2", "b", "--out", "none.csv")
    assert "cannot change results" in refused(2, "compare", "a1", "b", "--months", 3, "--out", "none.csv")


def test_compare_says_when_the_models_differ(monkeypatch):
    abm("run", "prohibit", *SMALL, "--out", "a")
    monkeypatch.setattr("experiments.run.model_version", lambda: "9.9")
    abm("run", "permit", *SMALL, "--out", "b")
    assert "b of 9.9" in " ".join(abm("compare", "a", "b", "--out", "effects.csv").output.split())


def test_compare_refuses_different_months():
    abm("run", "prohibit", *SMALL, "--out", "a")
    abm("run", "permit", "--months", "3", "--participants", "20", "--out", "b")
    assert "4 months" in refused(2, "compare", "a", "b", "--out", "none.csv")


def test_params_lists_every_field():
    from abm.scenario import fields

    done = CliRunner(env={"COLUMNS": "400"}).invoke(app, ["params"])
    assert all(name in done.output for name in fields())


def test_version_and_demo():
    assert "double-bind" in abm("version").output
    assert abm("demo").exit_code == 0
    assert abm("demo").exit_code == 0, "a second demo replaces the first"
    assert open_run("results/demo").facts["participants"] == 5_000
    assert Path("results/demo/loop.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to a child")
@pytest.mark.parametrize(
    "command", [["run", "--months", "400", "--out", "made"], ["sweep", "s.toml", "--workers", "1", "--out", "made"]]
)
def test_ctrl_c_leaves_nothing_that_looks_whole(place, command):
    (place / "s.toml").write_text("seeds = 4\n[base.scenario]\nmonths = 400\nparticipants = 20\n")
    (place / "main.py").write_text(MAIN)
    environment = os.environ | {"PYTHONPATH": str(HERE), "FAKE_MONTH_SECONDS": "0.05"}
    process = subprocess.Popen(
        [sys.executable, "main.py", *command],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell lets what it runs in the background ignore Ctrl-C; a command at a terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    begun = ".made.partial-*" if command[0] == "run" else "made/failed.csv"
    wait_until(lambda: list(place.glob(begun)))
    time.sleep(0.5 if command[0] == "run" else 2.0)  # wherever it is by then, it must end well
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    _, told = process.communicate(timeout=300)
    assert process.returncode == 130, told
    assert "Stopped" in told.splitlines()[-1]
    assert "Traceback" not in told
    assert not list(place.rglob("SHA256SUMS"))
    assert not list(place.rglob("*.parquet"))
    assert not list(place.glob(".made.partial-*"))


def wait_until(seen, seconds=300.0):
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not begin"
        time.sleep(0.02)


def test_run_facts_are_json(place):
    abm("run", *SMALL, "--out", "made")
    facts = json.loads((place / "made" / "run.json").read_text())
    assert facts["warnings"] == []
    assert facts["defaulted_columns"] == []
