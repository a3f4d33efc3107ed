"""Providers: market shares, risk budgets, lumpy adoption, claims that add up, and sleeves that end."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from abm.asset_managers.sleeves import SleeveParameters, Sleeves, market_shares, outside_band, risk_budget
from abm.scenario import Loops, Policy
from abm.vocabulary import ALTERNATIVES
from tests.toys import LOOPS, PRICE, Outlook, World

P = SleeveParameters()
SAFE = Policy(rule="safe_harbour", instrument="rule", adoption_speed="fast")


def run(world, months, policy=SAFE, outlook=None, loops=LOOPS, p=P, start=0):
    rule = Sleeves(p, loops, world.seed)
    for month in range(start, start + months):
        world.clock.month = month
        rule.set_targets(world.managers, policy, outlook or Outlook(), world.network, world.clock)
    return rule


@pytest.fixture
def world() -> World:
    """A world in which every employer keeps its provider's sleeve."""
    made = World(4000)
    made.sponsors.accepts_sleeve[:] = 1
    return made


def test_five_of_twelve_hold_79_percent():
    shares = market_shares(12, P.concentration)
    assert shares[:5].sum() == pytest.approx(0.79, abs=5e-4)
    assert shares.sum() == pytest.approx(1.0)
    assert market_shares(1, P.concentration).tolist() == [1.0]


def test_risk_budget_falls_with_volatility_and_never_exceeds_the_cap():
    assert risk_budget(0.55, 0.0, 0.05, P) == pytest.approx(0.01)
    assert risk_budget(1.10, 0.0, 0.05, P) == pytest.approx(0.005)
    assert risk_budget(0.55, 0.5, 0.05, P) == pytest.approx(0.0105)
    assert risk_budget(0.01, 1.5, 0.05, P) == 0.05
    assert risk_budget(0.55, 0.0, 0.0, P) == 0.0


def test_adoption_follows_the_bass_hazard():
    """Averaged over worlds: the share of providers that moved within five years, against the closed form."""
    moved = []
    for seed in range(300):
        world = SimpleNamespace(seed=seed, clock=SimpleNamespace(month=0), managers=founded())
        world.network = SimpleNamespace(manager_peers=NO_PEERS)
        run(world, 60)
        moved.append(world.managers.moved.mean())
    p, q, m = P.fast_innovation, P.fast_imitation, P.fast_ceiling
    fade = np.exp(-(p + q) * 5)
    # Twelve firms are few: the mean of a stochastic Bass process lies a little below the deterministic curve.
    assert np.mean(moved) == pytest.approx(m * (1 - fade) / (1 + q / p * fade), abs=0.04)


def founded():
    made = SimpleNamespace(**{name: np.zeros(12) for name in ("moved", "inside", "sleeve_target", "performance")})
    made.market_share, made.coins = market_shares(12, P.concentration), np.zeros(12)
    made.moved_month = np.full(12, -1)
    for name in ALTERNATIVES:
        setattr(made, f"{name}_month", np.full(12, -1))
        setattr(made, f"{name}_share", np.zeros(12))
    return _Sized(made)


class _Sized:
    def __init__(self, inner):
        self.__dict__.update(vars(inner))

    def __len__(self):
        return 12


class _Alone:
    @staticmethod
    def mean(values, otherwise):
        return otherwise


NO_PEERS = _Alone()


def test_a_sleeve_is_built_over_two_years(world):
    world.managers.moved[0], world.managers.moved_month[0] = 1, 0
    still, alone = P.but(fast_innovation=0.0), Loops(peers=False)
    targets = []
    for month in range(30):
        run(world, 1, p=still, loops=alone, start=month)
        targets.append(world.managers.sleeve_target[0])
    assert targets[0] == pytest.approx(0.01 / 24)
    assert targets[11] == pytest.approx(0.005)
    assert targets[23:] == pytest.approx([0.01] * 7)
    assert not world.managers.sleeve_target[1:].any()


def test_targets_herd_only_with_peers(world):
    managers = world.managers
    managers.moved[:], managers.moved_month[:] = 1, -100
    managers.moved_month[:] = 0
    run(world, 1, start=100)
    managers.sleeve_target[6:] = 0.05
    peers = world.network.manager_peers
    expected = 0.95 * 0.01 + 0.05 * peers.mean(managers.sleeve_target, 0.01)
    run(world, 1, start=101)
    assert managers.sleeve_target == pytest.approx(expected)
    run(world, 1, loops=Loops(peers=False), start=102)
    assert managers.sleeve_target == pytest.approx(np.full(12, 0.01))


@pytest.mark.parametrize("cap", [0.0, 0.004, 0.05])
def test_no_target_exceeds_the_cap(world, cap):
    world.managers.moved[:], world.managers.moved_month[:] = 1, 0
    world.managers.sleeve_target[:] = 0.05
    run(world, 40, SAFE.but(sleeve_cap=cap), Outlook(volatility=0.1, expected_return=1.5))
    assert world.managers.sleeve_target.max() == pytest.approx(cap)


def test_loops_and_levers(world):
    managers = world.managers
    managers.moved[:], managers.moved_month[:] = 1, 0
    run(world, 30, outlook=Outlook(volatility=1.1, expected_return=1.0))
    assert managers.sleeve_target[0] == pytest.approx(0.0055)
    run(world, 1, outlook=Outlook(volatility=1.1), loops=Loops(prudence=False, peers=False), start=30)
    assert managers.sleeve_target[0] == pytest.approx(0.01)
    run(world, 1, outlook=Outlook(expected_return=1.0), loops=Loops(returns=False, peers=False), start=31)
    assert managers.sleeve_target[0] == pytest.approx(0.01)
    for closed in (SAFE.but(target_date_sleeve=False), Policy(rule="prohibit")):
        managers.moved[:], managers.moved_month[:] = 1, 0
        rule = run(world, 1, closed, start=32)
        assert not managers.sleeve_target.any()
        assert not managers.moved.any()
        assert len(rule.events) == 12


def test_claims_add_up(world):
    managers, people = world.managers, world.people
    managers.coins[:] = np.arange(12) * 100.0
    managers.moved[:], managers.moved_month[:] = 1, 0
    rule = run(world, 1, start=30)
    funds = rule.quote(managers, people, world.doors, SAFE)
    inside = (people.managed == 1) & (people.employer >= 0)
    claims = float(np.dot(people.weight[inside], people.plan_core[inside]))
    assert float((funds.other_assets + managers.coins * PRICE).sum()) == pytest.approx(claims, rel=1e-12)
    assert (funds.weight == managers.sleeve_target).all()


def test_funds_trade_only_outside_the_band(world):
    managers, people = world.managers, world.people
    managers.moved[:], managers.moved_month[:] = 1, 0
    rule = run(world, 1, start=30)
    fund = world.doors.fund_of(people)
    claims = np.bincount(fund[fund >= 0], (people.weight * people.plan_core)[fund >= 0], 12)
    held = managers.sleeve_target * np.where(np.arange(12) % 2 == 0, 1.2, 1.3)
    managers.coins[:] = claims * held / PRICE
    funds = rule.quote(managers, people, world.doors, SAFE)
    assert np.array_equal(funds.active, (np.arange(12) % 2 == 1) & (claims > 0))
    assert outside_band(np.array([0.74, 0.76]), np.ones(2), 0.25).tolist() == [True, False]


def test_a_fund_that_must_end_sells_and_clients_leave_after_the_last_coin(world):
    from abm.employers.menu import Menus, SponsorParameters

    managers, banned = world.managers, Policy(rule="prohibit")
    managers.coins[:] = 50.0
    rule = run(world, 1, banned)
    funds = rule.quote(managers, world.people, world.doors, banned)
    assert funds.active.all()
    assert not funds.weight.any()
    review = Menus(SponsorParameters(), LOOPS, 1)
    demand = np.full(len(world.sponsors), 0.145)
    review.review(world.sponsors, managers, demand, banned, Outlook(), world.network, world.clock)
    assert world.sponsors.accepts_sleeve.all()
    rule.settle(managers, SimpleNamespace(fund_coins=np.full(12, -50.0)))
    assert not managers.coins.any()
    review.review(world.sponsors, managers, demand, banned, Outlook(), world.network, world.clock)
    assert not world.sponsors.accepts_sleeve.any()


def test_without_sleeves_nothing_trades(world):
    rule = run(world, 1, SAFE.but(sleeve_cap=0.0))
    funds = rule.quote(world.managers, world.people, world.doors, SAFE)
    assert not funds.active.any()
    assert not funds.weight.any()


def test_alternatives_need_a_lever_and_ignore_the_crypto_rule(world):
    banned = Policy(rule="prohibit", adoption_speed="fast", real_estate=True, alternatives_target=0.12)
    run(world, 240, banned)
    managers = world.managers
    assert (managers.real_estate_month >= 0).sum() >= 9
    assert managers.real_estate_share.max() == pytest.approx(0.12)
    assert (managers.alternatives("month")[:, [0, 2]] == -1).all()
    assert not managers.moved.any()
    run(world, 240, banned.but(commodities=True), start=240)
    assert managers.commodities_share.max() == managers.real_estate_share.max() == pytest.approx(0.06)
    run(world, 1, SAFE, start=480)
    assert not managers.alternatives("share").any()
