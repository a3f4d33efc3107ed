"""A saved world goes on as if it had never stopped; anything else is refused."""

import numpy as np
import pandas as pd
import pytest
from experiment_fakes import DOT, FakeWorld

from abm.errors import CheckpointError
from abm.scenario import Scenario
from experiments.checkpoint import load_checkpoint, save_checkpoint
from experiments.run import build, checkpoints_every, live, run_to_folder

SMALL = Scenario.of({"months": 8, "participants": 50, "seed": 4, "changes": [{"month": "2026-03", "rule": "promote"}]})


@pytest.fixture(autouse=True)
def quick_picture(monkeypatch):
    monkeypatch.setattr("experiments.run.loop_picture", lambda months, title: DOT)


@pytest.fixture
def saved(tmp_path):
    live(FakeWorld(SMALL), checkpoints_every(3, tmp_path / "kept"))
    return tmp_path / "kept"


def test_checkpoints_come_in_their_months(saved):
    assert [path.name for path in sorted(saved.iterdir())] == ["2026-03.npz", "2026-06.npz"]


@pytest.mark.parametrize("month", ["2026-03", "2026-06"])
def test_a_resumed_run_equals_the_unbroken_one(saved, tmp_path, month):
    unbroken = run_to_folder(SMALL, tmp_path / "unbroken", model=FakeWorld)
    checkpoint = load_checkpoint(saved / f"{month}.npz")
    assert checkpoint.scenario == SMALL
    resumed = run_to_folder(checkpoint.scenario, tmp_path / "resumed", checkpoint=checkpoint, model=FakeWorld)
    pd.testing.assert_frame_equal(resumed.months, unbroken.months, check_exact=True)
    assert resumed.facts["resumed_after"] == month


def test_a_longer_horizon_may_follow(saved, tmp_path):
    checkpoint = load_checkpoint(saved / "2026-06.npz")
    world = live(build(SMALL.but(months=10), checkpoint=checkpoint, model=FakeWorld))
    unbroken = live(FakeWorld(SMALL.but(months=10)))
    pd.testing.assert_frame_equal(world.records.tables()["months"], unbroken.records.tables()["months"])


def test_a_world_at_its_end_lives_no_further(saved):
    checkpoint = load_checkpoint(saved / "2026-06.npz")
    world = live(build(SMALL.but(months=6), checkpoint=checkpoint, model=FakeWorld))
    assert world.clock.label == "2026-06"


def test_a_damaged_checkpoint_is_refused_or_means_the_same(saved):
    """A flipped bit is noticed, unless it hit a byte of the archive that no reader uses."""
    path = saved / "2026-03.npz"
    whole, content = load_checkpoint(path), path.read_bytes()
    refused = 0
    for place in range(7, len(content), len(content) // 60):
        path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        try:
            read = load_checkpoint(path)
        except CheckpointError:
            refused += 1
        else:
            assert read.scenario == whole.scenario
            assert all(np.array_equal(read.state[name], whole.state[name]) for name in whole.state | read.state)
    assert refused > 30


def test_other_files_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="does not exist"):
        load_checkpoint(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_checkpoint(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_checkpoint(tmp_path / "other.npz")


def test_a_checkpoint_of_other_defaults_is_refused(tmp_path, monkeypatch):
    world = FakeWorld(SMALL)
    world.step()
    monkeypatch.setattr(Scenario, "digest", lambda self: "of other defaults")
    path = save_checkpoint(world, tmp_path / "old.npz")
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="other defaults"):
        load_checkpoint(path)


def test_python_objects_are_refused_and_leave_no_file(tmp_path):
    world = FakeWorld(SMALL)
    world.step()
    world.state = lambda: {"odd": np.array([{"a": 1}], dtype=object)}
    with pytest.raises(CheckpointError, match="odd"):
        save_checkpoint(world, tmp_path / "odd.npz")
    assert list(tmp_path.iterdir()) == []
