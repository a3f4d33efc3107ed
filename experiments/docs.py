"""Writes docs/parameters.md and docs/savers.md: what a scenario and a user's table may hold, read off the code.

Run `python -m experiments.docs` after a change of a declaration; a test compares the pages with the code.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from abm.participants.savers_table import DERIVED, FIELDS, Field
from abm.quantities import Quantities, nested_group, range_of, source_of, unit_of
from abm.scenario import Scenario, Shock

PAGE = Path(__file__).parents[1] / "docs" / "parameters.md"
SAVERS_PAGE = PAGE.with_name("savers.md")

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


_SAVERS = """\
# Your own savers

<!-- Written by `python -m experiments.docs`; edit `FIELDS` in abm/participants/savers_table.py instead. -->

`abm run --participants-from my_plan.csv` starts from your own table, CSV or Parquet, one row a saver:

```csv
age_years,salary_usd,plan_kind,plan_balance_usd
34,61000,401k,28000
58,104000,403b,390000
70,0,none,0
```

Columns without a default must be there; any other column is refused, with the nearest name. Every cell is checked, and
faults are told by row. What the table leaves out is filled as the last column says, and named under `defaulted_columns`
in the `run.json` and the `README.txt` of the results. Cells that do not fit together are refused: no deferral without a
job and a plan, no plan for the never attached. Balances are those of the table: such savers live no simulated past, are
not fitted to national totals and begin without crypto in their accounts. Without `weight` they stand for the 250
million adults of the country in equal parts, because the market they trade in is that of the country. Weights and pay
are kept to seven digits, ages and tenures to the month, deferrals to a basis point. A line that
begins with `#` is a comment (CSV).
"""

_DERIVED = """\
What no column can give is always drawn or derived, and named in the same places:

| what | how |
|---|---|
"""


def savers_page() -> str:
    """The page on a user's table of savers as Markdown."""
    head = "| column | unit | allowed | when left out |\n|---|---|---|---|\n"
    rows = (
        f"| `{name}` | {'' if field.choices else field.unit} | {_cells(field)} | {field.default or 'must be given'} |\n"
        for name, field in FIELDS.items()
    )
    derived = "".join(f"| {what} | {how} |\n" for what, how in DERIVED.items())
    return f"{_SAVERS}\n{head}{''.join(rows)}\n{_DERIVED}{derived}"


def _cells(field: Field) -> str:
    return ", ".join(field.choices) if field.choices else f"{field.low:.10g} … {field.high:.10g}"


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
    for place, text in {PAGE: page(), SAVERS_PAGE: savers_page()}.items():
        place.write_text(text, encoding="utf-8")
        print(f"wrote {place}")
