"""Agents that live as rows of arrays and are Mesa agents to whoever looks.  (first, arrays-only form)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np


@dataclass(frozen=True)
class column:
    dtype: Any
    unit: str = ""
    doc: str = ""
    default: Any = 0


class RowAgent(mesa.Agent):
    pass


class Population[A: RowAgent]:
    def __init__(self, model, agent_type, size):
        self.model, self.agent_type, self.size = model, agent_type, size
        self._columns = {
            k: np.full(size, c.default, c.dtype) for k, c in vars(agent_type).items() if isinstance(c, column)
        }
        self.seat = np.arange(size, dtype=np.int64)
        self.generation = np.zeros(size, np.int32)

    def __getattr__(self, name):
        try:
            return self.__dict__["_columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self):
        return self.size
