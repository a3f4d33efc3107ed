"""Exposure: demand that sponsors hear, stakes that voters have, compensation that reaches accounts."""

from __future__ import annotations

import numpy as np
import pytest

from abm.books import Books
from abm.participants.exposure import LEAST_INCOME, holder_share, receive, stakes
from abm.participants.traits import TraitParameters, Traits
from abm.vocabulary import Sector, Status
from tests.toys import PRICE, World

TRAITS = Traits(TraitParameters(), 1)


def test_holder_share_leans_to_the_average_where_workers_are_few():
    world = World(4000)
    people, sponsors = world.people, world.sponsors
    people.outside[:] = people.employer == 0
    share = holder_share(people, len(sponsors))
    workers = np.bincount(people.employer[people.employer >= 0], minlength=len(sponsors))
    average = workers[0] / workers.sum()
    assert share[0] == pytest.approx((workers[0] + 20 * average) / (workers[0] + 20))
    assert share[-1] == pytest.approx(20 * average / (workers[-1] + 20))


def test_stakes_of_a_chosen_and_of_a_sleeve_holder():
    world = World(500)
    people, managers = world.people, world.managers
    fund = world.sponsors.manager[0]
    world.sponsors.accepts_sleeve[0] = 1
    managers.coins[fund], managers.assets[fund] = 10.0, 100 * PRICE  # a tenth of the fund
    people.employer[:2], people.managed[:2], people.status[:2] = 0, (0, 1), Status.EMPLOYED
    people.plan_core[:2], people.ira_core[:2] = 1000.0, 0.0
    people[0].plan_crypto = 0.02
    people[0].high_water = people[1].high_water = 1.5 * PRICE
    people.salary[:2] = 50_000.0, 2_000.0
    got = stakes(people, TRAITS, world.doors, managers, PRICE)
    assert got.crypto[0] == pytest.approx(0.02 * PRICE)
    assert got.loss[0] == pytest.approx(0.02 * 0.5 * PRICE)
    assert got.crypto[1] == pytest.approx(100.0)
    assert got.loss[1] == pytest.approx(50.0)
    assert got.exposed[1] == pytest.approx(0.1)
    assert got.income[:2].tolist() == [50_000.0, LEAST_INCOME]
    assert got.holder[:2].all()


def test_nobody_has_a_stake_without_coins():
    world = World(300)
    got = stakes(world.people, TRAITS, world.doors, world.managers, PRICE)
    assert not got.crypto.any()
    assert not got.loss.any()
    assert not got.holder.any()


def test_whoever_stands_at_his_high_has_lost_nothing():
    world = World(50)
    people = world.people
    people.plan_crypto = 1.0
    for price in PRICE * (1.0 + np.arange(1, 7) / 7.0):  # none is a number of single precision
        people.high_water = price
        assert not stakes(people, TRAITS, world.doors, world.managers, price).loss.any()
        people.high_water = 1.01 * price
        got = stakes(people, TRAITS, world.doors, world.managers, price)
        assert got.loss == pytest.approx(0.01 * price, rel=1e-4)


def test_compensation_arrives_and_is_booked():
    world, books = World(300), Books()
    people = world.people
    before = float(np.dot(people.weight, people.plan_core + people.ira_core))
    paid = np.where(np.arange(300) < 30, 100.0, 0.0)
    receive(people, paid, books)
    total = float(np.dot(people.weight, paid))
    assert float(np.dot(people.weight, people.plan_core + people.ira_core)) - before == pytest.approx(total, rel=1e-9)
    assert books.usd.net(Sector.ACCOUNTS) == pytest.approx(total)
    receive(people, np.zeros(300), empty := Books())
    assert not empty.matrix()
