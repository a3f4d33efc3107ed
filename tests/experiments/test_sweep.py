"""Sweeps: a design's worlds, each once, whatever dies on the way."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from experiment_fakes import KILLS, RAISES, FakeWorld, Inline

from abm.errors import InputError, ResultsError, ScenarioError
from abm.scenario import Scenario
from experiments import designs
from experiments.designs import grid, pair, read_sweep, world_id
from experiments.sweep import read_worlds, sweep
from experiments.workers import one_thread_each

BASE = Scenario(months=4, participants=20)
AXES = {"policy.rule": ["prohibit", "permit"], "market.leverage": [1, 2.5]}
SWEEP = """
name = "small"
seeds = [1, 2]
[base.scenario]
months = 4
participants = 20
[grid]
"policy.rule" = ["prohibit", "permit"]
market.leverage = [1, 2.5]
"""


@pytest.fixture(autouse=True, scope="module")
def one_version():
    """The same model version throughout, even while the model's text is being edited."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("experiments.designs", "experiments.sweep"):
            patch.setattr(importlib.import_module(module), "model_version", lambda: "test")
        yield


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A finished sweep that nothing interrupted."""
    return sweep(grid(BASE, AXES, [1, 2]), tmp_path_factory.mktemp("sweep") / "unbroken", model=FakeWorld)


@pytest.fixture
def out(unbroken, tmp_path):
    """A copy of it to do things to."""
    return Path(shutil.copytree(unbroken.folder, tmp_path / "out"))


def file(tmp_path, text=SWEEP):
    path = tmp_path / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def contents(folder):
    """Bytes of every world and of the compacted table."""
    return {path.name: path.read_bytes() for path in [*(folder / "worlds").iterdir(), folder / "worlds.parquet"]}


def test_design_product(tmp_path):
    design = read_sweep(file(tmp_path))
    assert [tuple(world.labels.values()) for world in design.worlds] == [
        (rule, leverage, seed) for rule in ("prohibit", "permit") for leverage in (1.0, 2.5) for seed in (1, 2)
    ]
    assert len({world.id for world in design.worlds}) == 8
    assert all(world.scenario.policy.rule == world.labels["policy.rule"] for world in design.worlds)
    again = read_sweep(file(tmp_path, design.texts["sweep.toml"]))
    assert again.address == design.address


def test_world_id_is_its_content(monkeypatch):
    assert world_id(BASE) == world_id(BASE.but(name="another name"))
    assert world_id(BASE) != world_id(BASE.but(seed=2))
    before = world_id(BASE)
    monkeypatch.setattr(designs, "model_version", lambda: "another")
    assert world_id(BASE) != before


def test_base_file_and_seed_count(tmp_path):
    (tmp_path / "base.toml").write_text('months = 7\n[policy]\nrule = "promote"\n')
    design = read_sweep(file(tmp_path, 'seeds = 3\n[base]\nfile = "base.toml"\n'))
    assert [world.scenario.seed for world in design.worlds] == [1, 2, 3]
    assert design.worlds[0].scenario.policy.rule == "promote"
    assert design.worlds[0].scenario.months == 7


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("seeds = [1", InputError, "malformed"),
        ("seeds = []", InputError, "whole numbers"),
        ('sseeds = 1\n[grid]\n"months" = 3', InputError, "2 faults"),
        ("[base]\nfile2 = 1", InputError, "scenario"),
        ("[base]\nfile = 'none.toml'", ScenarioError, "cannot be read"),
        ("[grid]\nmarket.leverege = [1]", ScenarioError, "leverage"),
        ("[grid]\nmarket.leverage = [99]", ScenarioError, "from 0 to 3"),
        ("[grid]\nseed = [1, 2]", InputError, "axis"),
        ("[grid]\nmonths = [4, 4]", InputError, "same world twice"),
    ],
)
def test_faults_of_a_sweep_file(tmp_path, text, error, words):
    with pytest.raises(error, match=words):
        read_sweep(file(tmp_path, text))


def test_missing_sweep_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_sweep(tmp_path / "none.toml")


def test_one_tidy_table(unbroken):
    worlds = pd.read_parquet(unbroken.folder / "worlds.parquet")
    assert (unbroken.ran, unbroken.there, len(unbroken.failed)) == (8, 0, 0)
    assert list(worlds.columns[:5]) == ["world", "policy.rule", "market.leverage", "seed", "month"]
    assert len(worlds) == 8 * BASE.months
    assert worlds.groupby(["policy.rule", "market.leverage", "seed"]).size().eq(BASE.months).all()
    assert worlds.loc[worlds["policy.rule"] == "prohibit", "inflow_core_usd"].eq(0).all()
    key = ["world", "month"]
    folder = pd.read_parquet(unbroken.folder / "worlds").sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(folder, worlds.sort_values(key, ignore_index=True))
    columns = pd.read_csv(unbroken.folder / "columns.csv")
    assert list(columns["name"]) == list(worlds.columns)


def test_workers_use_one_thread_and_our_own_process_is_left_alone(unbroken):
    assert unbroken.worlds()["threads"].eq(1).all()
    before = dict(os.environ)
    with one_thread_each():
        assert os.environ["NUMBA_NUM_THREADS"] == "1"
    assert dict(os.environ) == before


def test_a_second_call_goes_on(out, unbroken, monkeypatch):
    monkeypatch.setattr("experiments.sweep.Crew", Inline)
    for path in sorted((out / "worlds").iterdir())[:3]:
        path.unlink()
    (out / "worlds.parquet").unlink()
    (out / "worlds" / ".abc.parquet.partial-1").write_text("what a killed call left")
    done = sweep(grid(BASE, AXES, [1, 2]), out, model=FakeWorld)
    assert (done.ran, done.there) == (3, 5)
    assert contents(out) == contents(unbroken.folder)


@pytest.mark.parametrize("left", [["sweep.json"], ["sweep.json", "README.txt"], []], ids=["json", "text", "nothing"])
def test_a_call_that_was_killed_while_it_made_the_folder_goes_on(out, unbroken, left, monkeypatch):
    monkeypatch.setattr("experiments.sweep.Crew", Inline)
    for path in out.iterdir():
        if path.name not in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (out / ".sweep.json.partial-1").write_text("half of i")
    assert sweep(grid(BASE, AXES, [1, 2]), out, model=FakeWorld).ran == 8
    assert contents(out) == contents(unbroken.folder)
    assert {path.name for path in out.iterdir()} == {path.name for path in unbroken.folder.iterdir()}


def test_a_changed_sweep_is_refused(out, monkeypatch):
    with pytest.raises(ResultsError, match=r"another sweep .*--out"):
        sweep(grid(BASE, AXES, [1, 2, 3]), out, model=FakeWorld)
    monkeypatch.setattr("experiments.sweep.model_version", lambda: "9.9")
    with pytest.raises(ResultsError, match=r"model version .*9\.9"):
        sweep(grid(BASE, AXES, [1, 2]), out, model=FakeWorld)


def test_two_calls_at_once_are_refused(out):
    fcntl = pytest.importorskip("fcntl")
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ResultsError, match="Another call"):
            sweep(grid(BASE, AXES, [1, 2]), out, model=FakeWorld)


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match="something else"):
        sweep(grid(BASE, {}, [1]), tmp_path, model=FakeWorld)
    with pytest.raises(ResultsError, match="something else"):
        sweep(grid(BASE, {}, [1]), tmp_path / "notes.txt", model=FakeWorld)
    with pytest.raises(ResultsError, match="cannot be written"):
        sweep(grid(BASE, {}, [1]), tmp_path / "notes.txt" / "out", model=FakeWorld)


def test_poison_worlds_are_recorded_and_the_others_finish(tmp_path):
    design = grid(BASE, {}, [1, RAISES, KILLS, 2])
    done = sweep(design, tmp_path / "out", model=FakeWorld)
    failed = pd.read_csv(tmp_path / "out" / "failed.csv").set_index("seed")
    assert done.ran == 2
    assert set(failed.index) == {RAISES, KILLS}
    assert failed["tries"].eq(2).all()
    assert "never gets past" in failed.loc[RAISES, "traceback"]
    assert "died" in failed.loc[KILLS, "error"]
    assert sorted(read_worlds(tmp_path / "out")["seed"].unique()) == [1, 2]


def test_equal_sides_are_both_run():
    design = pair(BASE, BASE, [1, 2])
    assert len({world.id for world in design.worlds}) == 4


SCRIPT = """
import sys
import experiments.designs, experiments.sweep
from experiment_fakes import FakeWorld
from abm.scenario import Scenario
from experiments.designs import grid
from experiments.sweep import sweep
experiments.designs.model_version = experiments.sweep.model_version = lambda: "test"
if __name__ == "__main__":
    axes = {"policy.rule": ["prohibit", "permit"], "market.leverage": [1, 2.5]}
    design = grid(Scenario(months=4, participants=20), axes, [1, 2])
    sweep(design, sys.argv[1], workers=1, model=FakeWorld)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_in_the_middle_it_comes_to_the_same(tmp_path, unbroken, monkeypatch):
    """kill -9, then the same call again: every byte is that of the sweep that nothing interrupted."""
    script, out = tmp_path / "script.py", tmp_path / "out"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "FAKE_MONTH_SECONDS": "0.1"}
    process = subprocess.Popen([sys.executable, str(script), str(out)], env=environment, start_new_session=True)
    deadline = time.monotonic() + 300
    while not finished(out) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < len(finished(out)) < 8
    assert not (out / "worlds.parquet").exists()
    assert wait_for_silence(process.pid), "workers outlived their parent"
    monkeypatch.setattr("experiments.sweep.Crew", Inline)
    done = sweep(grid(BASE, AXES, [1, 2]), out, model=FakeWorld)
    assert done.there > 0
    assert contents(out) == contents(unbroken.folder)


def finished(out):
    """Worlds that have their name."""
    return list((out / "worlds").glob("[!.]*.parquet"))


def wait_for_silence(group):
    """Whether every process of a killed session ends; a busy machine may take its time."""
    for _ in range(1_200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
