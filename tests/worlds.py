"""Small worlds for tests, and how two worlds are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.model import RetirementModel
from abm.scenario import Scenario

SMALL = {"participants": 1500, "months": 18, "panel": 20, "market": {"traders": 300}}


def scenario(**values: Any) -> Scenario:
    """A small scenario, with some values changed."""
    merged = SMALL | values
    return Scenario.of(merged)


def run(chosen: Scenario | None = None, months: int | None = None, **values: Any) -> RetirementModel:
    """A small world after some months (its own horizon when left out)."""
    world = RetirementModel(chosen or scenario(**values))
    for _ in range(months or world.scenario.months):
        world.step()
    return world


def differences(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """Names of state arrays that are not equal bit for bit."""
    odd = sorted(set(a) ^ set(b))
    return odd + [name for name in sorted(set(a) & set(b)) if not same(a[name], b[name])]


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal bit for bit: dtype, shape, values; NaN equals NaN."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def outputs(world: RetirementModel) -> dict[str, np.ndarray]:
    """Everything a world holds and has recorded, without the digest that names its scenario."""
    return {name: array for name, array in world.state().items() if name != "digest"}
