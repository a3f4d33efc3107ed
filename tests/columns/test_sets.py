"""Agents as rows, held against the same toy world built of ordinary Mesa agents."""

from __future__ import annotations

import mesa
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mesa.agentset import AbstractAgentSet, GroupBy

from abm.columns import Population, RowAgent, RowSet, bulk, column
from abm.participants.agent import Participant
from tests.columns.column_toys import (
    AT_MOST,
    COLUMNS,
    MANY,
    SOME,
    VALUES,
    Government,
    PlainSaver,
    RowWorld,
    Saver,
    Scenario,
    both,
    ids,
    quick,
)


class TestTwin:
    """The same calls, the same answers."""

    @quick
    @given(MANY, st.integers(0, 1200), AT_MOST)
    def test_select(self, savers, age, at_most):
        rows, plain = both(savers)
        expected = ids(plain.savers.select(lambda saver: saver.age >= age, at_most=at_most))
        assert ids(rows.savers.select(lambda saver: saver.age >= age, at_most=at_most)) == expected
        assert ids(rows.savers.select(mask=lambda each: each.age >= age, at_most=at_most)) == expected
        assert ids(rows.savers.select(mask=rows.savers.age >= age, at_most=at_most)) == expected
        subset = rows.savers.select(at_most=at_most)
        assert ids(subset) == ids(plain.savers.select(at_most=at_most))
        assert ids(subset.select(lambda saver: saver.age >= age, inplace=True)) == ids(subset)
        assert ids(rows.savers.select(agent_type=RowAgent)) == ids(plain.savers)
        assert ids(rows.savers.select(agent_type=Government)) == []

    @quick
    @given(MANY)
    def test_agg_and_get(self, savers):
        rows, plain = both(savers)
        functions = [sum, min, max, len, np.mean, np.sum, np.median, sorted, lambda values: values[0]]
        for name in (*COLUMNS, "years", "monthly", "unique_id"):
            ours, theirs = rows.savers.agg(name, functions), plain.savers.agg(name, functions)
            for function, left, right in zip(functions, ours, theirs, strict=True):
                assert left == pytest.approx(right, rel=1e-12), (name, function)
            assert rows.savers.get(name) == plain.savers.get(name)
            assert all(type(a) is type(b) for a, b in zip(rows.savers.get(name), plain.savers.get(name), strict=True))
        for call in (
            lambda world: world.savers.get(["age", "years"]),
            lambda world: world.savers.get(["age", "nothing"], handle_missing="default", default_value=-1),
            lambda world: world.savers.map("birthday", months=3),
            lambda world: world.savers.map(lambda saver, more: saver.age + more, 4),
            lambda world: world.savers.set("region", 2).get("region"),
            lambda world: world.savers.do("birthday").get("age"),
            lambda world: world.agents.get("age"),
            lambda world: world.agents.agg("unique_id", max),
        ):
            assert call(rows) == call(plain)

    @quick
    @given(MANY, st.sampled_from(["region", "trust", "years"]))
    def test_groupby(self, savers, by):
        rows, plain = both(savers)
        for key in (by, lambda saver: (saver.region, saver.age > 300)):
            ours, theirs = rows.savers.groupby(key), plain.savers.groupby(key)
            lists = rows.savers.groupby(key, result_type="list")
            assert {name: ids(group) for name, group in lists} == {name: ids(group) for name, group in theirs}
            assert isinstance(ours, GroupBy)
            assert [(name, ids(group)) for name, group in ours] == [(name, ids(group)) for name, group in theirs]
            assert len(ours) == len(theirs)
            assert list(ours.count().items()) == list(theirs.count().items())
            for name in ("salary", "age", "trust", "years"):
                for function in (sum, min, max, np.mean, np.sum, np.median, len):
                    assert ours.agg(name, function) == pytest.approx(theirs.agg(name, function), rel=1e-12)
            assert ours.map("agg", "age", max) == theirs.map("agg", "age", max)
            assert ours.do("do", "birthday").agg("age", sum) == theirs.do("do", "birthday").agg("age", sum)

    @quick
    @given(MANY, st.booleans())
    def test_order(self, savers, ascending):
        rows, plain = both(savers)
        for key in ("region", "years", lambda saver: saver.salary):
            expected = ids(plain.savers.sort(key, ascending=ascending))
            assert ids(rows.savers.sort(key, ascending=ascending)) == expected
            assert ids(rows.savers.copy().sort(key, ascending=ascending, inplace=True)) == expected
        for shuffle in (
            lambda world: world.savers.shuffle(),
            lambda world: world.savers.select(lambda saver: saver.region == 1).shuffle(inplace=True),
            lambda world: world.agents.shuffle(),
            lambda world: world.agents.sort("age", ascending=ascending),
        ):
            assert ids(shuffle(rows)) == ids(shuffle(plain))
        for sets in ("savers", "agents"):
            orders = [], []
            for world, order in zip((rows, plain), orders, strict=True):
                getattr(world, sets).shuffle_do(lambda agent, order=order: order.append(agent.unique_id))
            assert orders[0] == orders[1]

    @quick
    @given(
        MANY,
        st.lists(
            st.one_of(
                st.tuples(st.just("enter"), VALUES),
                st.tuples(st.just("remove"), st.integers(0, 20)),
                st.tuples(st.sampled_from(["govern", "birthday", "leave_if_old", "shuffle"]), st.none()),
            ),
            max_size=8,
        ),
    )
    def test_histories(self, savers, history):
        """Agents come, go and act in both worlds, in the same order and under the same numbers."""
        rows, plain = worlds = both(savers)
        chosen = [world.savers.select(lambda saver: saver.region == 1) for world in worlds]
        for act, value in history:
            for world in worlds:
                if act == "enter":
                    world.enter(*value)
                elif act == "remove" and len(world.savers) > 1:
                    world.savers.to_list()[value % len(world.savers)].remove()
                elif act == "govern":
                    Government(world)
                elif act == "shuffle":
                    world.agents.shuffle_do("birthday", months=1)
                elif act in ("birthday", "leave_if_old"):
                    world.savers.do(act)
            names = ["unique_id", *COLUMNS]
            assert rows.savers.get(names) == plain.savers.get(names)
            assert rows.agents.get("unique_id") == plain.agents.get("unique_id") == ids(rows.agents)
            assert rows.agents.map("birthday", 0) == plain.agents.map("birthday", 0)
            assert len(rows.agents) == len(plain.agents)
            assert ids(chosen[0]) == ids(chosen[1])

    @pytest.mark.parametrize("sets", ["savers", "agents"])
    @pytest.mark.parametrize("verb", ["do", "map", "shuffle_do"])
    def test_who_is_removed_before_his_turn_does_not_act(self, sets, verb):
        """Everybody removes the youngest saver but himself, who may not have had his turn yet."""
        acted = [], []
        for world, actors in zip(both(SOME * 2), acted, strict=True):

            def act(agent, world=world, actors=actors):
                actors.append(agent.unique_id)
                others = [saver for saver in world.savers if saver is not agent and saver != agent]
                if others:
                    max(others, key=lambda saver: saver.unique_id).remove()

            getattr(getattr(world, sets), verb)(act)
        assert acted[0] == acted[1]
        assert len(acted[0]) < 8

    def test_data_collector(self):
        frames = []
        for world, kind in zip(both(), (Saver, PlainSaver), strict=True):
            collector = mesa.DataCollector(
                model_reporters={"pay": lambda world: world.savers.agg("salary", np.mean), "steps": "steps"},
                agent_reporters={"age": "age", "kind": lambda agent: isinstance(agent, Government)},
                agenttype_reporters={kind: {"salary": "salary", "years": lambda saver: saver.years}},
            )
            for _ in range(3):
                world.step()
                world.savers.do("birthday")
                collector.collect(world)
                world.enter(300, 1, 10.0, 0.5)
                Government(world)
                world.savers.to_list()[0].remove()
            frames.append(
                (
                    collector.get_model_vars_dataframe(),
                    collector.get_agent_vars_dataframe(),
                    collector.get_agenttype_vars_dataframe(kind),
                )
            )
        for ours, theirs in zip(*frames, strict=True):
            assert len(ours) > 2
            pd.testing.assert_frame_equal(ours, theirs)


class TestSets:
    def test_populations_and_subsets_are_mesa_agent_sets(self, world):
        for agents in (world.savers, world.savers.select(at_most=2), world.agents, world.agents.shuffle()):
            assert isinstance(agents, AbstractAgentSet)
        assert isinstance(world.savers.select(), RowSet)

    def test_membership_and_algebra(self, world):
        savers = world.savers
        rich, old = savers.select(mask=savers.salary > 0), savers.select(mask=savers.age > 299)
        assert savers[0] in rich
        assert savers[1] not in rich
        assert world.first not in savers
        assert ids(rich & old) == [2, 4]
        assert set(ids(rich | old)) == {2, 3, 4, 5}
        assert ids(rich - old) == [5]
        assert rich == savers.select(lambda saver: saver.salary > 0)
        rich.add(savers[1])
        rich.discard(savers[0])
        rich.remove(savers[2])
        with pytest.raises(KeyError):
            rich.remove(savers[2])
        with pytest.raises(KeyError):
            rich.add(RowWorld(SOME).savers[1])
        assert ids(rich) == [5, 3]
        assert len(savers) == 4

    def test_indexing(self, world):
        assert ids(world.savers[1:3]) == [3, 4]
        assert world.savers[-1].unique_id == 5
        assert world.savers.select(mask=world.savers.region == 1)[1].age == 400
        with pytest.raises(IndexError):
            world.savers[4]

    def test_bulk_methods_run_once_and_on_subsets_too(self, world):
        calls = []

        @bulk
        def note(savers, factor):
            calls.append(savers)
            return savers.age * factor

        assert world.savers.map(note, 2) == [600, 1400, 800, 528]
        subset = world.savers.select(mask=world.savers.region == 1).do("grow", months=1)
        assert world.savers.age.tolist() == [301, 700, 401, 264]
        subset.do(note, 1)
        assert calls == [world.savers, subset]
        assert calls[0] is world.savers
        assert subset.monthly.tolist() == pytest.approx([50_000 / 12, 80_000 / 12])

    def test_functions_cannot_write_through_an_aggregate(self, world):
        with pytest.raises(ValueError, match="read-only"):
            world.savers.agg("salary", lambda values: values.sort())

    def test_small_integers_do_not_wrap_when_summed(self):
        savers = Population(None, Saver, 1000)
        savers.region = 100
        assert savers.agg("region", sum) == savers.agg("region", np.sum) == 100_000
        assert savers.groupby("age").agg("region", sum) == {264: 100_000}

    def test_functions_get_wide_numbers_of_unsigned_columns_too(self):
        class Flat(RowAgent):
            floor = column(np.uint8, unit="storeys")

        flats = Population(None, Flat, 2)
        flats.floor = 200
        assert flats.agg("floor", lambda floors: int((2 * floors).max())) == 400

    def test_masks_are_checked(self, world):
        for mask in (np.array([0, 1]), np.array([True]), np.zeros(4)):
            with pytest.raises(ValueError, match="mask is boolean"):
                world.savers.select(mask=mask)

    def test_populations_cannot_be_reordered_or_thinned_out(self, world):
        for agents in (world.savers, world.agents):
            for act in (
                lambda each: each.shuffle(inplace=True),
                lambda each: each.sort("age", inplace=True),
                lambda each: each.select(lambda agent: agent.age > 300, inplace=True),
            ):
                with pytest.raises(TypeError, match="leave out inplace"):
                    act(agents)
        with pytest.raises(TypeError):
            world.agents.add(world.first)
        assert ids(world.agents) == [1, 2, 3, 4, 5, 6]


class TestWorld:
    def test_the_scenario_is_ours_and_stays_frozen(self, world):
        assert world.scenario == Scenario()
        assert world.first.scenario is world.scenario
        world.scenario = other = Scenario(seed=8)
        assert world.scenario is other

    def test_all_agents_are_found(self, world):
        assert set(world.agent_types) == {Saver, Government}
        assert world.agents_by_type[Saver] is world.savers
        assert ids(world.agents) == [1, 2, 3, 4, 5, 6]
        assert world.savers[2] in world.agents
        assert world.second in world.agents
        assert ids(world.agents.select(agent_type=Saver, at_most=0.5)) == [2, 3, 4]  # half of all six, as in Mesa
        world.second.remove()
        assert world.second not in world.agents
        assert ids(world.agents.select(agent_type=Saver)) == [2, 3, 4, 5]
        assert isinstance(world.agents.select(agent_type=Saver), RowSet)
        assert ids(world.agents.select(agent_type=Government)) == [1]
        assert ids(world.agents.shuffle().select(lambda agent: agent.age > 300).sort("age")) == [1, 3, 4]
        assert world.agents.groupby(type).count() == {Government: 1, Saver: 4}
        assert world.agents.do("birthday", months=1).set("age", 1).get("age") == [1] * 5

    def test_a_population_is_adopted_once(self, world):
        assert world.adopt(world.savers) is world.savers
        with pytest.raises(ValueError, match="exist already"):
            world.adopt(Population(world, Saver, 3))
        with pytest.raises(ValueError, match="another world"):
            world.adopt(Population(None, Participant, 3))

    def test_everybody_can_be_removed(self, world):
        world.remove_all_agents()
        assert len(world.agents) == len(world.savers) == 0
