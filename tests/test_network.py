"""The network: degrees, symmetry, the same graph every time, and a resumed world's graph."""

from __future__ import annotations

import time

import numpy as np
import pytest

from abm.network import Neighbours, Network, NetworkParameters, assemble
from tests.toys import World

P = NetworkParameters()


def links_of(layer: Neighbours) -> np.ndarray:
    owner = np.repeat(np.arange(len(layer.indptr) - 1), np.diff(layer.indptr))
    return np.column_stack([owner, layer.indices])


def build(world, p=P, seed=1) -> Network:
    return Network(world.people, world.sponsors, world.managers, p, seed)


def equal(a: Network, b: Network) -> bool:
    layers = zip((a.neighbours, a.sponsor_peers, a.manager_peers), (b.neighbours, b.sponsor_peers, b.manager_peers))  # noqa: B905
    return all(np.array_equal(x, y) for one, two in layers for x, y in zip(one, two, strict=True))


@pytest.fixture(scope="module")
def world() -> World:
    return World(4000)


def test_every_layer_is_symmetric_without_loops(world):
    for layer in (world.network.neighbours, world.network.sponsor_peers, world.network.manager_peers):
        links = links_of(layer)
        assert (links[:, 0] != links[:, 1]).all()
        assert sorted(map(tuple, links.tolist())) == sorted(map(tuple, links[:, ::-1].tolist()))


def test_four_friends_and_four_coworkers(world):
    people, circle = world.people, world.network.neighbours
    degree = np.diff(circle.indptr)
    jobs = np.bincount(people.employer[people.employer >= 0], minlength=len(world.sponsors))
    colleagues = np.where(people.employer >= 0, np.minimum(jobs[people.employer] - 1, 4), 0)
    assert degree.sum() == colleagues.sum() + 4 * len(people)
    ring = build(world, P.but(rewiring=0.0))
    assert np.array_equal(np.diff(ring.neighbours.indptr), colleagues + 4)


def test_coworkers_share_a_workplace_and_friends_a_region_and_age(world):
    people, plain = world.people, build(world, P.but(rewiring=0.0))
    gaps = []
    for row in range(0, 4000, 37):
        contacts = plain.neighbours.of(row)
        coworkers = contacts[: plain._coworkers[row]]
        assert (people.employer[coworkers] == people.employer[row]).all()
        gaps.extend(np.abs(people.age[contacts[len(coworkers) :]].astype(int) - people.age[row]))
    assert np.median(gaps) < 24  # months, against about 240 for strangers


def test_rewiring_leads_the_stated_share_of_friendships_elsewhere(world):
    near = {tuple(pair) for pair in links_of(build(world, P.but(rewiring=0.0)).neighbours).tolist()}
    links = links_of(build(world, P.but(rewiring=0.25)).neighbours)
    elsewhere = sum(tuple(pair) not in near for pair in links.tolist())
    assert elsewhere / (4 * len(world.people)) == pytest.approx(0.25, abs=0.02)


def test_the_same_every_time_and_another_with_another_seed(world):
    assert equal(build(world), build(world))
    assert not equal(build(world), build(world, seed=2))


def test_coworkers_change_in_january_and_friends_do_not():
    world = World(2000)
    network, people = world.network, world.people
    before = network.neighbours
    people.employer[people.employer == 0] = 1
    world.clock.month = 5
    network.refresh(people, world.clock)
    assert network.neighbours is before
    world.clock.month = 12
    network.refresh(people, world.clock)
    row = int(np.flatnonzero(people.employer == 1)[0])
    contacts = network.neighbours.of(row)
    assert (people.employer[contacts[: network._coworkers[row]]] == 1).all()
    assert not np.array_equal(before.indices, network.neighbours.indices)
    friends = [set(layer.of(row)[-4:].tolist()) for layer in (before, network.neighbours)]
    assert friends[0] == friends[1]


def test_a_resumed_network_equals_the_unbroken_one():
    world = World(2000)
    network, people = world.network, world.people
    kept = network.state()
    people.age[:] = people.age[::-1].copy()  # people have aged and changed jobs since the network was drawn
    people.employer[:] = 0
    resumed = build(world)
    assert not equal(resumed, network)
    resumed.restore(kept)
    assert equal(resumed, network)


def test_rows_that_come_or_go_rebuild_the_layer():
    world = World(500)
    world.people.remove(np.arange(100))
    kept = world.network.state()
    world.clock.month = 5
    world.network.refresh(world.people, world.clock)
    assert len(world.network.neighbours.indptr) == 401
    assert world.network.neighbours.indices.max() < 400
    resumed = build(world)
    resumed.restore(kept)
    assert equal(resumed, world.network)


def test_mean_over_contacts():
    layer = assemble(4, np.array([[0, 1], [0, 2]], np.int32))
    assert layer.mean(np.array([1.0, 2.0, 4.0, 8.0]), -1.0).tolist() == [3.0, 1.0, 1.0, -1.0]


@pytest.mark.parametrize("savers", [1, 2, 3, 5, 10])
def test_tiny_worlds(savers):
    world = World(savers, managers=1)
    links = links_of(world.network.neighbours)
    assert (links < savers).all()
    graph = world.network.graph(world.people, world.sponsors, world.managers)
    assert sum(kind == "saver" for _, kind in graph.nodes(data="kind")) == savers


def test_graph_to_look_at(world):
    graph = world.network.graph(world.people, world.sponsors, world.managers, savers=200)
    kinds = [kind for _, kind in graph.nodes(data="kind")]
    assert kinds.count("saver") == 200
    assert kinds.count("manager") == 12
    layers = {layer for _, _, layer in graph.edges(data="layer")}
    assert layers == {"coworkers", "friends", "employment", "clients", "sponsor peers", "manager peers"}
    again = world.network.graph(world.people, world.sponsors, world.managers, savers=200)
    assert list(graph.nodes) == list(again.nodes)
    assert list(graph.edges) == list(again.edges)


def test_a_hundred_thousand_savers_take_well_under_a_second():
    world = World(100_000)
    started = time.perf_counter()
    build(world)
    assert time.perf_counter() - started < 1.0
