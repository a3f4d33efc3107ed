"""Agents as rows, held against the same toy world built of ordinary Mesa agents."""

from __future__ import annotations

import math
import pickle

import mesa
import numpy as np
import pytest
from numba import njit

from abm.asset_managers.agent import AssetManager
from abm.columns import ColumnModel, Population, RowAgent, column
from abm.employers.agent import Employer
from abm.errors import CheckpointError, InputError, RemovedAgentError
from abm.participants.agent import Participant
from tests.columns.column_toys import COLUMNS, SOME, RowWorld, Saver, Scenario, ids


class TestColumn:
    def test_the_class_tells_unit_doc_and_default(self):
        assert (Saver.age.unit, Saver.age.doc, Saver.age.default) == ("months", "Age.", 264)
        assert "months" in Saver.age.__doc__

    def test_views_read_plain_numbers_and_write_the_array(self, world):
        saver = world.savers[0]
        assert type(saver.age) is int
        assert type(saver.salary) is float
        assert type(saver.member) is bool
        saver.age, saver.salary, saver.trust, saver.member = 301, 1.5, 0.25, True
        assert world.savers.age[0] == 301
        assert world.savers.salary[0] == 1.5
        assert world.savers.trust[0] == np.float32(0.25)
        assert world.savers.member.tolist() == [True, False, False, False]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("age", 40_000),
            ("age", 2.5),
            ("age", math.nan),
            ("age", math.inf),
            ("age", "old"),
            ("age", None),
            ("salary", math.nan),
            ("salary", 1j),
            ("trust", 1e300),
            ("member", 2),
        ],
    )
    def test_what_does_not_fit_is_refused_and_changes_nothing(self, world, name, value):
        saver, before = world.savers[0], world.savers.state()
        for attempt in (
            lambda: setattr(saver, name, value),
            lambda: setattr(world.savers, name, value),
            lambda: world.savers.set(name, [0, value, 0, 0]),
            lambda: world.savers.add(**{name: value}),
        ):
            with pytest.raises(InputError) as caught:
                attempt()
            fault = caught.value.faults[0]
            assert (fault.field, fault.unit) == (name, getattr(Saver, name).unit)
        for key, array in world.savers.state().items():
            assert np.array_equal(array, before[key]), key
        assert world.agent_id_counter == 7

    @pytest.mark.parametrize("value", [12, 12.0, np.int64(12), np.float32(12), True, -32_768, 32_767])
    def test_what_fits_is_kept(self, world, value):
        world.savers[1].age = value
        assert world.savers[1].age == value

    def test_infinity_is_a_number_of_a_float_column(self, world):
        world.savers[0].salary = math.inf
        assert world.savers[0].salary == math.inf

    def test_undeclared_attributes_are_refused_with_the_nearest_name(self, world):
        with pytest.raises(AttributeError, match="did you mean 'salary'"):
            world.savers[0].slary = 1.0
        with pytest.raises(AttributeError, match="did you mean 'salary'"):
            world.savers.slary  # noqa: B018
        with pytest.raises(AttributeError):
            world.savers[0].slary  # noqa: B018
        with pytest.raises(AttributeError):
            world.savers[0].seat = 3
        with pytest.raises(AttributeError):
            world.savers.seat = np.zeros(4)
        with pytest.raises(AttributeError, match="slary"):
            world.savers.add(slary=3.0)

    @pytest.mark.parametrize(
        "name", ["shuffle", "seat", "unique_id", "model", "layout", "columns", "agent_type", "population"]
    )
    def test_names_that_are_taken_are_refused(self, name):
        clash = type("Clash", (RowAgent,), {name: column(np.int8)})
        with pytest.raises(TypeError, match=name):
            Population(None, clash, 3)

    def test_texts_cannot_be_columns(self):
        with pytest.raises(TypeError, match="U3"):
            column("U3")

    def test_subclasses_inherit_columns(self):
        class Retiree(Saver):
            pension = column(np.float64, unit="USD/month")

        retirees = Population(None, Retiree, 2)
        assert list(retirees.columns) == ["age", "region", "salary", "trust", "member", "pension"]

    def test_the_models_own_columns_say_what_they_are(self):
        for kind in (Participant, Employer, AssetManager):
            for declared in Population(None, kind, 1).columns.values():
                assert declared.unit, declared.name
                assert declared.doc, declared.name


class TestViews:
    def test_a_view_is_a_mesa_agent(self, world):
        saver = world.savers[2]
        assert isinstance(saver, mesa.Agent)
        assert saver.model is world
        assert saver.random is world.random
        assert saver.rng is world.rng
        assert saver.scenario is world.scenario
        assert saver.pos is None

    def test_equality_and_hash_follow_the_person(self, world):
        assert world.savers[1] == world.savers[1]
        assert len({world.savers[1], world.savers[1], world.savers[2]}) == 2
        before = world.savers[1]
        world.savers.renew([1])
        assert world.savers[1] != before
        assert world.savers[1].unique_id == before.unique_id
        assert RowWorld(SOME).savers[0] != world.savers[0]

    def test_the_dead_can_neither_be_read_nor_written(self, world):
        dead, alive = world.savers[1], world.savers[2]
        world.savers.renew(np.array([1]))
        for attempt in (lambda: dead.age, lambda: setattr(dead, "age", 5), lambda: dead.years, dead.birthday):
            with pytest.raises(RemovedAgentError, match="left the world"):
                attempt()
        assert alive.age == 400
        assert world.savers[1].generation == 1

    def test_the_removed_can_neither_be_read_nor_written(self, world):
        removed, last = world.savers[1], world.savers[3]
        removed.remove()
        removed.remove()  # as in Mesa: once more does nothing
        for attempt in (lambda: removed.age, lambda: setattr(removed, "age", 5)):
            with pytest.raises(RemovedAgentError):
                attempt()
        with pytest.raises(RemovedAgentError):
            world.savers.remove(removed)
        assert last.age == 264
        last.age = 265
        assert world.savers.age.tolist() == [300, 400, 265]

    def test_methods_and_properties_of_the_class_work(self, world):
        assert world.savers[0].years == 25
        assert world.savers[0].birthday(months=1) == 301
        assert world.savers[0].grow(1) == 302
        assert world.savers[0].monthly == pytest.approx(50_000 / 12)


class TestRowsComeAndGo:
    def test_arrays_stay_dense_and_ordered(self, world):
        savers, layout = world.savers, world.savers.layout
        savers.remove([0, 2])
        savers.add(age=500)
        savers.extend(3, age=np.array([1, 2, 3]), region=2)
        assert savers.layout == layout + 3
        assert savers.age.tolist() == [700, 264, 500, 1, 2, 3]
        assert (np.diff(savers.seat) > 0).all()
        for name in ("seat", "generation", *savers.columns):
            array = getattr(savers, name)
            assert array.shape == (6,)
            assert np.shares_memory(array, savers.records)
            assert array.flags.writeable

        @njit
        def total(values):
            result = 0
            for value in values:
                result += value
            return result

        assert total(savers.age) == savers.agg("age", sum)

    def test_arrays_of_a_population_are_the_columns_themselves(self, world):
        world.savers.age[1:] = 5
        world.savers.age += 1
        assert world.savers.get("age") == [301, 6, 6, 6]

    def test_a_seat_is_never_given_again(self, world):
        gone = world.savers[3]
        gone.remove()
        assert world.savers.add().seat > gone.seat
        assert gone not in world.savers

    @pytest.mark.parametrize("which", [[0, 2], np.array([True, False, True, False]), slice(0, 3, 2)])
    def test_rows_are_named_by_number_mask_or_subset(self, which):
        for act in ("renew", "remove"):
            rows = RowWorld(SOME).savers
            subset = rows.select(mask=rows.region == 1)
            getattr(rows, act)(subset if isinstance(which, slice) else which)
            expected = {"renew": [1, 0, 1, 0], "remove": [0, 0]}[act]
            assert rows.generation.tolist() == expected
        rows.remove([])
        assert len(rows) == 2

    def test_rows_of_others_are_refused(self, world):
        with pytest.raises(KeyError):
            world.savers.remove(RowWorld(SOME).savers[0])
        with pytest.raises(IndexError):
            world.savers.remove(9)

    def test_renewal_keeps_rows_and_layout(self, world):
        layout = world.savers.layout
        world.savers.renew(world.savers[2])
        assert world.savers.layout == layout
        assert world.savers.get(["seat", "generation"]) == [[0, 0], [1, 0], [2, 1], [3, 0]]

    def test_subsets_follow_their_members(self, world):
        savers = world.savers
        subset = savers.select(mask=savers.age >= 300).sort("age")
        assert subset.age.tolist() == [700, 400, 300]
        savers.remove(1)
        assert subset.age.tolist() == [400, 300]
        savers.renew([1])  # the saver of 400 months dies; his heir is not in the subset
        assert subset.age.tolist() == [300]
        subset.age = 299
        subset.age += 1
        assert savers.age.tolist() == [300, 400, 264]

    def test_groups_follow_their_members(self, world):
        groups = world.savers.groupby("region")
        world.savers.remove(1)
        assert groups.count() == {1: 2, 2: 1}
        assert groups.agg("age", max) == {1: 400, 2: 264}

    def test_an_empty_population_answers(self):
        model = ColumnModel(Scenario())
        nobody = model.adopt(Population(model, Saver, 0))
        assert len(nobody) == len(model.agents) == 0
        assert nobody.agg("age", sum) == 0
        assert nobody.groupby("region").agg("age", sum) == {}
        assert nobody.select(lambda saver: saver.age > 3).to_list() == nobody.get("age") == []
        assert nobody.add(age=5).unique_id == 1


class TestState:
    def test_round_trip_is_exact(self, world):
        savers = world.savers
        savers.remove(1)
        savers.renew([0])
        savers.salary[0] = np.nextafter(1.0, 2.0)
        savers.salary[1] = math.nan  # kept as found: a checkpoint judges nothing
        kept = savers.state()
        other = RowWorld([SOME[0]] * 4)
        other.savers.restore(kept)
        assert other.savers.state().keys() == kept.keys()
        for name, array in other.savers.state().items():
            assert array.dtype == kept[name].dtype, name
            assert array.tobytes() == kept[name].tobytes(), name
        assert other.savers.add().unique_id == savers.add().unique_id

    def test_the_number_of_rows_is_restored_too(self, world):
        other = Population(None, Saver, 9)
        other.restore(world.savers.state())
        assert other.get(list(COLUMNS)) == world.savers.get(list(COLUMNS))
        assert other.next_seat == 4

    def test_the_state_is_a_copy(self, world):
        kept = world.savers.state()
        world.savers.age += 1
        assert kept["age"].tolist() == [300, 700, 400, 264]
        world.savers.restore(kept)
        world.savers.age += 1
        assert kept["age"].tolist() == [300, 700, 400, 264]

    def test_views_and_subsets_notice_a_restoration(self, world):
        kept = world.savers.state()
        world.savers.renew([0])
        heir, subset = world.savers[0], world.savers.select(at_most=2)
        world.savers.restore(kept)
        assert ids(subset) == [3]
        with pytest.raises(RemovedAgentError):
            heir.age  # noqa: B018

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda kept: kept.pop("age"),
            lambda kept: kept.pop("next_seat"),
            lambda kept: kept.update(age=kept["age"].astype(np.int64)),
            lambda kept: kept.update(age=kept["age"][:2]),
        ],
    )
    def test_a_wrong_state_is_refused(self, world, spoil):
        kept = world.savers.state()
        spoil(kept)
        with pytest.raises(CheckpointError):
            world.savers.restore(kept)
        assert world.savers.age.tolist() == [300, 700, 400, 264]

    def test_pickling_keeps_rows_and_views(self):
        savers = Population(None, Saver, 3)
        savers.age = [1, 2, 3]
        again, view = pickle.loads(pickle.dumps((savers, savers[1])))
        assert again.age.tolist() == [1, 2, 3]
        assert view.age == 2
        assert view in again
