"""Scenarios: TOML in and out without loss, levers on their dates, every fault named, digests that tell worlds apart."""

import tomllib
import types
from typing import Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from abm.clock import ordinal
from abm.errors import ScenarioError
from abm.quantities import nested_group, range_of, walk
from abm.scenario import SHOCK_SIZES, Change, Policy, Scenario, Shock

MONTHS = st.builds("{:04d}-{:02d}".format, st.integers(2026, 2199), st.integers(1, 12))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def values_of(field):
    """A strategy for the allowed values of one declared field."""
    kind = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(choice for choice in get_args(kind) if choice is not type(None))
    low, high = range_of(field)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(low, high)
    if kind is float:
        return st.floats(low, high, exclude_min=any(hasattr(bound, "gt") for bound in field.metadata))
    return st.sampled_from(get_args(kind)) if get_origin(kind) is Literal else TEXTS


def group_of(kind, **fixed):
    """A strategy for a whole group: every declared field anywhere in its range, or left at its default."""
    optional = {}
    for name, field in kind.model_fields.items():
        inner = nested_group(field)
        optional[name] = group_of(inner) if inner else values_of(field)
    return st.fixed_dictionaries({}, optional=optional | fixed)


def sized(kinds):
    """A strategy for the kind of a shock and a size that this kind may have."""
    return st.one_of(
        st.fixed_dictionaries({"kind": st.just(kind), "size": st.floats(low, high)})
        for kind, (low, high, _) in kinds.items()
    )


def scenarios():
    dated = {"month": MONTHS}
    changes = st.lists(st.builds(dict.__or__, group_of(Change), st.fixed_dictionaries(dated)), max_size=3)
    changes = changes.filter(lambda entries: all(len(entry) > 1 for entry in entries))
    shocks = st.lists(st.builds(dict.__or__, sized(SHOCK_SIZES), st.fixed_dictionaries(dated)), max_size=3)
    fixed = {"start": st.just("2026-01"), "changes": changes, "shocks": shocks, "parameters": st.just({})}
    return group_of(Scenario, **fixed).map(Scenario.of)


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_toml_loses_nothing(scenario):
    back = Scenario.of(tomllib.loads(scenario.to_toml()))
    assert back == scenario
    assert back.digest() == scenario.digest()
    assert back.to_toml() == scenario.to_toml()


def another_value(field):
    """A value that a field may have, other than its default."""
    low, high = range_of(field)
    if field.annotation is bool:
        return not field.default
    if field.annotation in (int, float):
        return field.annotation(high if field.default != high else low)
    return next(choice for choice in get_args(field.annotation) if choice != field.default)


def test_every_changed_parameter_survives_toml():
    parameters = {name: field for name, field in walk(Scenario) if name.startswith("parameters.")}
    changed = Scenario().with_values({name: another_value(field) for name, field in parameters.items()})
    back = Scenario.of(tomllib.loads(changed.to_toml()))
    assert back == changed
    assert changed.to_toml().count("=") >= Scenario().to_toml().count("=") + len(parameters)


def test_the_base_file_is_the_default_world(tmp_path):
    path = tmp_path / "base.toml"
    path.write_text(Scenario().to_toml(), encoding="utf-8")
    assert Scenario.from_toml(path) == Scenario()
    path.write_text("", encoding="utf-8")
    assert Scenario.from_toml(str(path)) == Scenario()


def test_levers_change_on_their_dates_and_stay():
    scenario = Scenario.of(
        {
            "policy": {"rule": "permit", "crypto_cap": 0.05},
            "changes": [  # written in any order
                {"month": "2028-01", "rule": "prohibit"},
                {"month": "2026-08", "rule": "safe_harbour", "instrument": "rule"},
                {"month": "2027-02", "crypto_cap": 0.2},
            ],
        }
    )
    asked = {month: scenario.policy_asked(month) for month in ("2026-07", "2026-08", "2027-02", "2028-01", "2040-12")}
    assert [policy.rule for policy in asked.values()] == [
        "permit",
        "safe_harbour",
        "safe_harbour",
        "prohibit",
        "prohibit",
    ]
    assert [policy.crypto_cap for policy in asked.values()] == [0.05, 0.05, 0.2, 0.2, 0.2]
    assert asked["2026-07"].instrument == "guidance"
    assert asked["2040-12"].instrument == "rule"
    assert scenario.policy_asked("2026-07") == scenario.policy


def test_of_two_changes_in_one_month_the_later_line_holds():
    changes = [{"month": "2026-08", "rule": "promote"}, {"month": "2026-08", "rule": "discourage"}]
    assert Scenario.of({"changes": changes}).policy_asked("2026-08").rule == "discourage"


def test_every_lever_can_be_dated():
    assert set(Change.model_fields) == {"month", *Policy.model_fields}


def test_shocks_come_in_their_month_only():
    shock = {"month": "2027-03", "kind": "news", "size": -0.5}
    scenario = Scenario.of({"shocks": [shock]})
    assert scenario.shocks_in("2027-03") == (Shock(**shock),)
    assert scenario.shocks_in("2027-04") == ()


def refusal(values):
    with pytest.raises(ScenarioError) as caught:
        Scenario.of(values)
    return caught.value


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"months": 0}, "months = 0: must be a whole number from 1 to 1\u202f200 months"),
        ({"participants": 0}, "participants = 0: must be a whole number from 1 to 72\u202f000\u202f000 rows"),
        ({"policy": {"crypto_cap": 1.2}}, "policy.crypto_cap = 1.2: must be a number from 0 to 1 share of account"),
        ({"policy": {"rule": "permitt"}}, "nearest: permit"),
        ({"marekt": {}}, "did you mean 'market'?"),
        ({"changes": [{"rule": "permit"}]}, "changes.0.month"),
        ({"changes": [{"month": "2026-13"}]}, "changes.0.month = '2026-13'"),
        ({"changes": [{"month": "2026-08"}]}, "changes.0 = {'month': '2026-08'}: must name at least one lever"),
        (
            {"changes": [{"month": "2025-12", "rule": "permit"}]},
            "changes.0.month = '2025-12': must be 2026-01, the start, or later",
        ),
        (
            {"start": "2027-01", "shocks": [{"month": "2026-12", "kind": "news", "size": 0.1}]},
            "shocks.0.month = '2026-12': must be 2027-01",
        ),
        (
            {"shocks": [{"month": "2027-01", "kind": "theft", "size": 5.0}]},
            "shocks.0.size = 5.0: must be a number from 0 to 0.5 for a theft shock, share of supply",
        ),
        ({"shocks": [{"month": "2027-01", "kind": "flood", "size": 1.0}]}, "news, theft, venue_failure"),
        ({"market": {"drift": float("nan")}}, "market.drift"),
        ({"loops": {"peers": 1}}, "loops.peers = 1: must be true or false"),
    ],
)
def test_bad_values_are_refused_in_one_clear_sentence(values, said):
    assert said in str(refusal(values))


def test_faults_of_every_kind_come_together():
    error = refusal({"months": -1, "sed": 3, "policy": {"rule": "ban"}, "changes": [{"month": "2027-01", "cap": 1.0}]})
    assert {fault.field for fault in error.faults} == {"months", "sed", "policy.rule", "changes.0.cap"}


def test_every_early_date_comes_with_the_other_faults():
    early = {"month": "2025-12", "rule": "permit"}
    shocks = [{"month": "2026-03", "kind": "theft", "size": 2.0}, {"month": "2020-01", "kind": "news", "size": 0.1}]
    error = refusal({"months": -1, "changes": [early, {"month": "2026-08", "rule": "permit"}, early], "shocks": shocks})
    fields = ["months", "shocks.0.size", "changes.0.month", "changes.2.month", "shocks.1.month"]
    assert [fault.field for fault in error.faults] == fields


@given(st.sampled_from(sorted(SHOCK_SIZES)), st.floats(-20.0, 20.0))
def test_a_shock_has_a_size_of_its_kind(kind, size):
    values = {"shocks": [{"month": "2026-03", "kind": kind, "size": size}]}
    low, high, unit = SHOCK_SIZES[kind]
    if low <= size <= high:
        assert Scenario.of(values).shocks[0].size == size
    else:
        (fault,) = refusal(values).faults
        assert (fault.field, fault.value, fault.unit) == ("shocks.0.size", size, unit)


def test_every_kind_of_shock_has_a_size():
    assert tuple(SHOCK_SIZES) == get_args(Shock.model_fields["kind"].annotation)


def test_what_lies_after_the_end_is_named_not_refused():
    changes = [{"month": month, "rule": "permit"} for month in ("2026-12", "2027-01")]
    scenario = Scenario.of({"changes": changes, "shocks": [{"month": "2030-01", "kind": "news", "size": 0.1}]})
    assert scenario.never_reached == ()
    cut = scenario.with_values({"months": 12})
    assert cut.never_reached == ("changes.1 of 2027-01", "shocks.0 of 2030-01")
    assert Scenario.of(tomllib.loads(cut.to_toml())) == cut


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"months = ", "malformed"),
        (b"\xff\xfe", "cannot be read"),
        (b"months = 'ten'", "months = 'ten'"),
        (None, "No such"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, content, said):
    path = tmp_path / "world.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioError, match=said) as caught:
        Scenario.from_toml(path)
    assert caught.value.source == str(path)


def test_dotted_values():
    scenario = Scenario().with_values({"market.slow_multiplier": 30.0, "policy.rule": "promote", "seed": 9})
    assert (scenario.market.slow_multiplier, scenario.policy.rule, scenario.seed) == (30.0, "promote", 9)
    assert scenario.but(seed=1).with_values({"market.slow_multiplier": 13.0, "policy.rule": "permit"}) == Scenario()
    with pytest.raises(ScenarioError, match="did you mean 'slow_multiplier'"):
        Scenario().with_values({"market.slow_multiplyer": 30.0})
    with pytest.raises(ScenarioError, match=r"months\.x"):
        Scenario(months=24).with_values({"months.x": 3})


def test_scenarios_are_frozen_and_variations_are_checked():
    with pytest.raises(ValidationError, match="frozen"):
        Scenario().seed = 2
    with pytest.raises(ScenarioError, match="months = 0"):
        Scenario().with_values({"months": 0})


def test_digests_tell_worlds_apart_but_not_names():
    base = Scenario()
    assert base.but(name="other", description="x").digest() == base.digest()
    others = [base.but(seed=2), base.but(months=121), base.with_values({"loops.peers": False})]
    assert len({scenario.digest() for scenario in (base, *others)}) == 4


@given(MONTHS, MONTHS)
def test_months_are_ordered_as_their_names(first, second):
    assert (ordinal(first) < ordinal(second)) == (first < second)
