"""The world in a notebook: everything that any Mesa 3.5 model offers."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

import abm
from abm import AssetManager, CryptoMarket, Employer, Government, Participant
from abm.records import COLUMNS
from tests.worlds import scenario


@pytest.fixture(scope="module")
def world() -> abm.RetirementModel:
    built = abm.RetirementModel(scenario(months=6))
    built.step()
    return built


def test_it_is_a_mesa_model_with_the_five_kinds(world):
    assert isinstance(world, mesa.Model)
    assert set(world.agent_types) == {Participant, Employer, AssetManager, CryptoMarket, Government}
    assert len(world.agents) == 1500 + len(world.sponsors) + 12 + 2
    assert world.steps == 1
    assert world.time == 1.0


def test_unique_ids_are_unique(world):
    ids = [agent.unique_id for agent in world.agents]
    assert len(set(ids)) == len(ids)


def test_select_agg_get_groupby(world):
    savers = world.agents_by_type[Participant]
    retired = savers.select(lambda saver: saver.status == 2)
    assert 0 < len(retired) < len(savers)
    assert savers.agg("salary", np.mean) == pytest.approx(world.people.salary.mean())
    assert list(savers.get("age"))[:5] == world.people.age[:5].tolist()
    counts = {sex: len(group) for sex, group in savers.groupby("sex")}
    assert sum(counts.values()) == len(savers)


def test_agents_have_named_attributes_that_can_be_read_and_written(world):
    saver = next(iter(world.agents_by_type[Participant]))
    assert isinstance(saver, Participant)
    assert isinstance(saver, mesa.Agent)
    saver.trust_points = 2500
    assert world.people.trust_points[0] == 2500
    with pytest.raises(AttributeError):
        saver.trsut = 0.5
    with pytest.raises(AttributeError):
        saver.no_such_thing  # noqa: B018


def test_tables_show_shares_where_a_row_keeps_whole_points():
    """2 900 points are shown as 0.29, not as the 0.29000000000000004 that 2 900 times 0.0001 is, in both tables."""
    world = abm.RetirementModel(scenario(participants=50, months=2, panel=50))
    world.step()
    points = 58 * np.arange(50)
    world.people.deferral_points[:], world.people.trust_points[:] = points, points[::-1]
    world.records.observe()
    shares = [float(f"{count}e-4") for count in points]
    for name, table in world.records.tables().items():
        if name not in ("savers", "panel"):
            continue
        assert table["deferral_rate"].tail(50).tolist() == shares, name
        assert table["trust"].tail(50).tolist() == shares[::-1], name
        assert not {"deferral_points", "trust_points"} & set(table), name
    units = {column.name: column.unit for table in ("savers", "panel") for column in COLUMNS[table]}
    assert (units["deferral_rate"], units["trust"]) == ("share of pay", "share")


def test_datacollector_works(world):
    collector = mesa.DataCollector(
        model_reporters={"price": lambda model: model.market.price},
        agenttype_reporters={Participant: {"salary": "salary"}},
    )
    collector.collect(world)
    assert collector.get_model_vars_dataframe()["price"].iloc[0] == world.market.price
    frame = collector.get_agenttype_vars_dataframe(Participant)
    assert np.allclose(frame["salary"].to_numpy(), world.people.salary)


def test_worlds_have_a_datacollector_of_their_own(world):
    frame = world.datacollector.get_model_vars_dataframe()
    assert frame["price_usd"].iloc[-1] == world.trades.price
