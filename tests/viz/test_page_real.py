"""The page on the real model: the columns it shows are recorded, and a session of a small world runs."""

from __future__ import annotations

import ast
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

import abm
from abm.records import COLUMNS
from abm.scenario import Scenario
from viz import network_layout, pixels, series, session, story


def test_every_column_the_page_shows_is_recorded():
    recorded = {column.name for column in COLUMNS["months"]}
    assert set(series.COLUMNS) <= recorded
    shown = {"exposed_share", "crypto_in_plans_usd", "crypto_in_iras_usd", "rule", "approval", "pressure"}
    assert shown <= recorded


def test_lever_names_in_sentences_are_levers():
    assert set(story.LEVERS) <= set(abm.Policy.model_fields)


def test_no_kernel_holds_the_interpreter_lock():
    """A kernel that holds it stops the page for as long as it runs."""
    held = []
    for path in Path(abm.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                name = decorator.func if isinstance(decorator, ast.Call) else decorator
                if getattr(name, "id", getattr(name, "attr", "")) not in ("njit", "jit", "vectorize", "guvectorize"):
                    continue
                options = {word.arg: word.value for word in getattr(decorator, "keywords", ())}
                free = options.get("nogil")
                if not (isinstance(free, ast.Constant) and free.value is True):
                    held.append(f"{path.name}: {node.name}")
    assert held == []


@pytest.fixture(scope="module")
def lived():
    """A session of a small real world after some months, a lever and a shock."""
    small = Scenario(participants=400, months=60, panel=0).with_values({"market.traders": 200})
    made = session.Session(abm.RetirementModel, small)
    _until(lambda: made.snapshot.state != "building")
    made.step()
    made.change(rule="promote", rule_held=True, crypto_cap=0.2)
    made.shock("theft", 0.02)
    for _ in range(3):
        made.step()
    made.inspect(3)
    _until(lambda: made.snapshot.state == "failed" or (made.snapshot.steps == 4 and made.snapshot.inspected))
    yield made
    made.close()


def _until(condition, seconds=300.0):
    """The first build on a machine compiles for minutes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_real_world_fills_every_number(lived):
    shown = lived.snapshot
    assert shown.state == "ready", shown.line
    assert np.isfinite(shown.rows).all()
    assert (shown.rows[:, series.COLUMNS.index("price_usd")] > 0).all()
    for column in ("approval", "pressure", "rescue_belief"):
        values = shown.rows[:, series.COLUMNS.index(column)]
        assert ((values >= 0) & (values <= 1)).all(), column
    assert all(figure.value != "–" for figure in shown.figures)
    assert "Saver 3," in shown.inspected
    assert (1, "incident") in shown.marks, "the theft is marked in the month that it was asked for"


def test_the_scenario_of_the_page_reproduces_it(lived):
    again = Scenario.of(tomllib.loads(lived.reproduce()))
    assert again.changes[0].month == again.shocks[0].month == "2026-02"
    world = abm.RetirementModel(again)
    prices = []
    while world.running:
        world.step()
        prices.append(world.records.latest()["price_usd"])
    shown = lived.snapshot.rows[:, series.COLUMNS.index("price_usd")]
    np.testing.assert_array_equal(shown, np.array(prices, np.float32))


def test_the_pixels_agree_with_the_models_own_stakes():
    world = abm.RetirementModel(Scenario(participants=400, months=12, panel=0).with_values({"market.traders": 200}))
    world.step()
    rows = np.arange(400)
    price = world.records.latest()["price_usd"]
    own, through_sleeve, balance = pixels.exposure(world, rows, price)
    np.testing.assert_allclose(own + through_sleeve, world.stakes.crypto, rtol=1e-6, atol=1e-6)
    layout = network_layout.lay_out(world.people.employer, world.sponsors.manager, len(world.managers))
    assert layout.savers.shape == (400, 2)
    assert (balance >= own).all()
