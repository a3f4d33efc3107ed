"""Choice: levers obeyed, loops that cut what they say, exact settlement, rates against evidence and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.columns import RowSet
from abm.network import assemble
from abm.participants.choice import ChoiceParameters, endow, rule_of
from abm.participants.choice_kernels import attention, happens, notices, stir
from abm.participants.expected_utility import ExpectedUtilityParameters, merton_share
from abm.participants.inertia import panic_chance, wanted_share
from abm.scenario import Loops, Policy
from abm.streams import uniforms
from abm.vocabulary import Door, Exit, Menu
from tests.participants.naive_choice import NaiveChoice
from tests.toys import LOOPS, PRICE, Outlook, Paid, World, fill

P = ChoiceParameters()
EAGER = P.but(look_directed=30.0, look_managed=30.0, look_ira=30.0, owner=2.0, other=0.0, median_target=0.2)
"""Savers who look every month and mostly adopt, so that a small world exercises every branch."""
RULES = ("inertia_and_peers", "expected_utility")


@pytest.fixture
def world() -> World:
    """A world in which half of the employers offer a core option and some savers hold coins already."""
    made = World(3000)
    made.sponsors.menu[::2] = Menu.CORE
    people, third = made.people, np.arange(3000) % 3 == 0
    people.plan_crypto = np.where(third & (people.plan_core > 0), 0.02 * people.plan_core / PRICE, 0.0)
    people.ira_crypto = np.where(third & (people.ira_core > 0), 0.02 * people.ira_core / PRICE, 0.0)
    people.crypto_target = np.where(third, 0.02, 0.0)
    people.high_water = np.where(third, 1.2 * PRICE, 0.0)
    people.crypto_basis = (people.plan_crypto + people.ira_crypto) * PRICE
    return made


def decide(world, outlook=None, p=EAGER, loops=LOOPS, rule="inertia_and_peers", belief=0.1, neighbours=None, paid=None):
    """One month's choices."""
    circle = neighbours or world.network.neighbours
    chosen = rule_of(rule, p, loops, world.seed)
    return chosen.choose(
        world.people, paid or world.unpaid, world.doors, outlook or Outlook(), belief, circle, world.clock
    )


def same(a, b) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# Against evidence and closed forms -------------------------------------------------------------------------------


def test_nine_percent_a_year_look_at_their_plan_in_a_flat_market():
    world, looks, months = World(20_000), 0, 24
    savers = (world.people.plan_core > 0).sum()
    for month in range(months):
        world.clock.month = month
        looks += decide(world, p=P).looked.sum()
    rate = looks / savers / (months / 12)
    assert 0.085 < rate < 0.10  # published 9.3 %; the closed form is 0.0756 · (1 + 0.145 · 1.5) = 0.092


def test_attention_rises_with_news_and_the_ostrich_hides_from_falls():
    p = P.numbers()
    assert stir(0.0, p) == 1.0
    assert stir(3.0, p) == pytest.approx(math.e)
    assert stir(-1.0, p) == pytest.approx(1 - 0.095)
    assert stir(-3.0, p) == pytest.approx(math.e * (1 - 0.19))
    assert attention(0.15, False, True, 1.0, p) == pytest.approx(0.15 * 1.15 * 2.5)


def test_one_notices_as_his_own_frailty_says():
    luck = uniforms(np.uint64(9), np.arange(20_000), 0, 0)
    own = uniforms(np.uint64(9), np.arange(20_000), 0, 1)
    for hazard in (0.03, 2.0, 60.0):
        plain = luck < -np.expm1(np.log(own) * hazard / 12.0)
        assert [notices(u, hazard, v) for u, v in zip(luck, own, strict=True)] == plain.tolist()


@pytest.mark.parametrize("hazard", [0.0, 0.2, 3.0, 50.0])
def test_monthly_chance_is_exact(hazard):
    bar = 1 - math.exp(-hazard / 12)
    assert not happens(bar + 1e-12, hazard)
    assert hazard == 0.0 or happens(bar - 1e-12, hazard)


def test_worked_examples():
    p = P.numbers()
    assert wanted_share(38_176.0, 0.0, 0.0, p) == pytest.approx(0.025)
    assert wanted_share(38_176.0, 1.0, 0.5, p) == pytest.approx(0.025 * math.exp(1.5 + 0.4))
    assert wanted_share(38_176.0, 5.0, 1.5, p) == 0.5
    assert panic_chance(0.3, 0.35, 0.0, p) == 0.0
    assert panic_chance(0.7, 0.35, 0.02, p) == pytest.approx(0.02 * (math.exp(1.05) - 1) * 1.2)
    u = ExpectedUtilityParameters(learning=0.0).numbers()
    assert merton_share(0.0, 0.55, 0.0, 5.0, u) == pytest.approx(0.05 / (5 * 0.55**2))


def test_adopters_are_as_many_as_the_logit_says():
    """Window at −1.0, nobody near holds, no knowledge spread: logistic(−4.5 − 1.0 + …) of those who look."""
    world = World(20_000)
    world.people.outside[:] = 0
    world.people.trust_points[:] = 1e4 * P.trust_mean
    world.people.ira_core[:] = 0.0
    p = P.but(look_directed=400.0, look_managed=400.0, knowledge_pull=0.0, other=-1.0)
    made = decide(world, p=p, belief=0.0)
    door = world.doors.plan_door[world.people.employer] == Menu.WINDOW
    can = (world.people.employer >= 0) & door & (world.people.plan_core > 0) & made.looked
    expected = 1 / (1 + math.exp(1.0 + 1.0 + P.peer_pull * P.peer_mean))
    assert made.adopted.sum() == made.adopted[can].sum()
    assert made.adopted[can].mean() == pytest.approx(expected, abs=4 * math.sqrt(expected / can.sum()))


# Levers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_prohibition_sells_every_chosen_plan_coin_and_buys_none(world, rule):
    world.policy = Policy(rule="prohibit")
    made = decide(world, rule=rule)
    assert np.array_equal(made.sell_plan, world.people.plan_crypto)
    assert not made.buy_plan.any()
    assert made.buy_ira.any(), "IRAs are not the Department of Labor's"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("cap", [0.0, 0.03, 0.2])
def test_purchases_never_exceed_the_cap(world, rule, cap):
    world.policy = Policy(rule="safe_harbour", crypto_cap=cap)
    people = world.people
    paid = Paid(0.01 * people.plan_core, 0.01 * people.ira_core)
    made = decide(world, rule=rule, outlook=Outlook(expected_return=1.5), paid=paid)
    balance = people.plan_core + people.plan_crypto * PRICE
    buys = made.buy_plan > 0
    after = people.plan_crypto * PRICE + made.buy_plan
    limit = world.doors.plan_cap[people.employer] * balance
    assert (after[buys] <= limit[buys] * (1 + 1e-12)).all()
    assert buys.any() == (cap > 0.0)


@pytest.mark.parametrize("rule", RULES)
def test_closed_doors_stop_purchases(world, rule):
    world.policy = Policy(rule="safe_harbour", ira=False)
    made = decide(world, rule=rule)
    assert not made.buy_ira.any()
    assert made.buy_plan.any()
    world.policy = Policy(rule="safe_harbour", core_option=False, brokerage_window=False)
    made = decide(world, rule=rule)
    assert not made.buy_plan.any()
    assert made.buy_ira.any()


@pytest.mark.parametrize("rule", RULES)
def test_estates_and_cash_outs_sell(world, rule):
    people = world.people
    people.exit[:10], people.exit[10:20] = Exit.DEATH, Exit.CASH_OUT
    RowSet(people, np.arange(20)).write(plan_crypto=1.0, ira_crypto=1.0)
    made = decide(world, rule=rule, p=P)
    assert np.array_equal(made.sell_plan[:20], np.ones(20))
    assert np.array_equal(made.sell_ira[:10], np.ones(10))
    assert not made.buy_plan[:20].any()


def test_a_closed_core_option_sells_what_was_held_in_it(world):
    world.sponsors.closing[0] = 1
    mine = (world.people.employer == 0) & (world.people.plan_crypto > 0)
    made = decide(world, p=P)
    assert mine.any()
    assert np.array_equal(made.sell_plan[mine], world.people.plan_crypto[mine])


# Loops -----------------------------------------------------------------------------------------------------------


def test_returns_loop(world):
    boom = Outlook(expected_return=1.0)
    assert not same(decide(world, boom), decide(world))
    assert same(decide(world, boom, loops=Loops(returns=False)), decide(world, loops=Loops(returns=False)))


def test_peers_loop(world):
    alone = assemble(len(world.people), np.zeros((0, 2), np.int32))
    cut = Loops(peers=False)
    assert not same(decide(world, neighbours=alone), decide(world))
    assert same(decide(world, neighbours=alone, loops=cut), decide(world, loops=cut))
    assert same(decide(world, neighbours=alone), decide(world, loops=cut)), "no contacts count as average contacts"


@pytest.mark.parametrize("rule", RULES)
def test_believing_in_a_rescue_moves_choices(world, rule):
    assert not same(decide(world, belief=0.9, rule=rule), decide(world, belief=0.1, rule=rule))


def test_prudence_loop(world):
    wild, cut = Outlook(volatility=1.1), Loops(prudence=False)
    assert not same(decide(world, wild), decide(world))
    assert same(decide(world, wild, loops=cut), decide(world, loops=cut))


def test_panic_spreads_only_with_peers(world):
    def sellers(loops):
        rule = rule_of("inertia_and_peers", P, loops, 1)
        rule.panic_share = 0.5
        low = Outlook(price=0.5 * PRICE)
        return rule.choose(
            world.people, world.unpaid, world.doors, low, 0.1, world.network.neighbours, world.clock
        ).panicked.sum()

    assert sellers(LOOPS) > 2 * sellers(Loops(peers=False)) > 0


# Settlement ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_settlement_is_exact_and_nothing_turns_negative(world, rule):
    people, chooser = world.people, rule_of(rule, EAGER, LOOPS, 1)
    for month in range(36):
        world.clock.month = month
        world.policy = Policy(rule="prohibit" if month == 20 else "safe_harbour", crypto_cap=0.3)
        price = PRICE * (0.7 if month % 7 == 3 else 1.1)
        outlook = Outlook(price=price, expected_return=-0.5 if month % 5 == 0 else 0.3, month_return=-0.2)
        paid = Paid(0.002 * people.plan_core, 0.001 * people.ira_core)
        made = chooser.choose(people, paid, world.doors, outlook, 0.1, world.network.neighbours, world.clock)
        trades = fill(world, made, price)
        coins = np.dot(people.weight, people.plan_crypto + people.ira_crypto)
        usd = np.dot(people.weight, people.plan_core + people.ira_core)
        chooser.settle(people, world.doors, made, trades)
        coins_after = np.dot(people.weight, people.plan_crypto + people.ira_crypto)
        usd_after = np.dot(people.weight, people.plan_core + people.ira_core)
        assert coins_after == pytest.approx(coins + trades.bought.sum() - trades.sold.sum(), rel=1e-12)
        assert usd_after == pytest.approx(usd + trades.received.sum() - trades.spent.sum(), rel=1e-12)
        for column in ("plan_core", "ira_core", "plan_crypto", "ira_crypto", "crypto_basis", "crypto_target"):
            assert (getattr(people, column) >= 0.0).all(), column
        if month == 20:
            assert not people.plan_crypto.any()
        holds = people.plan_crypto + people.ira_crypto > 0.0
        assert (people.crypto_target[~holds] == 0.0).all()


def test_orders_are_booked_at_their_doors(world):
    people, made = world.people, decide(world)
    usd, coins = made.usd_by_door(people, world.doors), made.coins_by_door(people, world.doors)
    core = (people.employer >= 0) & (world.doors.plan_door[people.employer] == Menu.CORE)
    assert usd[Door.CORE] == pytest.approx(np.dot(people.weight[core], made.buy_plan[core]), rel=1e-12)
    assert usd[Door.IRA] == pytest.approx(np.dot(people.weight, made.buy_ira), rel=1e-12)
    assert usd[Door.SLEEVE] == coins[Door.SLEEVE] == 0.0
    assert usd.sum() == pytest.approx(np.dot(people.weight, made.buy_plan + made.buy_ira), rel=1e-12)


@pytest.mark.parametrize("waiting", [6.0, 120.0])
def test_panic_sellers_wait_and_a_third_never_return(waiting):
    world = World(20_000)
    people = world.people
    people.ira_core[:] = 1000.0
    people.ira_crypto = 0.01
    people.high_water = PRICE
    chooser = rule_of("inertia_and_peers", P.but(panic_scale=0.5, waiting=waiting), LOOPS, 1)
    low = Outlook(price=0.2 * PRICE, drawdown=0.8)
    made = chooser.choose(people, world.unpaid, world.doors, low, 0.1, world.network.neighbours, world.clock)
    chooser.settle(people, world.doors, made, fill(world, made, low.price))
    waits = people.sidelined[made.panicked]
    assert (waits == -1).mean() == pytest.approx(0.31, abs=0.02)
    assert waits[waits != -1].mean() == pytest.approx(waiting + 0.5, rel=0.04)  # exponential, in whole months
    assert chooser.panic_share == pytest.approx(made.panicked.mean(), rel=1e-9)
    again = rule_of("inertia_and_peers", EAGER, LOOPS, 1)
    for month in range(1, 4):
        world.clock.month = month
        made = again.choose(people, world.unpaid, world.doors, Outlook(), 0.1, world.network.neighbours, world.clock)
        assert made.adopted.any()
        assert not made.adopted[made.sidelined != 0].any()
        assert (made.sidelined[people.sidelined > 0] == people.sidelined[people.sidelined > 0] - 1).all()
        people.sidelined = made.sidelined
        people.ira_crypto = 0.0


# The slow twin ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [P, EAGER, EAGER.but(leaving=0.1, panic_scale=0.2)])
@pytest.mark.parametrize("mood", [0.5, -0.5])
def test_the_kernel_agrees_with_its_slow_twin(world, p, mood):
    people = world.people
    people.exit[:40] = np.arange(40) % 4
    RowSet(people, np.arange(40, 60)).sidelined = np.arange(20) % 3 - 1
    world.sponsors.closing[2] = 1
    paid = Paid(0.01 * people.plan_core, 0.004 * people.ira_core)
    outlook = Outlook(expected_return=mood, drawdown=0.4, month_return=0.5 * mood, volatility=0.7, price=0.6 * PRICE)
    world.clock.month = 7
    fast = decide(world, outlook, p=p, belief=0.4, paid=paid)
    slow = NaiveChoice(people, paid, world.doors, outlook, 0.4, world.network.neighbours, 7, p, world.seed)
    for row in range(0, 3000, 2):
        for name, value in slow.decide(row).items():
            assert getattr(fast, name)[row] == pytest.approx(value, rel=1e-9), (row, name)
    assert fast.buy_plan.any()
    assert fast.sell_plan.any()
    assert fast.panicked.any()


# Luck ------------------------------------------------------------------------------------------------------------


def test_one_saver_more_changes_nobody_else():
    few, more = World(2000), World(2001)
    cut = Loops(peers=False)
    a, b = decide(few, loops=cut), decide(more, loops=cut)
    assert all(np.array_equal(x, y[:2000]) for x, y in zip(a, b, strict=True))


def test_choosing_changes_no_column(world):
    before = {
        name: getattr(world.people, name).copy() for name in ("plan_core", "outside", "sidelined", "crypto_target")
    }
    decide(world)
    assert all(np.array_equal(getattr(world.people, name), kept) for name, kept in before.items())


# The start -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("savers", [1, 10, 20_000])
def test_endowment(savers):
    world = World(savers)
    people = world.people
    assets = float(np.dot(people.weight, people.ira_core))
    owns = people.outside == 1
    endow(people, PRICE, P, 1)
    crypto = float(np.dot(people.weight, people.ira_crypto)) * PRICE
    assert not people.ira_crypto[~owns].any()
    assert (people.ira_core >= 0).all()
    assert float(np.dot(people.weight, people.ira_core)) + crypto == pytest.approx(assets, rel=1e-12)
    if savers == 20_000:
        assert crypto == pytest.approx(P.start_share * assets, rel=1e-9)
        assert (people.high_water[people.ira_crypto > 0] == PRICE).all()
