"""Sweeps: a design's worlds, each once, whatever dies on the way."""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from experiment_fakes import KILLS, RAISES, FakeWorld

from abm.errors import InputError, ResultsError, ScenarioError
from abm.scenario import Scenario
from experiments import designs
from experiments.designs import grid, pair, read_sweep, world_id
from experiments.sweep import read_worlds, sweep

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


@pytest.fixture(autouse=True)
def one_version(monkeypatch):
    """The same model version throughout, even while the model's text is being edited."""
    for module in (designs, importlib.import_module("experiments.sweep")):
        monkeypatch.setattr(module, "model_version", lambda: "test")


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


def test_one_tidy_table(tmp_path):
    done = sweep(grid(BASE, AXES, [1, 2]), tmp_path / "out", model=FakeWorld)
    worlds = pd.read_parquet(tmp_path / "out" / "worlds.parquet")
    assert (done.ran, done.there, len(done.failed)) == (8, 0, 0)
    assert list(worlds.columns[:5]) == ["world", "policy.rule", "market.leverage", "seed", "month"]
    assert len(worlds) == 8 * BASE.months
    assert worlds.groupby(["policy.rule", "market.leverage", "seed"]).size().eq(BASE.months).all()
    assert worlds.loc[worlds["policy.rule"] == "prohibit", "inflow_core_usd"].eq(0).all()
    key = ["world", "month"]
    folder = pd.read_parquet(tmp_path / "out" / "worlds").sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(folder, worlds.sort_values(key, ignore_index=True))
    columns = pd.read_csv(tmp_path / "out" / "columns.csv")
    assert list(columns["name"]) == list(worlds.columns)


def test_a_second_call_goes_on(tmp_path):
    design = grid(BASE, AXES, [1, 2])
    sweep(design, tmp_path / "out", model=FakeWorld)
    before = contents(tmp_path / "out")
    gone = sorted((tmp_path / "out" / "worlds").iterdir())[:3]
    for path in gone:
        path.unlink()
    done = sweep(design, tmp_path / "out", model=FakeWorld)
    assert (done.ran, done.there) == (3, 5)
    assert contents(tmp_path / "out") == before


def test_a_changed_sweep_is_refused(tmp_path, monkeypatch):
    sweep(grid(BASE, {}, [1]), tmp_path / "out", model=FakeWorld)
    with pytest.raises(ResultsError, match=r"another sweep .*--out"):
        sweep(grid(BASE, {}, [1, 2]), tmp_path / "out", model=FakeWorld)
    monkeypatch.setattr("experiments.sweep.model_version", lambda: "9.9")
    with pytest.raises(ResultsError, match=r"model version .*9\.9"):
        sweep(grid(BASE, {}, [1]), tmp_path / "out", model=FakeWorld)


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match="something else"):
        sweep(grid(BASE, {}, [1]), tmp_path, model=FakeWorld)
    with pytest.raises(ResultsError, match="something else"):
        sweep(grid(BASE, {}, [1]), tmp_path / "notes.txt", model=FakeWorld)
    with pytest.raises(ResultsError, match="cannot be written"):
        sweep(grid(BASE, {}, [1]), tmp_path / "notes.txt" / "out", model=FakeWorld)


def test_poison_worlds_are_recorded_and_the_others_finish(tmp_path):
    design = grid(BASE, {}, [1, RAISES, 2, KILLS, 3, 4])
    done = sweep(design, tmp_path / "out", model=FakeWorld)
    failed = pd.read_csv(tmp_path / "out" / "failed.csv").set_index("seed")
    assert done.ran == 4
    assert set(failed.index) == {RAISES, KILLS}
    assert failed["tries"].eq(2).all()
    assert "never gets past" in failed.loc[RAISES, "traceback"]
    assert "died" in failed.loc[KILLS, "error"]
    assert sorted(read_worlds(tmp_path / "out")["seed"].unique()) == [1, 2, 3, 4]


def test_workers_use_one_thread_and_ours_is_left_alone(tmp_path):
    before = os.environ.get("NUMBA_NUM_THREADS")
    sweep(grid(BASE, {}, [1]), tmp_path / "out", model=ThreadsWorld)
    assert read_worlds(tmp_path / "out")["pressure"].eq(1).all()
    assert os.environ.get("NUMBA_NUM_THREADS") == before


class ThreadsWorld(FakeWorld):
    """Reports the threads that its process may use as its pressure."""

    def step(self):
        super().step()
        self.records.rows["months"][-1]["pressure"] = float(os.environ["NUMBA_NUM_THREADS"])


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
    design = grid(Scenario(months=4, participants=20), {"market.leverage": [0.5, 1.0, 1.5]}, [1, 2])
    sweep(design, sys.argv[1], model=FakeWorld)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_again_and_again_it_comes_to_the_same(tmp_path):
    """kill -9 in the middle, twice; the third call finishes, and every byte is that of an unbroken sweep."""
    design = grid(BASE, {"market.leverage": [0.5, 1.0, 1.5]}, [1, 2])
    unbroken = sweep(design, tmp_path / "unbroken", model=FakeWorld).folder
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    here = str(Path(__file__).parent)
    environment = os.environ | {"PYTHONPATH": here, "FAKE_MONTH_SECONDS": "0.05"}
    out = tmp_path / "out"
    for more_than in (0, 2):
        process = subprocess.Popen([sys.executable, str(script), str(out)], env=environment, start_new_session=True)
        deadline = time.monotonic() + 60
        while len(list((out / "worlds").glob("[!.]*.parquet"))) <= more_than and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (out / "worlds.parquet").exists()
        assert 0 < len(list((out / "worlds").glob("[!.]*.parquet"))) < 6
        assert wait_for_silence(process.pid), "workers outlived their parent"
    subprocess.run([sys.executable, str(script), str(out)], env=environment, check=True)
    assert contents(out) == contents(unbroken)


def wait_for_silence(group):
    """Whether every process of a killed session ends within a few seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
