"""A Mesa model whose agents are ordinary ones and rows of populations, and all of them as one set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet, GroupBy, _HardKeyAgentSet

from abm.columns.population import Population
from abm.columns.sets import RowSet


class MixedSet(_HardKeyAgentSet):
    """Agents of several kinds in any order; unlike Mesa's subsets it keeps its members, as nobody else keeps a view."""

    select, groupby = AbstractAgentSet.select, AbstractAgentSet.groupby

    def copy(self) -> MixedSet:
        """A set of the same agents."""
        return MixedSet(self._agents, self.random)

    def shuffle(self, inplace: bool = False) -> MixedSet:
        """Mesa's `shuffle`."""
        return super(MixedSet, self if inplace else self.copy()).shuffle(inplace=True)

    def sort(self, key: Callable | str, ascending: bool = False, inplace: bool = False) -> MixedSet:
        """Mesa's `sort`."""
        return super(MixedSet, self if inplace else self.copy()).sort(key, ascending, inplace=True)

    def _from_iterable(self, agents: Iterable) -> MixedSet:
        return MixedSet(agents, self.random)


class AllAgents(MixedSet):
    """Every agent of a world, in order of `unique_id`: Mesa's own and the rows of all populations, always up to date.

    Calls that name an attribute or a bulk method work on arrays; the others go through a view of every row.
    """

    def __init__(self, model: ColumnModel) -> None:
        self.model, self.random = model, model.random

    def _parts(self) -> list[AbstractAgentSet]:
        populations = [members for members in self.model.agents_by_type.values() if isinstance(members, Population)]
        return [part for part in (self.model._all_agents, *populations) if len(part)]

    def _runs(self) -> list[AbstractAgentSet]:
        """The agents in order of id, as sets of one part: a population is cut only where others came in between."""
        parts = self._parts()
        if len(parts) < 2:
            return parts
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        ids = [part.unique_id if isinstance(part, Population) else part.get("unique_id") for part in parts]
        owners = owners[np.argsort(np.concatenate(ids), kind="stable")]
        runs, taken = [], [0] * len(parts)
        for run in np.split(owners, np.flatnonzero(np.diff(owners)) + 1):
            part, start = parts[run[0]], taken[run[0]]
            taken[run[0]] = stop = start + len(run)
            if len(run) == len(part):
                runs.append(part)
            elif isinstance(part, Population):
                runs.append(RowSet(part, np.arange(start, stop)))
            else:
                runs.append(MixedSet(part.to_list()[start:stop], self.random))
        return runs

    @property
    def _agents(self) -> dict[mesa.Agent, None]:
        return dict.fromkeys(self)

    @_agents.setter
    def _agents(self, agents: Any) -> None:
        raise TypeError("The agents of a world change by creating and removing agents only: leave out inplace.")

    def _update(self, agents: Iterable) -> AllAgents:
        self._agents = agents
        return self

    add = discard = remove = _update

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> AbstractAgentSet:
        """Mesa's `select`; agents of one kind that are rows come back as a `RowSet`."""
        kinds = [kind for kind in self.model.agent_types if issubclass(kind, agent_type or object)]
        members = self.model.agents_by_type[kinds[0]] if len(kinds) == 1 else None
        if inplace:
            self._update(())
        if not isinstance(members, Population):
            return self.copy().select(filter_func, at_most, agent_type=agent_type)
        if isinstance(at_most, float) and at_most <= 1.0:  # a fraction of all agents, as in Mesa
            at_most = int(len(self) * at_most)
        return members.select(filter_func, at_most)

    def groupby(self, by: Callable | str, result_type: str = "agentset") -> GroupBy:
        """Mesa's `groupby`."""
        return self.copy().groupby(by, result_type)

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> list:
        """Mesa's `get`."""
        return [value for run in self._runs() for value in run.get(attr_names, handle_missing, default_value)]

    def set(self, attr_name: str, value: Any) -> AllAgents:
        """Mesa's `set`."""
        for run in self._runs():
            run.set(attr_name, value)
        return self

    def do(self, method: str | Callable, *args: Any, **kwargs: Any) -> AllAgents:
        """Mesa's `do`; a bulk method runs once for a whole population."""
        for run in self._runs():
            run.do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable, *args: Any, **kwargs: Any) -> list:
        """Mesa's `map`; a bulk method runs once for a whole population."""
        return [result for run in self._runs() for result in run.map(method, *args, **kwargs)]

    def shuffle_do(self, method: str | Callable, *args: Any, **kwargs: Any) -> AllAgents:
        """Mesa's `shuffle_do`: one by one, bulk methods too, each with a view as `self`."""
        for agent in self.shuffle():
            if agent in self:
                (getattr(agent, method) if isinstance(method, str) else partial(method, agent))(*args, **kwargs)
        return self

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts())

    def __iter__(self) -> Iterator[mesa.Agent]:
        return chain.from_iterable(self._runs())

    def __contains__(self, agent: object) -> bool:
        return any(agent in part for part in self._parts())


class ColumnModel(mesa.Model):
    """A Mesa model whose agents are rows of populations as well as ordinary agents.

    Attributes:
        scenario: what the world was built from; any frozen object with an integer `seed`.
    """

    def __init__(self, scenario: Any) -> None:
        super().__init__(rng=scenario.seed)
        self.scenario = scenario  # takes the place of the one that Mesa makes when it is given none

    @property
    def scenario(self) -> Any:
        """What the world was built from. Mesa's setter would write into it, and ours is frozen."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        self._scenario = scenario

    @property
    def agents(self) -> AllAgents:
        """Every agent, Mesa's own and the rows."""
        return AllAgents(self)

    def adopt[P: Population](self, population: P) -> P:
        """Make the rows of a population agents of this world, with the next ids; returns the population."""
        members = self._agents_by_type.get(population.agent_type)
        if members is population:
            return population
        if members is not None or population.model is not self:
            raise ValueError(f"{population.agent_type.__name__} rows exist already, or were made for another world.")
        population.first_id = self.agent_id_counter
        self.agent_id_counter += population.next_seat
        self._agents_by_type[population.agent_type] = population
        return population

    def remove_all_agents(self) -> None:
        """Remove every agent, rows included."""
        super().remove_all_agents()
        for members in self._agents_by_type.values():
            if isinstance(members, Population):
                members.remove(members.rows)
