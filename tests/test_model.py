"""The whole world: what must hold whatever the rules are."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import abm
from abm.books import BooksError
from abm.participants.population import SaversTable
from abm.records import COLUMNS
from abm.vocabulary import Sector
from tests.worlds import differences, outputs, run, scenario


@pytest.fixture(scope="module")
def base() -> abm.RetirementModel:
    return run(scenario(changes=[{"month": "2026-04", "rule": "safe_harbour", "instrument": "rule"}]))


# Keyed draws (docs/model.md, section 5) --------------------------------------------------------------------------


def test_same_scenario_gives_the_same_world_bit_for_bit(base):
    again = run(base.scenario)
    assert differences(outputs(base), outputs(again)) == []


def test_another_seed_gives_another_world(base):
    other = run(base.scenario.but(seed=base.scenario.seed + 1))
    assert other.trades.price != base.trades.price


@pytest.mark.parametrize(
    "placebo",
    [
        {
            "shocks": [
                {"month": "2026-06", "kind": kind, "size": 0.0}
                for kind in ("news", "theft", "liquidity", "equity", "election")
            ]
        },
        {"changes": [{"month": "2026-05", "rule": "permit"}, {"month": "2026-09", "crypto_cap": 0.05}]},
        {"policy": {"rescue": "standing_bid", "bid_budget": 0.0}},
    ],
    ids=["shocks of size zero", "changes that change nothing", "a bid without budget"],
)
def test_placebo_changes_nothing_bit_for_bit(placebo):
    control, treated = run(), run(**placebo)
    assert differences(outputs(control), outputs(treated)) == []


def test_policy_does_not_shift_exogenous_luck():
    free, banned = run(policy={"rule": "promote"}), run(policy={"rule": "prohibit", "rule_held": True})
    for column in ("age", "sex", "generation", "salary", "employer", "status", "benefit"):
        assert np.array_equal(getattr(free.people, column), getattr(banned.people, column)), column
    assert np.array_equal(free.economy.equity_daily, banned.economy.equity_daily)
    assert free.trades.price != banned.trades.price


def test_one_saver_more_changes_nobody_elses_luck():
    few, more = run(participants=1500), run(participants=1501)
    assert len(more.people) == len(few.people) + 1
    for column in ("age", "sex", "generation", "ability", "status", "employer"):
        assert np.array_equal(getattr(few.people, column), getattr(more.people, column)[:-1]), column
    for trait in (lambda world: world.traits.lean(world.people), lambda world: world.traits.turnout(world.people)):
        assert np.array_equal(trait(few), trait(more)[:-1])


_DIGEST = """
import hashlib, numpy as np
from tests.worlds import outputs, run
world = run(months=6)
total = hashlib.sha256()
for name, array in sorted(outputs(world).items()):
    total.update(name.encode()); total.update(np.ascontiguousarray(array).tobytes())
print(total.hexdigest())
"""


def _digest_of_another_process(threads: int) -> str:
    import os

    environment = os.environ | {
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": str(threads),
    }
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_one_and_two_threads_and_other_processes_agree_bit_for_bit():
    world = run(months=6)
    total = hashlib.sha256()
    for name, array in sorted(outputs(world).items()):
        total.update(name.encode())
        total.update(np.ascontiguousarray(array).tobytes())
    assert {_digest_of_another_process(1), _digest_of_another_process(2)} == {total.hexdigest()}


# Checkpoint ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", [0, 1, 7, 12])
def test_resumed_world_equals_the_unbroken_one_bit_for_bit(base, months):
    broken = abm.RetirementModel(base.scenario)
    for _ in range(months):
        broken.step()
    resumed = abm.RetirementModel.resume(base.scenario, broken.state())
    while resumed.running:
        resumed.step()
    assert differences(outputs(base), outputs(resumed)) == []


def test_checkpoint_of_another_scenario_is_refused(base):
    with pytest.raises(abm.DoubleBindError, match="another scenario"):
        abm.RetirementModel.resume(base.scenario.but(seed=99), base.state())


# Books -----------------------------------------------------------------------------------------------------------


def test_books_notice_money_that_appears_in_one_account():
    world = run(months=2)
    world.books.open()
    world.people.plan_core[3] += 1_000.0
    with pytest.raises(BooksError, match=rf"{world.clock.label}.*retirement accounts gained"):
        world._close_books()


def test_books_notice_a_coin_that_vanishes():
    world = run(months=2)
    world.books.open()
    holder = world.people[int(np.argmax(world.people.ira_crypto))]
    holder.ira_crypto *= 0.5
    with pytest.raises(BooksError, match="retirement accounts lost"):
        world._close_books()


def test_transactions_sum_to_zero_over_sectors(base):
    table = base.records.tables()["transactions"]
    usd = table[table.unit == "USD"]
    gross = usd.amount.abs().sum()
    assert usd.groupby(["month", "kind"]).amount.sum().abs().max() <= 1e-9 * gross
    kept = {str(sector) for sector in (Sector.EMPLOYERS, Sector.MANAGERS, Sector.GOVERNMENT, Sector.HOUSEHOLDS)}
    rows = usd[usd.sector.isin(kept)].groupby(["month", "sector"]).amount.sum()
    assert rows.abs().max() <= 1e-9 * gross


def test_coins_held_are_the_coins_in_existence(base):
    table = base.records.tables()["transactions"]
    coins = table[table.unit == "coins"]
    issued = coins.groupby("month").amount.sum()
    by_kind = coins[coins.kind == "issuance"].groupby("month").amount.sum()
    assert np.allclose(issued, by_kind, rtol=0, atol=1.0)


# Records ---------------------------------------------------------------------------------------------------------


def test_every_declared_column_is_written(base):
    tables = base.records.tables()
    for name, declared in COLUMNS.items():
        assert list(tables[name].columns) == [column.name for column in declared], name
        assert not tables[name].isna().any().any(), name
        assert all(column.label for column in declared)
    assert len(tables["months"]) == base.scenario.months
    assert len(tables["days"]) == 30 * base.scenario.months
    assert len(tables["savers"]) == len(base.people)


def test_nobody_is_below_zero(base):
    people = base.people
    for column in ("plan_core", "plan_crypto", "ira_core", "ira_crypto", "salary", "crypto_basis"):
        assert getattr(people, column).min() >= 0.0, column


def test_own_savers_keep_the_balances_of_their_table():
    columns = ["age_years", "salary_usd", "plan_kind", "plan_balance_usd", "ira_balance_usd"]
    rows = [[22 + row, 60_000, "401k", 9_000, 5_000] for row in range(45)]
    world = abm.RetirementModel(scenario(months=1), SaversTable.from_frame(pd.DataFrame(rows, columns=columns)))
    assert world.people.outside.any()
    assert world.people.ira_core.tolist() == [5_000.0] * 45
    assert not world.people.ira_crypto.any()
    world.step()


# What a person does by hand --------------------------------------------------------------------------------------


def test_levers_and_shocks_by_hand_reproduce_from_the_scenario():
    live = abm.RetirementModel(scenario(months=8))
    for month in range(8):
        if month == 3:
            live.change(rule="prohibit", rule_held=True)
            live.shock("news", -0.4)
        live.step()
    again = run(abm.Scenario.of(live.scenario.model_dump(exclude_defaults=True)))
    assert differences(outputs(live), outputs(again)) == []


def test_a_lever_out_of_range_is_refused_and_nothing_is_lost():
    world = abm.RetirementModel(scenario(months=3))
    before = world.scenario
    with pytest.raises(abm.DoubleBindError, match=r"crypto_cap = 3\.0.*0 to 1"):
        world.change(crypto_cap=3.0)
    assert world.scenario is before
