"""How one quantity is declared: value, unit, range, source; and how a group of them is read and checked.

A rule declares its parameters beside its equation as a frozen group:

    class PayrollParameters(Quantities):
        base_share: float = quantity(0.01, unit="share of pay", low=0.0, high=0.05, source="Fronstin 2023, table 2")

Groups validate (pydantic, strict), compare, hash, go to TOML and back without loss, and become one NumPy
record that kernels take as an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Self, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from abm.errors import Fault, InputError, nearest


class Quantities(BaseModel):
    """A frozen group of declared quantities; nothing unknown, nothing out of range, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @classmethod
    def read(cls, values: Mapping[str, Any], source: str, error: type[InputError] = InputError) -> Self:
        """Build a group from plain values.

        Args:
            values: field names to values, nested for nested groups.
            source: what to call the input in messages.
            error: the class of error to raise.

        Raises:
            InputError: with every fault: field, value, allowed range, unit, nearest valid name.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as problem:
            raise error(source, faults_of(cls, problem)) from None

    def but(self, **changes: Any) -> Self:
        """The same group with some fields changed, checked like any other input."""
        return type(self).read(self.model_dump() | changes, type(self).__name__)

    def numbers(self) -> np.void:
        """The numeric fields as one record (float64, in the order of declaration), for kernels."""
        kind = _record_type(type(self))
        return np.array([tuple(float(getattr(self, name)) for name in kind.names)], dtype=kind)[0]


def quantity(
    default: Any = ...,
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    source: str = "assumed",
    above: float | None = None,
    strict: bool | None = None,
) -> Any:
    """Declare one quantity of a group.

    Args:
        default: the value used when none is given; `...` makes the field required.
        unit: unit in words ("USD/year", "share of pay", "1/month"); "" for a choice or a name.
        low, high: the closed range that is allowed.
        source: where the default comes from; a guess says "assumed".
        above: an open lower bound, instead of `low`.
        strict: False lets a TOML list become a tuple.
    """
    return Field(
        default,
        ge=low,
        gt=above,
        le=high,
        strict=strict,
        json_schema_extra={"unit": unit, "source": source},
    )


def misfit(field: str, value: Any, allowed: str, unit: str = "") -> PydanticCustomError:
    """What a validator raises when fields do not fit together: a fault of `field`, or of the whole group when empty."""
    told = {"field": field, "value": value, "allowed": allowed, "unit": unit}
    return PydanticCustomError("misfit", "{field} = {value}: {allowed} {unit}", told)


def faults_of(group: type[Quantities], problem: ValidationError) -> list[Fault]:
    """Every fault that pydantic found in the values of a group."""
    return [_fault(group, entry) for entry in problem.errors()]


def unit_of(field: FieldInfo) -> str:
    """The declared unit of a field, empty where none was declared."""
    return (field.json_schema_extra or {}).get("unit", "")


def source_of(field: FieldInfo) -> str:
    """The declared source of a field, empty where none was declared."""
    return (field.json_schema_extra or {}).get("source", "")


def range_of(field: FieldInfo) -> tuple[float | None, float | None]:
    """The declared range of a field (low, high), None where it is open."""
    low = high = None
    for bound in field.metadata:
        low = getattr(bound, "ge", getattr(bound, "gt", low))
        high = getattr(bound, "le", getattr(bound, "lt", high))
    return low, high


def walk(group: type[Quantities], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every leaf field below a group, with its dotted name."""
    for name, field in group.model_fields.items():
        inner = nested_group(field)
        if inner is None:
            yield prefix + name, field
        else:
            yield from walk(inner, f"{prefix}{name}.")


def nested_group(field: FieldInfo) -> type[Quantities] | None:
    """The group a field holds, or None for a leaf (tuples of groups are leaves)."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Quantities) else None


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


@cache
def _record_type(group: type[Quantities]) -> np.dtype:
    numeric = [name for name, field in group.model_fields.items() if field.annotation in (float, int, bool)]
    return np.dtype([(name, np.float64) for name in numeric], align=True)


def _fault(group: type[Quantities], entry: Mapping[str, Any]) -> Fault:
    """One pydantic error as a fault with range, unit and the nearest valid name."""
    parts = entry["loc"]
    dotted = ".".join(str(part) for part in parts)
    owner = _owner(group, parts[:-1])
    name = str(parts[-1]) if parts else ""
    if entry["type"] == "extra_forbidden":
        near = nearest(name, owner.model_fields) if owner else None
        hint = f"did you mean {near!r}?" if near else "see docs/parameters.md for the fields there are"
        return Fault(dotted, entry["input"], "no such field", hint=hint)
    field = owner.model_fields.get(name) if owner else None
    if entry["type"] == "misfit":
        told = entry["ctx"]
        return Fault(".".join(filter(None, (dotted, told["field"]))), told["value"], told["allowed"], told["unit"])
    if entry["type"] == "missing":
        return Fault(dotted, None, "must be given", unit_of(field) if field else "")
    if field is None:
        return Fault(dotted, entry["input"], entry["msg"])
    return Fault(dotted, entry["input"], _allowed(field, entry), unit_of(field))


def _owner(group: type[Quantities], path: tuple[Any, ...]) -> type[Quantities] | None:
    """The group that a path of field names and list indices leads to."""
    for part in path:
        if isinstance(part, int):
            continue
        field = group.model_fields.get(part)
        if field is None:
            return None
        inner = nested_group(field) or next(
            (kind for kind in _inside(field.annotation) if isinstance(kind, type) and issubclass(kind, Quantities)),
            None,
        )
        if inner is None:
            return None
        group = inner
    return group


def _inside(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _inside(argument)


def _allowed(field: FieldInfo, entry: Mapping[str, Any]) -> str:
    low, high = range_of(field)
    choices = [choice for choice in _inside(field.annotation) if isinstance(choice, str)]
    if choices:
        near = nearest(str(entry["input"]), choices)
        return "must be one of " + ", ".join(choices) + (f" (nearest: {near})" if near else "")
    if entry["type"] == "string_pattern_mismatch":
        return "must be a month such as 2026-08"
    kind = next((kind for kind in (field.annotation, *_inside(field.annotation)) if kind in _KINDS), None)
    word = _KINDS.get(kind, "a value")
    if low is None and high is None:
        return f"must be {word}" if kind else entry["msg"]
    if high is None:
        return f"must be {word} of at least {_plain(low)}"
    if low is None:
        return f"must be {word} of at most {_plain(high)}"
    return f"must be {word} from {_plain(low)} to {_plain(high)}"


def _plain(bound: float) -> str:
    """A bound as a person writes it: 72 000 000 rather than 7.2e+07."""
    return f"{int(bound):,}".replace(",", "\u202f") if float(bound).is_integer() else f"{bound:g}"
