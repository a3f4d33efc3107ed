"""Declared quantities: what is refused and how it is said, what every field must declare, what kernels receive."""

from typing import Annotated, Literal

import numpy as np
import pytest
from numba import njit
from pydantic import Field

from abm.errors import InputError, ScenarioError
from abm.parameters import Parameters
from abm.quantities import Quantities, quantity, range_of, source_of, unit_of, walk
from abm.scenario import Change, Scenario, Shock


class Wing(Quantities):
    span: float = quantity(2.0, unit="m", low=0.5, high=9.0, source="Lilienthal 1889")
    """Tip to tip."""
    ribs: int = quantity(12, unit="ribs", low=1)
    """Ribs in each half."""


class Glider(Quantities):
    mass: float = quantity(unit="kg", above=0.0, high=500.0)
    """With the pilot."""
    kind: Literal["monoplane", "biplane"] = quantity("monoplane", unit="")
    """Number of wings."""
    wing: Wing = Wing()
    spare: Annotated[tuple[Wing, ...], Field(strict=False)] = ()


def refusal(values):
    with pytest.raises(InputError) as caught:
        Glider.read(values, "glider.toml")
    return caught.value


def test_defaults_and_nested_values():
    glider = Glider.read({"mass": 90.0, "wing": {"span": 6.7}}, "glider.toml")
    assert (glider.mass, glider.kind, glider.wing.span, glider.wing.ribs) == (90.0, "monoplane", 6.7, 12)


def test_all_faults_are_named_at_once():
    error = refusal({"kind": "triplane", "wing": {"span": 20.0, "ribs": 0}, "engine": 1})
    assert {fault.field for fault in error.faults} == {"mass", "kind", "wing.span", "wing.ribs", "engine"}
    assert error.source == "glider.toml"
    assert "glider.toml was refused, 5 faults" in str(error)


def test_a_fault_gives_field_value_range_and_unit():
    (fault,) = refusal({"mass": 90.0, "wing": {"span": 20.0}}).faults
    assert str(fault) == "wing.span = 20.0: must be a number from 0.5 to 9 m"


def test_a_fault_in_a_list_says_where():
    (fault,) = refusal({"mass": 90.0, "spare": [{}, {"spam": 3.0}]}).faults
    assert (fault.field, fault.hint) == ("spare.1.spam", "did you mean 'span'?")


@pytest.mark.parametrize(("typed", "meant"), [("mas", "mass"), ("kinds", "kind"), ("wnig", "wing")])
def test_an_unknown_field_is_answered_with_the_nearest_name(typed, meant):
    (fault,) = refusal({"mass": 90.0, typed: 1.0}).faults
    assert fault.hint == f"did you mean {meant!r}?"


def test_a_wrong_choice_is_answered_with_the_choices():
    (fault,) = refusal({"mass": 90.0, "kind": "biplan"}).faults
    assert "monoplane, biplane" in fault.allowed
    assert "nearest: biplane" in fault.allowed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "90", True, None, 0.0, -1.0, 500.1])
def test_impossible_numbers_are_refused(value):
    (fault,) = refusal({"mass": value}).faults
    assert (fault.field, fault.unit) == ("mass", "kg")


@pytest.mark.parametrize("value", [1.0, 1.5, "1", True])
def test_a_whole_number_is_a_whole_number(value):
    assert refusal({"mass": 90.0, "wing": {"ribs": value}}).faults[0].field == "wing.ribs"


def test_groups_are_frozen_and_variations_are_checked():
    wing = Wing()
    with pytest.raises(ValueError, match="frozen"):
        wing.span = 3.0
    assert wing.but(span=3.0) == Wing(span=3.0) != wing
    with pytest.raises(InputError, match=r"0\.5 to 9 m"):
        wing.but(span=0.1)


def test_numbers_are_one_record_that_kernels_read_by_name():
    @njit
    def area(p, chord):
        return p.span * chord + p.ribs

    record = Wing(span=3.0).numbers()
    assert record.dtype.names == ("span", "ribs")
    assert area(record, 2.0) == 18.0
    assert Glider(mass=90.0).numbers().dtype.names == ("mass",)  # choices and groups stay out


def test_declarations_can_be_read_back():
    fields = dict(walk(Glider))
    assert list(fields) == ["mass", "kind", "wing.span", "wing.ribs", "spare"]
    assert range_of(fields["wing.span"]) == (0.5, 9.0)
    assert range_of(fields["mass"]) == (0.0, 500.0)
    assert range_of(fields["wing.ribs"]) == (1, None)
    assert (unit_of(fields["wing.span"]), source_of(fields["wing.span"])) == ("m", "Lilienthal 1889")
    assert source_of(fields["mass"]) == "assumed"


GROUPS_IN_LISTS = {"changes", "shocks"}
DECLARED = [
    *((name, field) for name, field in walk(Scenario) if name not in GROUPS_IN_LISTS),
    *((f"changes.{name}", field) for name, field in walk(Change)),
    *((f"shocks.{name}", field) for name, field in walk(Shock)),
]


def test_every_field_declares_unit_source_range_and_meaning():
    wrong = []
    for name, field in DECLARED:
        if not {"unit", "source"} <= (field.json_schema_extra or {}).keys() or not source_of(field):
            wrong.append(f"{name}: declare it with quantity(…), and say where its value comes from")
        if field.annotation is float and (not unit_of(field) or None in range_of(field)):
            wrong.append(f"{name}: a number has a unit and a range")
        if not field.description and not name.endswith(".month"):
            wrong.append(f"{name}: say in a docstring what it is")
    assert not wrong


def test_defaults_lie_inside_their_ranges():
    """Pydantic does not check defaults; a scenario written out and read in does."""
    assert Scenario.of(Scenario().model_dump()) == Scenario()
    assert Parameters.read(Parameters().model_dump(), "defaults") == Parameters()
    for name, field in walk(Scenario):
        low, high = range_of(field)
        if field.annotation in (int, float) and None not in (low, high):
            assert low <= field.default <= high, name


def test_every_error_keeps_the_family():
    with pytest.raises(ScenarioError):
        Scenario.read({"months": 0}, "scenario", ScenarioError)
    assert np.issubdtype(Wing().numbers().dtype["span"], np.float64)
