"""One kind of luck drawn anew while all other luck stays: `Scenario.luck`."""

import ast
import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

from abm.errors import ScenarioError
from abm.model import RetirementModel
from abm.scenario import FAMILIES, Luck, Scenario
from abm.streams import Seed, stream

TINY = {"participants": 200, "months": 3}


def families_in_code():
    """The part before the point of every stream's name in the model."""
    found = set()
    for path in (Path(__file__).parents[1] / "abm").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "stream" and len(node.args) == 2:
                name = node.args[1]
                first = name.values[0] if isinstance(name, ast.JoinedStr) else name
                found.add(first.value.partition(".")[0])
    return found


def months(**changes):
    world = RetirementModel(Scenario(**(TINY | changes)))
    while world.running:
        world.step()
    return world.records.tables()["months"]


def test_every_family_of_decisions_can_be_drawn_anew():
    assert families_in_code() == set(FAMILIES)


def test_a_family_follows_its_own_seed_and_no_other_does():
    seed = Seed(5, {"managers": 9})
    assert stream(seed, "managers.move") == stream(9, "managers.move")
    assert stream(seed, "life.death") == stream(5, "life.death")
    assert stream(seed, "managers") == stream(9, "managers")
    assert seed == 5
    assert stream(Seed(5), "managers.move") == stream(5, "managers.move")


def test_a_seed_survives_copies():
    seed = Seed(5, {"managers": 9})
    for twin in (copy.deepcopy(seed), pickle.loads(pickle.dumps(seed))):
        assert twin == 5
        assert twin.families == seed.families


def test_naming_the_own_seed_changes_nothing():
    same = Luck(**dict.fromkeys(FAMILIES, 1))
    assert months(seed=1, luck=same).equals(months(seed=1))


def test_another_family_of_life_moves_people_and_leaves_the_first_shocks():
    """The luck of life moves contributions; the other assets' returns stay, luck of their own being theirs."""
    base, other = RetirementModel(Scenario(**TINY)), RetirementModel(Scenario(**TINY, luck=Luck(life=99)))
    base.step(), other.step()
    assert not np.array_equal(base.people.salary, other.people.salary)
    assert np.array_equal(base.traits.lean(base.people), other.traits.lean(other.people))
    assert np.array_equal(base.economy.equity_daily, other.economy.equity_daily)


def test_luck_is_part_of_the_scenario(tmp_path):
    scenario = Scenario.of({"luck": {"managers": 3}})
    path = tmp_path / "lucky.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    assert Scenario.from_toml(path) == scenario
    assert scenario.digest() != Scenario().digest()
    assert Scenario().with_values({"luck.managers": 3}) == scenario
    with pytest.raises(ScenarioError, match="managers"):
        Scenario.of({"luck": {"manager": 3}})
