"""Sparse columns: read like any other, kept only for the rows where one of them is not 0."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from abm.columns import ColumnModel, Population, RowAgent, RowSet, column
from abm.errors import CheckpointError, InputError
from tests.columns.column_toys import Scenario, quick


class Holder(RowAgent):
    age = column(np.int16, unit="months", doc="Age.", default=264)
    coins = column(np.float64, unit="coins", doc="Coins.", sparse=True)
    cost = column(np.float32, unit="USD", doc="What they cost.", sparse=True)
    wait = column(np.int8, unit="months", doc="Months to wait.", sparse=True)


SPARSE = ("coins", "cost", "wait")


@pytest.fixture
def holders():
    model = ColumnModel(Scenario())
    people = model.adopt(Population(model, Holder, 6))
    people.coins = [0.0, 1.5, 0.0, 0.0, 2.5, 0.0]
    people[3].cost = 7.0
    return people


def table(people):
    """The sparse table as plain tuples of seat, coins, cost, wait, its last record left out."""
    return people.sparse[["seat", *SPARSE]][:-1].tolist()


def test_only_rows_that_are_not_zero_are_kept(holders):
    assert table(holders) == [(1, 1.5, 0.0, 0), (3, 0.0, 7.0, 0), (4, 2.5, 0.0, 0)]
    assert holders.records.dtype.names == ("seat", "age", "generation")
    assert holders.sparse.dtype.names == ("coins", "seat", "cost", "wait")


def test_everybody_reads_them_as_any_column(holders):
    assert holders.coins.tolist() == [0.0, 1.5, 0.0, 0.0, 2.5, 0.0]
    assert [holders[row].coins for row in range(6)] == holders.get("coins") == holders.coins.tolist()
    assert (holders.cost.dtype, holders.wait.dtype) == (np.float32, np.int8)
    assert type(holders[0].coins) is type(holders[1].coins) is float
    assert type(holders[0].wait) is int
    assert RowSet(holders, [4, 0, 3]).coins.tolist() == [2.5, 0.0, 0.0]
    assert holders.agg("coins", sum) == 4.0
    assert holders.groupby("coins").count() == {0.0: 4, 1.5: 1, 2.5: 1}
    assert holders.select(lambda holder: holder.coins > 2.0).get("seat") == [4]


def test_a_write_into_the_copy_fails_loudly(holders):
    with pytest.raises(ValueError, match="read-only"):
        holders.coins[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        holders.coins += 1.0
    assert holders.coins.sum() == 4.0


def test_sets_and_views_write(holders):
    RowSet(holders, [5, 0, 4]).coins = [5.0, 0.25, 0.0]
    holders[1].coins -= 1.5
    assert holders.coins.tolist() == [0.25, 0.0, 0.0, 0.0, 0.0, 5.0]
    assert [record[0] for record in table(holders)] == [0, 3, 5]
    holders.select(mask=holders.coins > 0.0).write(coins=0.0, wait=np.array([3, 4]), age=300)
    assert table(holders) == [(0, 0.0, 0.0, 3), (3, 0.0, 7.0, 0), (5, 0.0, 0.0, 4)]
    assert holders.age.tolist() == [300, 264, 264, 264, 264, 300]
    holders.write(coins=0.0, cost=0.0, wait=0)
    assert table(holders) == []
    holders.set("coins", 1.0)
    assert len(table(holders)) == 6


@pytest.mark.parametrize(
    "attempt",
    [
        lambda people: people.write(age=1, coins=np.nan),
        lambda people: people.write(coins=1.0, wait=1.5),
        lambda people: setattr(people[1], "wait", 1000),
        lambda people: people.add(cost=1e300),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(holders, attempt):
    before = holders.state()
    with pytest.raises(InputError):
        attempt(holders)
    assert all(np.array_equal(array, before[name]) for name, array in holders.state().items())


def test_unknown_names_are_refused(holders):
    with pytest.raises(AttributeError, match="coin"):
        holders.write(coin=1.0)


def test_what_is_not_kept_is_the_default():
    class Elector(RowAgent):
        share = column(np.float32, default=-1.0, sparse=True)
        coins = column(np.float64, sparse=True)

    people = Population(None, Elector, 4)
    people[1].share, people[2].coins = 0.0, 3.0
    assert people.share.tolist() == [-1.0, 0.0, -1.0, -1.0]
    assert people.sparse[["seat", "share", "coins"]][:-1].tolist() == [(1, 0.0, 0.0), (2, -1.0, 3.0)]
    assert people.sparse["share"][-1] == -1.0
    people.share = -1.0
    assert people.sparse["seat"][:-1].tolist() == [2]


def test_a_pickled_population_is_still_in_one_piece(holders):
    people = Population(None, Holder, 3)
    people[1].coins = 2.0
    other = pickle.loads(pickle.dumps(people))
    other.age[:] = 300
    assert other.records["age"].tolist() == [300, 300, 300]
    assert other.coins.tolist() == [0.0, 2.0, 0.0]


def test_they_follow_rows_that_come_and_go(holders):
    kept = holders[4]
    holders.remove([1, 2])
    holders.extend(2, coins=[0.0, 9.0], age=1)
    holders.add(wait=2)
    assert holders.coins.tolist() == [0.0, 0.0, 2.5, 0.0, 0.0, 9.0, 0.0]
    assert kept.coins == 2.5
    assert table(holders) == [(3, 0.0, 7.0, 0), (4, 2.5, 0.0, 0), (7, 9.0, 0.0, 0), (8, 0.0, 0.0, 2)]
    kept.coins = 3.0  # seats are no row numbers any more
    holders.coins = holders.coins * 2.0
    assert holders.coins.tolist() == [0.0, 0.0, 6.0, 0.0, 0.0, 18.0, 0.0]


def test_the_next_person_finds_what_the_last_one_left(holders):
    """`renew` moves a generation on and no column: what passes to whom is a matter for rules."""
    dead = holders[4]
    holders.renew([4])
    assert holders[4].coins == 2.5
    assert dead not in holders


def test_a_checkpoint_brings_them_back(holders):
    holders.remove([0])
    holders.coins = [np.nextafter(1.0, 2.0), 0.0, 0.0, 1e-300, 0.0]
    kept, other = holders.state(), Population(None, Holder, 3)
    other.wait = 1
    other.restore(kept)
    assert other.sparse.tobytes() == holders.sparse.tobytes()
    assert all(array.tobytes() == kept[name].tobytes() for name, array in other.state().items())
    kept["coins"][0] = 5.0
    assert holders.coins[0] == other.coins[0] == np.nextafter(1.0, 2.0)
    for spoilt in (kept | {"coins": kept["coins"].astype(np.float32)}, kept | {"cost": kept["cost"][:2]}):
        with pytest.raises(CheckpointError):
            other.restore(spoilt)


@njit
def walk(rows, beside):
    """Coins of every row by the pointer that the passes use; zeros are written into every record that is not here."""
    out, k = np.zeros(rows.size), 0
    for i in range(rows.size):
        own = beside[k].seat == rows[i].seat
        c = beside[k if own else -1]
        k += own
        out[i] = c.coins
        if not own:
            c.coins = 0.0
    return out


@quick
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=12), st.data())
def test_compiled_rules_walk_both_in_order_of_seat(coins, data):
    people = Population(None, Holder, len(coins))
    people.coins = np.array(coins)
    gone = data.draw(st.lists(st.integers(0, max(len(coins) - 1, 0)), max_size=3)) if coins else []
    people.remove(gone)
    assert walk(people.records, people.sparse).tolist() == people.coins.tolist() == np.delete(coins, gone).tolist()
    assert (np.diff(people.sparse["seat"]) > 0).all()
    assert not any(people.sparse[name][-1] for name in SPARSE)
