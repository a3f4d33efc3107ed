"""Agents as rows, held against the same toy world built of ordinary Mesa agents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from abm.columns import ColumnModel, Population, RowAgent, bulk, column

COLUMNS = ("age", "region", "salary", "trust")


@dataclass(frozen=True)
class Scenario:
    seed: int = 7


class Behaviour:
    """What a saver does, whichever way he is kept."""

    @property
    def years(self):
        return self.age // 12

    def birthday(self, months=12):
        self.age += months
        return self.age

    def leave_if_old(self):
        if self.age > 500:
            self.remove()


class Saver(Behaviour, RowAgent):
    age = column(np.int16, unit="months", doc="Age.", default=264)
    region = column(np.int8, unit="code", doc="Region.")
    salary = column(np.float64, unit="USD/year", doc="Pay.")
    trust = column(np.float32, unit="0–1", doc="Trust.")
    member = column(np.bool_, doc="Whether in a plan.")

    @property
    @bulk
    def monthly(self):
        return self.salary / 12

    @bulk
    def grow(self, months):
        self.age += months
        return self.age


class PlainSaver(Behaviour, mesa.Agent):
    def __init__(self, model, age, region, salary, trust):
        super().__init__(model)
        self.age, self.region, self.salary, self.trust = age, region, salary, trust

    @property
    def monthly(self):
        return self.salary / 12


class Government(mesa.Agent):
    age = 3000

    def birthday(self, months=12):
        return months


class RowWorld(ColumnModel):
    def __init__(self, savers):
        super().__init__(Scenario())
        self.first = Government(self)
        self.savers = self.adopt(Population(self, Saver, len(savers)))
        for name, values in zip(COLUMNS, zip(*savers, strict=True), strict=True):
            self.savers.set(name, np.array(values))
        self.second = Government(self)

    def enter(self, *values):
        return self.savers.add(**dict(zip(COLUMNS, values, strict=True)))


class PlainWorld(mesa.Model):
    def __init__(self, savers):
        super().__init__(rng=7)
        self.first = Government(self)
        for values in savers:
            PlainSaver(self, *values)
        self.second = Government(self)

    savers = property(lambda self: self.agents_by_type[PlainSaver])

    def enter(self, *values):
        return PlainSaver(self, *values)


SOME = [(300, 1, 50_000.0, 0.5), (700, 0, 0.0, 0.25), (400, 1, 80_000.0, 0.75), (264, 2, 30_000.0, 0.5)]
VALUES = st.tuples(  # whole dollars and halves: their sums are exact in any order
    st.integers(0, 1200), st.integers(0, 3), st.integers(0, 10**6).map(float), st.sampled_from([0.0, 0.25, 0.5])
)
MANY = st.lists(VALUES, min_size=1, max_size=12)
quick = settings(max_examples=50, deadline=None)
AT_MOST = st.sampled_from([math.inf, 0, 1, 3, 0.0, 0.5, 1.0, 2.5])


def ids(agents):
    return [agent.unique_id for agent in agents]


def both(savers=SOME):
    return RowWorld(savers), PlainWorld(savers)
