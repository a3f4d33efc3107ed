"""Sponsors: how they are founded, how fast they open doors, what law, falls and suits do."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from abm.asset_managers.sleeves import SleeveParameters, found_managers
from abm.columns import ColumnModel
from abm.data import table
from abm.diffusion import Speed, bass_hazard, chance, harbour, speed_of
from abm.employers.menu import Menus, SponsorParameters, doors, found_employers
from abm.network import assemble
from abm.scenario import Loops, Policy, Scenario
from abm.vocabulary import Menu, Plan
from tests.toys import LOOPS, Outlook, World

P = SponsorParameters()
SAFE = Policy(rule="safe_harbour", instrument="rule")


def founded(employers: int, seed: int = 1):
    model = ColumnModel(Scenario())
    managers = found_managers(model, 12, SleeveParameters(), seed)
    return managers, found_employers(model, 100 * employers, managers, P, seed)


def run(months, policy=SAFE, outlook=None, loops=LOOPS, p=P, employers=4000, demand=None, prepare=None):
    """Sponsors after some months, and the share that offers a core option in each."""
    managers, sponsors = founded(employers)
    if prepare:
        prepare(managers, sponsors)
    network = SimpleNamespace(sponsor_peers=assemble(employers, np.zeros((0, 2), np.int32)))
    heard = np.full(employers, P.reference_demand) if demand is None else demand
    rule, path = Menus(p, loops, 1), []
    for month in range(months):
        clock = SimpleNamespace(month=month)
        rule.review(sponsors, managers, heard, policy, outlook or Outlook(), network, clock)
        path.append((sponsors.menu == Menu.CORE).mean())
    return managers, sponsors, np.array(path), rule


# Founding --------------------------------------------------------------------------------------------------------


def test_traits_hold_their_shares_of_workers():
    managers, sponsors = founded(2000)
    size = sponsors.size
    assert size.sum() == pytest.approx(1.0)
    assert size[0] / size[1] == pytest.approx(2.0)
    clients = np.bincount(sponsors.manager, weights=size, minlength=12)
    assert np.abs(clients - managers.market_share).max() < 0.06  # the largest employer alone has 12 % of jobs
    formulas = table("match_formulas")
    assert np.abs(np.bincount(sponsors.match, weights=size) - formulas["share"]).max() < 0.1
    for share, have in ((P.share_403b, sponsors.plan == Plan.B403), (P.window_access, sponsors.window == 1)):
        assert size[have].sum() == pytest.approx(share, abs=0.05)
    assert size[sponsors.auto_enrolment == 1].sum() == pytest.approx(P.auto_enrolment, abs=0.05)
    assert sponsors.prudence.mean() == pytest.approx(1.0, abs=0.03)
    assert np.unique(sponsors.crypto_cap) == pytest.approx([0.05, 0.1, 0.2])


def test_one_employer_more_changes_no_trait_of_the_others():
    _, few = founded(300)
    _, more = founded(301)
    for name in ("industry", "manager", "match", "plan", "auto_enrolment", "window", "crypto_cap", "prudence"):
        assert np.array_equal(getattr(few, name), getattr(more, name)[:300]), name


def test_a_world_of_one_saver_has_one_employer():
    managers = found_managers(ColumnModel(Scenario()), 1, SleeveParameters(), 1)
    sponsors = found_employers(ColumnModel(Scenario()), 1, managers, P, 1)
    assert len(sponsors) == 1
    assert sponsors.size[0] == 1.0


# Diffusion -------------------------------------------------------------------------------------------------------


def bass(speed: Speed, years: np.ndarray) -> np.ndarray:
    """Closed form of Bass (1969): m (1 − e^(−(p+q)t)) / (1 + (q/p) e^(−(p+q)t))."""
    p, q, m = speed
    fade = np.exp(-(p + q) * years)
    return m * (1 - fade) / (1 + q / p * fade)


@pytest.mark.parametrize("name", ["slow", "middle", "fast"])
def test_core_options_spread_along_the_bass_curve(name):
    employers, months = 4000, 180
    _, _, path, _ = run(months, SAFE.but(adoption_speed=name), employers=employers)
    expected = bass(speed_of(P, name), np.arange(1, months + 1) / 12)
    error = np.sqrt(expected * (1 - expected) / employers)
    # Imitation works with a month's delay, which holds the fast curve back by about a point while it is steep.
    assert (np.abs(path - expected) < 4 * error + 0.012).all()


def test_hazard_and_law():
    assert bass_hazard(Speed(0.1, 0.4, 0.5), 0.25) == pytest.approx(0.1 + 0.4 * 0.5)
    assert bass_hazard(Speed(0.1, 0.4, 0.5), 0.9) == pytest.approx(0.5), "beyond the ceiling imitation is full"
    assert chance(12.0) == pytest.approx(1 - np.exp(-1))
    law = [harbour(Policy(rule=rule, instrument="rule"), P.harbour) for rule in ("prohibit", "discourage", "permit")]
    assert law == [0.0, 0.1, 0.5]
    assert harbour(SAFE, P.harbour) == 1.0
    assert (
        harbour(SAFE.but(instrument="guidance"), P.harbour) < 1.0 < harbour(SAFE.but(instrument="statute"), P.harbour)
    )


def test_friendlier_law_opens_more_doors():
    share = [run(60, Policy(rule=rule, instrument="rule"), employers=1000)[2][-1] for rule in
             ("prohibit", "discourage", "permit", "safe_harbour", "promote")]  # fmt: skip
    assert share[0] == 0.0
    assert all(a < b for a, b in pairwise(share))


def test_levers():
    assert run(60, SAFE.but(core_option=False), employers=500)[2][-1] == 0.0
    _, sponsors, _, _ = run(240, SAFE.but(brokerage_window=False), employers=500)
    assert sponsors.window.sum() == founded(500)[1].window.sum()


def test_loops_cut_what_they_name():
    wild = Outlook(volatility=1.2, drawdown=0.5)
    cut = Loops(prudence=False)
    assert run(60, outlook=wild)[2][-1] < 0.6 * run(60)[2][-1]
    assert np.array_equal(run(60, outlook=wild, loops=cut)[2], run(60, loops=cut)[2])
    eager = np.full(4000, 0.5)
    alone = Loops(peers=False)
    assert run(60, demand=eager)[2][-1] > run(60)[2][-1]
    assert np.array_equal(run(60, demand=eager, loops=alone)[2], run(60, loops=alone)[2])
    fast = SAFE.but(adoption_speed="fast")
    assert run(60, fast, loops=alone)[2][-1] < run(60, fast)[2][-1]


def test_sponsors_imitate_their_peers():
    """A sponsor all of whose peers offer a door is likelier to open one than a sponsor none of whose peers does."""
    n = 2000
    managers, sponsors = founded(n)
    sponsors.menu[: n // 2] = Menu.CORE
    here = np.arange(n // 2, 3 * n // 4)
    links = np.column_stack([here - n // 2, here]).astype(np.int32)
    rule = Menus(P.but(peer_weight=1.0), LOOPS, 1)
    network = SimpleNamespace(sponsor_peers=assemble(n, links))
    for month in range(12):
        rule.review(
            sponsors, managers, np.full(n, 0.145), SAFE.but(adoption_speed="fast"), Outlook(), network,
            SimpleNamespace(month=month),
        )  # fmt: skip
    offers = sponsors.menu == Menu.CORE
    assert offers[here].mean() > 1.1 * offers[3 * n // 4 :].mean()


# Closing ---------------------------------------------------------------------------------------------------------


def open_all(managers, sponsors):
    sponsors.menu[:] = Menu.CORE
    sponsors.accepts_sleeve[:] = 1
    managers.moved[:] = 1


def test_removal_after_falls_and_suits_at_the_stated_rates():
    deep = Outlook(drawdown=0.8)
    n, still = 4000, SAFE.but(core_option=False, target_date_sleeve=False)
    _, sponsors, _, rule = run(1, still, deep, employers=n, prepare=open_all)
    closed = (sponsors.menu != Menu.CORE).mean()
    expected = (0.07 * 0.4 / 0.4 + (P.suit_base + 0.02 * 0.5) * 0.5) / 12
    assert closed == pytest.approx(expected, abs=4 * np.sqrt(expected / n))
    assert (sponsors.closing == (sponsors.menu != Menu.CORE)).all()
    assert (sponsors.accepts_sleeve == 0).sum() == sponsors.closing.sum()
    assert {event.kind for event in rule.events} >= {"menu"}
    _, calm, _, _ = run(1, still, Outlook(), employers=n, prepare=open_all)
    assert (calm.menu == Menu.CORE).mean() > 0.999


def test_a_safe_harbour_keeps_suits_away():
    deep, p = Outlook(drawdown=0.9), P.but(suit_after_falls=1.0, removal=0.0)
    suits = [run(1, policy, deep, p=p, prepare=open_all)[1].suits.sum() for policy in (Policy(), SAFE)]
    assert suits[1] == pytest.approx(0.5 * suits[0], rel=0.3)


def test_prohibition_closes_the_core_menu_at_once():
    _, sponsors, path, _ = run(1, Policy(rule="prohibit"), prepare=open_all)
    assert path[-1] == 0.0
    assert sponsors.closing.all()


def test_sponsors_stay_in_a_closed_fund_until_it_has_redeemed_what_it_holds():
    def hold(managers, sponsors):
        sponsors.alternatives[:] = 1
        managers.real_estate_usd[3] = 1.0

    _, sponsors, *_ = run(1, prepare=hold)
    assert np.array_equal(sponsors.alternatives == 1, sponsors.manager == 3)
    _, sponsors, *_ = run(1, SAFE.but(commodities=True), prepare=hold)
    assert sponsors.alternatives.all(), "another class is still open"


# Doors -----------------------------------------------------------------------------------------------------------


def test_doors_obey_the_law():
    world = World(4000)
    world.sponsors.menu[::2] = Menu.CORE
    core = world.sponsors.menu == Menu.CORE
    window = world.sponsors.window == 1

    def seen(**levers):
        return doors(world.sponsors, world.managers, SAFE.but(**levers))

    assert np.array_equal(seen().plan_door == Menu.CORE, core)
    assert np.array_equal(seen(core_option=False).plan_door == Menu.WINDOW, window)
    assert not seen(core_option=False, brokerage_window=False).plan_door.any()
    assert not seen(rule="prohibit").plan_door.any()
    assert seen(rule="prohibit").forced_exit
    assert not seen().forced_exit
    assert not seen(ira=False).ira_open
    assert (seen(crypto_cap=0.02).plan_cap <= 0.02).all()
    assert (seen(crypto_cap=1.0).plan_cap[core] == world.sponsors.crypto_cap[core]).all()


def test_sleeves_reach_only_those_who_accept():
    world = World(4000)
    managers, sponsors = world.managers, world.sponsors
    managers.moved[:], managers.sleeve_target[:] = 1, 0.01
    sponsors.accepts_sleeve[1::2] = 1
    got = doors(sponsors, managers, SAFE)
    assert (got.sleeve_weight[1::2] == 0.01).all()
    assert not got.sleeve_weight[::2].any()
    for closed in (SAFE.but(target_date_sleeve=False), Policy(rule="prohibit")):
        assert not doors(sponsors, managers, closed).sleeve_weight.any()
    fund = got.fund_of(world.people)
    inside = (world.people.managed == 1) & (world.people.employer >= 0) & (world.people.employer % 2 == 1)
    assert np.array_equal(fund >= 0, inside)


def test_clients_of_an_existing_series_get_its_sleeve_and_may_leave_for_good():
    def inside(managers, sponsors):
        managers.moved[0] = managers.inside[0] = 1
        sponsors.declined[(sponsors.manager == 0) & (np.arange(4000) % 2 == 0)] = 1

    _, sponsors, _, _ = run(1, prepare=inside)
    mine = sponsors.manager == 0
    even = np.arange(4000) % 2 == 0
    assert sponsors.accepts_sleeve[mine & ~even].all()
    assert sponsors.accepts_sleeve[mine & even].mean() < 0.05
    assert not sponsors.accepts_sleeve[~mine].any()
