"""A results folder: whole or not there, explains itself, notices damage, overwrites nothing that is not ours."""

import os
import subprocess

import pandas as pd
import pytest
from experiment_fakes import COLUMNS, DOT, FakeWorld

from abm.errors import ResultsError
from abm.scenario import Scenario
from experiments import store
from experiments.run import run_to_folder

SMALL = Scenario(months=6, participants=50, seed=4)


@pytest.fixture(autouse=True)
def quick_picture(monkeypatch):
    monkeypatch.setattr("experiments.run.loop_picture", lambda months, title: DOT)


@pytest.fixture
def done(tmp_path):
    return run_to_folder(SMALL, tmp_path / "run", model=FakeWorld)


def test_tables_come_back_as_they_were(done):
    world = FakeWorld(SMALL)
    for _ in range(SMALL.months):
        world.step()
    for name, frame in world.records.tables().items():
        pd.testing.assert_frame_equal(getattr(done, name), frame, check_dtype=len(frame) > 0)
    assert done.scenario == SMALL
    assert pd.read_parquet(done.path / "months.parquet").equals(done.months)
    done.verify()


def test_folder_explains_itself(done):
    names = {path.name for path in done.path.iterdir()}
    assert names == {f"{table}.parquet" for table in COLUMNS} | {
        "scenario.toml", "parameters.toml", "run.json", "columns.csv", "README.txt", "SHA256SUMS", "loop.png",
    }  # fmt: skip
    text = (done.path / "README.txt").read_text(encoding="utf-8")
    assert all(name in text for name in names - {"README.txt"})
    assert "no forecast" in text
    assert "abm run scenario.toml" in text
    assert {"python", "numpy", "numba", "mesa", "double-bind"} <= set(done.facts["versions"])
    assert done.facts["seed"] == 4
    assert done.facts["digest"] == SMALL.digest()
    assert done.facts["started"] <= done.facts["finished"]
    assert done.facts["peak_memory_mb"] is None or done.facts["peak_memory_mb"] > 1
    assert (done.path / "loop.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    declared = done.columns.groupby("table")["name"].agg(list)
    assert all(list(getattr(done, table).columns) == declared[table] for table in COLUMNS)


def test_units_travel_inside_parquet(done):
    import pyarrow.parquet as pq

    field = pq.read_schema(done.path / "days.parquet").field("price_usd")
    assert field.metadata[b"unit"] == b"USD/coin"


def test_sums_are_those_of_sha256sum(done):
    told = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=done.path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(": OK") == len(list(done.path.iterdir())) - 1


@pytest.mark.parametrize("name", ["months.parquet", "scenario.toml", "run.json", "columns.csv"])
def test_a_flipped_bit_is_noticed(done, name):
    path = done.path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=name):
        store.open_run(done.path).verify()


def test_a_flipped_bit_inside_a_page_is_noticed_without_the_sums(done):
    from experiments.durable import read_table

    path = done.path / "months.parquet"
    content = bytearray(path.read_bytes())
    content[60] ^= 4
    path.write_bytes(content)
    with pytest.raises(ResultsError, match="damaged"):
        read_table(path)


@pytest.mark.parametrize("name", ["days.parquet", "run.json", "SHA256SUMS"])
def test_a_folder_that_lacks_a_file_is_refused(done, name):
    (done.path / name).unlink()
    with pytest.raises(ResultsError, match=name):
        store.open_run(done.path)


def test_what_is_no_folder_of_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="no results folder"):
        store.open_run(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="lacks SHA256SUMS"):
        store.open_run(tmp_path)


def test_an_existing_folder_is_refused_before_the_run(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ResultsError, match=r"exists already.*--out.*--force"):
        run_to_folder(SMALL, tmp_path / "run", model=None)  # no model: a run that began would fail otherwise


def test_force_replaces_a_run_of_ours(done):
    again = run_to_folder(SMALL.but(seed=5), done.path, model=FakeWorld, force=True)
    assert again.facts["seed"] == 5
    assert [path.name for path in done.path.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("where", ["in a run", "alone"])
def test_force_keeps_what_is_not_ours(done, where):
    folder = done.path if where == "in a run" else done.path.parent / "diary"
    folder.mkdir(exist_ok=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match=r"notes\.txt"):
        run_to_folder(SMALL, folder, model=FakeWorld, force=True)
    assert (folder / "notes.txt").read_text() == "mine"


def test_an_unwritable_place_is_refused_before_the_run(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ResultsError, match="cannot be written"):
        run_to_folder(SMALL, tmp_path / "file" / "run", model=None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ResultsError, match="cannot be written"):
        run_to_folder(SMALL, tmp_path / "run", model=None)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_stops_leaves_nothing(tmp_path, stop):
    def watch(world):
        if world.clock.month == 2:
            raise stop

    with pytest.raises(stop):
        run_to_folder(SMALL, tmp_path / "run", model=FakeWorld, watch=watch)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_no_result(tmp_path, monkeypatch):
    """Even a draft that is complete but for its name is refused."""
    monkeypatch.setattr(store.shutil, "rmtree", lambda *_, **__: None)  # as if killed before the renaming
    monkeypatch.setattr(store, "flush", lambda path: (_ for _ in ()).throw(RuntimeError) if path.is_dir() else None)
    with pytest.raises(RuntimeError):
        run_to_folder(SMALL, tmp_path / "run", model=FakeWorld)
    (partial,) = tmp_path.iterdir()
    assert (partial / "SHA256SUMS").exists()
    with pytest.raises(ResultsError, match="unfinished"):
        store.open_run(partial)


def test_an_undeclared_column_is_refused(tmp_path):
    class Sloppy(FakeWorld):
        def step(self):
            super().step()
            self.records.tables = lambda tables=self.records.tables: tables() | {"savers": pd.DataFrame({"odd": [1]})}

    with pytest.raises(ResultsError, match="odd"):
        run_to_folder(SMALL.but(months=1), tmp_path / "run", model=Sloppy)


def test_warnings_are_kept(tmp_path):
    import warnings

    run = run_to_folder(
        SMALL, tmp_path / "run", model=FakeWorld, watch=lambda world: warnings.warn("a strange month", stacklevel=1)
    )
    assert run.facts["warnings"] == ["UserWarning: a strange month"]


def test_default_folder_names_the_world(tmp_path):
    table = tmp_path / "savers.csv"
    table.write_text("age\n40\n")
    names = {
        store.default_folder(tmp_path, scenario, savers).name
        for scenario in (SMALL, SMALL.but(seed=5), SMALL.but(months=7))
        for savers in (None, table)
    }
    assert len(names) == 6
    assert store.default_folder(tmp_path, SMALL) == store.default_folder(tmp_path, SMALL)
