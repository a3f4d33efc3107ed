"""Agents that live as rows of arrays and are Mesa agents to whoever looks.

    class Saver(RowAgent):
        age = column(np.int16, unit="months", doc="Age.")

    savers = model.adopt(Population(model, Saver, 1_000_000))
    savers.age += 1                                     # an array, for kernels
    savers[5].age, model.agents_by_type[Saver].agg("age", max)     # a Mesa agent, a Mesa agent set

Mesa 3.5 spends microseconds and half a kilobyte on an agent; a row costs nanoseconds and its bytes
(benchmarks/columns.py).
"""

from abm.columns.agents import RowAgent, bulk, column
from abm.columns.population import Population
from abm.columns.sets import RowSet
from abm.columns.world import AllAgents, ColumnModel

__all__ = ["AllAgents", "ColumnModel", "Population", "RowAgent", "RowSet", "bulk", "column"]
