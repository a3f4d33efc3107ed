"""What of a world must be kept so that it can go on later exactly as if it had never stopped.

A component names its lasting attributes in `STATE`; everything else is rebuilt from the scenario. Values are arrays,
numbers, texts, or further components, so a checkpoint is a flat table of arrays that needs no pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from abm.errors import CheckpointError


class Stateful:
    """A component whose lasting attributes are listed in `STATE`."""

    STATE: tuple[str, ...] = ()

    def state(self) -> dict[str, np.ndarray]:
        """Copies of every lasting attribute, dotted names for nested components."""
        kept: dict[str, np.ndarray] = {}
        for name in self.STATE:
            value = getattr(self, name)
            if isinstance(value, Stateful):
                kept |= {f"{name}.{inner}": array for inner, array in value.state().items()}
            else:
                kept[name] = np.array(value)
        return kept

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            CheckpointError: an attribute is missing, or an array has another shape or type.
        """
        for name in self.STATE:
            value = getattr(self, name)
            if isinstance(value, Stateful):
                prefix = f"{name}."
                value.restore({key[len(prefix) :]: array for key, array in kept.items() if key.startswith(prefix)})
                continue
            if name not in kept:
                raise CheckpointError(f"The checkpoint lacks {name!r} of {type(self).__name__}.")
            array = np.asarray(kept[name])
            if isinstance(value, np.ndarray):
                if array.dtype != value.dtype:
                    raise CheckpointError(f"{name!r} of {type(self).__name__} is {array.dtype}, not {value.dtype}.")
                setattr(self, name, array.copy())
            else:
                setattr(self, name, type(value)(array.item()))
