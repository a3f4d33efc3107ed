"""Every parameter, lever, dial and loop moves something that a run records; the recorded columns move too.

What governs rare events is moved on a stage on which they happen (`tests/levers.py`). A field that shows on none of its
stages fails here: it is then read by nothing, overwritten, or without effect, and has to go or be mended.
"""

from __future__ import annotations

import numpy as np
import pytest

from abm.scenario import Change, Shock
from tests.levers import (
    STAGES,
    control,
    fields,
    first_difference,
    moves,
    present,
    scenario_of,
    shows,
    stages_of,
)

TEXTS = {
    "name": "what a world is called; it changes no number",
    "description": "the question it is to answer; it changes no number",
}
TUPLES = {"changes", "shocks"}
"""Lists of dated entries, whose fields are moved one by one below."""


@pytest.mark.parametrize("name", sorted(set(fields()) - set(TEXTS) - TUPLES))
def test_every_field_moves_a_recorded_output(name):
    field = fields()[name]
    for stage in stages_of(name):
        for move in moves(name, field, present(scenario_of(stage), name)):
            if shows(move, stage) is not None:
                return
    pytest.fail(f"{name} moves nothing on the stages {', '.join(stages_of(name))}")


@pytest.mark.parametrize("name", sorted(set(Change.model_fields) - {"month"}))
def test_every_lever_moves_something_when_it_changes_on_a_date(name):
    lever = f"policy.{name}"
    for stage in stages_of(lever):
        chosen = scenario_of(stage)
        # The second month: what a lever governs may be over by a later one.
        when = f"{chosen.start[:5]}{int(chosen.start[5:]) + 1:02d}"
        for move in moves(lever, fields()[lever], present(chosen, lever)):
            changed = chosen.with_values({"changes": [{"month": when, name: move.value}]})
            if first_difference(changed, stage) is not None:
                return
    pytest.fail(f"{name} moves nothing when it changes after the start")


@pytest.mark.parametrize("kind", Shock.model_fields["kind"].annotation.__args__)
def test_every_kind_of_shock_moves_something(kind):
    stage = "kept" if kind == "election" else "usual"
    chosen = scenario_of(stage)
    month = "2028-11" if kind == "election" else "2026-03"
    shock = {"month": month, "kind": kind, "size": 0.5 if kind in ("liquidity", "theft") else 1.0}
    shocks = [entry.model_dump() for entry in chosen.shocks]
    assert first_difference(chosen.with_values({"shocks": [*shocks, shock]}), stage) is not None


def test_shocks_of_another_size_or_month_are_other_shocks():
    base = {"month": "2026-03", "kind": "news", "size": -0.4}
    for other in ({"size": -0.5}, {"month": "2026-04"}, {"kind": "equity"}):
        one, two = (
            scenario_of("usual").with_values({"shocks": [shock], "months": 6}) for shock in (base, base | other)
        )
        rows = [first_difference(chosen, "usual") for chosen in (one, two)]
        assert rows[0] is not None
        assert rows[1] is not None


def test_no_recorded_month_column_is_constant_everywhere():
    """Over all the stages, each column of `months` takes more than one value."""
    seen: dict[str, set] = {}
    for stage in STAGES:
        for row in control(stage).rows:
            for name, value in row.items():
                seen.setdefault(name, set()).add(value)
    assert sorted(name for name, values in seen.items() if len(values) < 2) == []


@pytest.mark.parametrize("table", ["days", "panel", "savers", "outcomes", "transactions", "events"])
def test_no_recorded_column_of_a_table_is_constant(table):
    frames = [control(stage).last[table] for stage in STAGES]
    for name in frames[0].columns:
        values = np.unique(np.concatenate([frame[name].astype(str).to_numpy() for frame in frames if len(frame)]))
        assert values.size > 1, name
