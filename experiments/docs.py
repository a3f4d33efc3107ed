"""Writes docs/parameters.md: every field of a scenario, read off the declarations in the code.

Run `python -m experiments.docs` after a change of a declaration; a test compares the page with the code.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from abm.quantities import Quantities, nested_group, range_of, source_of, unit_of
from abm.scenario import Scenario, Shock

PAGE = Path(__file__).parents[1] / "docs" / "parameters.md"

_INTRODUCTION = """\
# Parameters and levers

<!-- Written by `python -m experiments.docs`; edit the declarations in the code instead. -->

Every field that a scenario has: what a person chooses first, then what a statistician estimates, by the rule that
reads it. Each can be set in a scenario file or by `abm run --set name=value`. A source that says "assumed" is a guess,
and says so. "Chosen" marks what an experiment varies.
"""

_LISTS = ("changes", "shocks")
_DATED = """\
A list of `[[changes]]` tables: `month = "2026-08"` and any levers of `policy` that change in that month and stay.
"""


def page() -> str:
    """The whole page as Markdown."""
    dated = f"## changes\n\n{_DATED}"
    shocks = "## shocks\n\nA list of `[[shocks]]` tables.\n\n" + _table(Shock.model_fields.items())
    return "\n".join([_INTRODUCTION, *_sections(Scenario, ""), dated, shocks])


def _sections(group: type[Quantities], name: str) -> Iterator[str]:
    """A group's own fields as one section, then the groups inside it."""
    own = [leaf for leaf in group.model_fields.items() if nested_group(leaf[1]) is None and leaf[0] not in _LISTS]
    if own:
        yield f"## {name or 'scenario'}\n\n{inspect.getdoc(group)}\n\n{_table(own)}"
    for field_name, field in group.model_fields.items():
        if inner := nested_group(field):
            yield from _sections(inner, f"{name}.{field_name}".strip("."))


def _table(members: Iterable[tuple[str, FieldInfo]]) -> str:
    head = "| name | default | unit | range | meaning | source |\n|---|---|---|---|---|---|\n"
    return head + "".join(_row(name, field) for name, field in members)


def _row(name: str, field: FieldInfo) -> str:
    cells = (
        f"`{name.rpartition('.')[2]}`",
        _default(field.default),
        unit_of(field),
        _allowed(field),
        " ".join((field.description or "").split()),
        source_of(field),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "must be given"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(map(str, get_args(field.annotation)))
    if field.annotation is bool:
        return "true, false"
    low, high = range_of(field)
    return "" if low is None and high is None else f"{_bound(low)} … {_bound(high)}".strip()


def _bound(value: float | None) -> str:
    return "" if value is None else _default(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
