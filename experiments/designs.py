"""Which worlds an experiment needs: a grid of levers times seeds, or two scenarios side by side."""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from abm.errors import Fault, InputError
from abm.scenario import Scenario, fields
from experiments.provenance import model_version

SWEEP_KEYS = ("name", "base", "grid", "seeds")


class Planned(NamedTuple):
    """One world of a design.

    Attributes:
        id: content address of scenario, seed and model version.
        scenario: the world, completely named.
        labels: what tells it from the others, by column name; `seed` comes last.
    """

    id: str
    scenario: Scenario
    labels: dict[str, Any]


@dataclass(frozen=True)
class Design:
    """The worlds of one experiment, in order.

    Attributes:
        name: name of the experiment.
        worlds: the worlds.
        texts: what describes the design, by file name.
    """

    name: str
    worlds: tuple[Planned, ...]
    texts: Mapping[str, str]

    @property
    def address(self) -> str:
        """Content address of the whole design, labels included."""
        text = repr([(world.id, sorted(world.labels.items())) for world in self.worlds])
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def world_id(scenario: Scenario) -> str:
    """Content address of one world: everything chosen, every constant, the seed, and the model that lives it."""
    return hashlib.blake2b(f"{model_version()} {scenario.digest()}".encode(), digest_size=8).hexdigest()


def grid(base: Scenario, axes: Mapping[str, Sequence[Any]], seeds: Iterable[int], source: str = "grid") -> Design:
    """Every combination of the axes, for every seed.

    Args:
        base: the scenario that is varied.
        axes: dotted field → the values it takes.
        seeds: the seeds.
        source: what to call the input in messages.

    Raises:
        ScenarioError: a combination is no valid scenario.
        InputError: two worlds of the design are the same.
    """
    seeds = list(seeds)
    worlds = []
    for point in itertools.product(*axes.values()):
        levers = dict(zip(axes, point, strict=True))
        for seed in seeds:
            scenario = base.with_values(levers | {"seed": seed}, source)
            labels = {field: _value(scenario, field) for field in levers} | {"seed": seed}
            worlds.append(Planned(world_id(scenario), scenario, labels))
    if len({world.id for world in worlds}) < len(worlds):
        given = {field: list(values) for field, values in axes.items()} | {"seeds": seeds}
        raise InputError(source, [Fault("grid", given, "must not name the same world twice")])
    sweep = {"name": base.name, "seeds": seeds, "base": {"scenario": tomllib.loads(base.to_toml())}, "grid": dict(axes)}
    return Design(base.name, tuple(worlds), {"sweep.toml": tomli_w.dumps(sweep)})


def pair(a: Scenario, b: Scenario, seeds: Iterable[int]) -> Design:
    """Two scenarios under the same seeds. Equal ones are run twice all the same: a placebo that must change nothing.

    Args:
        a, b: the scenarios.
        seeds: the seeds.
    """
    worlds = [
        Planned(f"{side.lower()}-{world_id(scenario)}", scenario, {"side": side, "seed": seed})
        for seed in seeds
        for side, scenario in (("A", a.but(seed=seed)), ("B", b.but(seed=seed)))
    ]
    return Design(f"{a.name}-vs-{b.name}", tuple(worlds), {"a.toml": a.to_toml(), "b.toml": b.to_toml()})


def read_sweep(path: str | Path) -> Design:
    """Read a sweep file: [base] file or scenario, [grid] dotted field = list, seeds = a list or a count.

    Raises:
        InputError: the file is missing or malformed, or has faults.
        ScenarioError: a world of the design is no valid scenario.
    """
    path = Path(path)
    values = _read_toml(path)
    faults = [
        Fault(key, values[key], f"no such entry; there are {', '.join(SWEEP_KEYS)}")
        for key in values
        if key not in SWEEP_KEYS
    ]
    axes = dict(_axes(values.get("grid", {})))
    faults += list(_axis_faults(axes))
    seeds = values.get("seeds", 1)
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        seeds = list(range(1, seeds + 1))
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int for seed in seeds):
        faults.append(Fault("seeds", values["seeds"], "must be a list of whole numbers, or how many, at least 1"))
    base = values.get("base", {})
    if not isinstance(base, dict) or not set(base) <= {"file", "scenario"}:
        faults.append(Fault("base", base, "may hold file (a scenario file) and scenario (a table of fields)"))
    if faults:
        raise InputError(str(path), faults)
    scenario = Scenario.from_toml(path.parent / base["file"]) if "file" in base else Scenario()
    named = {"name": values["name"]} if "name" in values else {}
    scenario = scenario.with_values(dict(_leaves(base.get("scenario", {}))) | named, str(path))
    return grid(scenario, axes, seeds, str(path))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(str(path), [Fault("file", str(path), f"cannot be read: {problem}")]) from None
    except tomllib.TOMLDecodeError as problem:
        raise InputError(str(path), [Fault("TOML", str(path), f"malformed: {problem}")]) from None


def _axes(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted field and values, whether the file quotes the dotted name or writes it as nested tables."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _axes(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


_leaves = _axes


def _axis_faults(axes: Mapping[str, Any]) -> Iterator[Fault]:
    known = set(fields()) - {"name", "description", "seed", "changes", "shocks"}
    for field, values in axes.items():
        if field in {"name", "description", "seed", "changes", "shocks"}:
            yield Fault(f"grid.{field}", values, "cannot be an axis; seeds have an entry of their own")
        elif field in known and (not isinstance(values, list) or not values):
            yield Fault(f"grid.{field}", values, "must be a list of at least one value")


def _value(scenario: Scenario, field: str) -> Any:
    """The value of a dotted field as the checked scenario holds it: 5 in a list of numbers becomes 5.0."""
    value: Any = scenario
    for name in field.split("."):
        value = getattr(value, name)
    return value
