"""Rescues against the thirty episodes, closed forms, and the promises made to each saver."""

from __future__ import annotations

import numpy as np
import pytest
from government_toys import Land, market, stakes
from hypothesis import given
from hypothesis import strategies as st

from abm.data import table
from abm.government.agent import GovernmentParameters
from abm.government.claims import Claims, carry, guaranteed
from abm.government.rescue import (
    RescueParameters,
    Rescues,
    compensation_chance,
    contagion,
    election_factor,
    promise,
    score,
    spread,
    standing_bid,
    window_chance,
)
from abm.scenario import Policy
from abm.vocabulary import Instrument, Rule

P = RescueParameters()
HELD = Policy(rule="safe_harbour", instrument="rule", rule_held=True)


def episode_chances() -> dict[str, float]:
    """Probability that each coded episode is answered, through either channel."""
    rows, chances = table("rescue_episodes"), {}
    for name, c, e, o in zip(rows["episode"], rows["contagion"], rows["promise"], rows["organisation"], strict=True):
        z = score(c, e, o, 0.0, P)
        # Severe losses and no cost on the budget: the codes say nothing of either.
        chances[str(name)] = 1.0 - (1.0 - window_chance(z, c, P)) * (1.0 - compensation_chance(z, 0.0, 1e9, P))
    return chances


def test_twenty_seven_of_thirty_episodes_are_right():
    rows, chances = table("rescue_episodes"), episode_chances()
    wrong = {name for name, done in zip(rows["episode"], rows["rescued"], strict=True) if (chances[name] > 0.5) != done}
    assert len(chances) == 30
    assert wrong == {"Auction-rate securities 2008", "London Capital & Finance", "Albanian pyramids 1997"}
    assert chances["SVB/Signature uninsured"] == pytest.approx(0.91, abs=0.01)
    assert chances["Multiemployer pensions"] == pytest.approx(0.88, abs=0.01)
    assert chances["Terra/Luna"] == pytest.approx(0.07, abs=0.01)
    assert chances["FTX"] == pytest.approx(0.10, abs=0.03)


def test_contagion_and_promise():
    assert contagion(0.0, P) == 0.0
    assert contagion(1.0 / 0.08, P) == pytest.approx(1.0 - np.exp(-1.0))
    levels = [promise(rule, Instrument.GUIDANCE, P) for rule in Rule]
    assert levels == [0.05, 0.20, 0.35, 0.50, 0.50]
    assert promise(Rule.PERMIT, Instrument.RULE, P) == 0.50
    assert promise(Rule.PERMIT, Instrument.STATUTE, P) == 0.70
    assert promise(Rule.PROHIBIT, Instrument.STATUTE, P) == 0.05


def test_a_chance_is_spread_over_its_months():
    assert 1.0 - (1.0 - spread(0.3, 48.0)) ** 48 == pytest.approx(0.3)
    assert spread(0.0, 3.0) == 0.0
    assert election_factor(0, P) == pytest.approx(np.exp(0.6 * 0.65))
    assert election_factor(12, P) < election_factor(6, P) < election_factor(0, P)


def test_belief_learns_and_forgets():
    def after(*falls, loss=1.0, outcome=None):
        rescues = Rescues(P.but(forgetting=0.0), 1)
        for fall in falls:
            rescues.watch(fall, 100.0 * (1.0 - fall), loss)
            if outcome and rescues.age == 4:
                setattr(rescues, outcome, True)
                rescues.belief_for += 1.0
        return rescues

    assert after().belief == 0.25
    crash = (0.5,) + (0.0,) * 53
    assert after(*crash).belief == pytest.approx(1 / 5)
    assert after(*crash, outcome="compensated").belief == pytest.approx(2 / 5)
    assert after(*crash, loss=0.0).belief == 0.25
    # A fall that goes on is one crash; one that is made good and comes again is two.
    assert after(*(0.5,) * 40).belief_against == 3.0
    assert after(0.5, 0.5, 0.1, 0.1, 0.1, 0.5).belief_against == 4.0
    # A fall of two months is one crash; another third lost later on is a second one.
    assert after(0.4, 0.7, *(0.7,) * 30).belief_against == 3.0
    assert after(0.4, 0.4, 0.4, 0.4, 0.7).belief_against == 4.0
    fading = Rescues(P, 1)
    fading.belief_for = 2.0
    fading.watch(0.0, 100.0, 0.0)
    assert fading.belief_for == pytest.approx(1.0 + 0.995)


def test_rescues_come_by_two_channels_as_often_as_they_should():
    draws, windows, grants, months = 120, 0, 0, []
    for seed in range(draws):
        land = Land(400, seed=seed)
        land.crash(56, HELD, holders=1.0, share=0.5)
        texts = [(label, event.text) for label, event in land.events if event.kind == "rescue"]
        windows += any("window" in text for _, text in texts)
        grants += any("compensates" in text for _, text in texts)
        months += [land.clock.index_of(label) for label, text in texts if "compensates" in text]
        assert all(land.clock.index_of(label) < 3 for label, text in texts if "window" in text)
    assert 0.2 < windows / draws < 0.9
    assert 0.05 < grants / draws < 0.8
    assert min(months) >= 4
    assert max(months) < 4 + 48


def test_the_doctrine_never_means_never():
    never = HELD.but(rescue="never")
    for seed in range(20):
        land = Land(400, seed=seed)
        acts = land.crash(56, never, holders=1.0, share=0.9)
        assert not [event for _, event in land.events if event.kind == "rescue"]
        assert sum(act.compensation.sum() + act.window + act.tax_relief for act in acts) == 0.0


def test_compensation_pays_its_promise_within_cover_and_cap():
    p = GovernmentParameters.read({"rescue": {"intercept": -3.1, "severity_scale": 0.03, "span": 24.0}}, "test")
    paid = 0
    for seed in range(12):
        land = Land(400, seed=seed, p=p)
        acts = land.crash(120, HELD.but(guarantee_cap=9000.0), holders=1.0, share=0.9)
        got = sum(act.compensation for act in acts)
        active = [month for month, act in enumerate(acts) if act.compensation.sum() > 0.0]
        if not active:
            continue
        paid += 1
        hit = stakes(400, 1.0, 0.9, 0.75)
        at_grant = hit.loss * 2.0 ** (-active[0] / 24.0)
        assert len(active) == 48
        assert active[-1] - active[0] == 47
        assert got == pytest.approx(np.minimum(0.5 * at_grant, 9000.0))
        assert land.government.claims.due.sum() == 0.0
    assert paid >= 6


def test_claims_lapse_with_their_account_and_follow_their_seat():
    claims, seat = Claims(), np.arange(4)
    claims.follow(seat, np.ones(4), 18.0)
    claims.grant(np.array([48.0, 96.0, 0.0, 480.0]), np.array([96.0, 96.0, 0.0, 960.0]), 48, 0.9)
    assert claims.gratitude == pytest.approx([0.45, 0.9, 0.0, 0.45])
    assert claims.pay() == pytest.approx([1.0, 2.0, 0.0, 10.0])
    claims.follow(np.array([3, 9, 0]), np.array([1.0, 1.0, 0.0]), 18.0)
    assert claims.pay() == pytest.approx([10.0, 0.0, 0.0])
    for _ in range(17):
        claims.follow(np.array([3, 9, 0]), np.ones(3), 18.0)
    assert claims.gratitude[0] == pytest.approx(0.225)


@given(st.permutations(list(range(8))), st.integers(0, 8))
def test_values_follow_their_seats(order, kept):
    seats, values = np.array(order), np.arange(8) * 1.5
    asked = np.array([*order[:kept], 100, 101])
    assert carry(values, seats, asked)[:kept].tolist() == values[:kept].tolist()
    assert carry(values, seats, asked)[kept:].tolist() == [0.0, 0.0]
    assert carry(np.empty(0), np.empty(0, dtype=np.int64), asked).tolist() == [0.0] * asked.size


@given(st.floats(0.0, 1e8), st.floats(0.0, 1e8), st.floats(0.0, 1.0), st.floats(0.0, 1e6))
def test_a_guarantee_keeps_to_cover_and_cap_and_pays_once(loss, promised, cover, cap):
    added = guaranteed(np.array([loss]), np.array([promised]), cover, cap)[0]
    assert 0.0 <= added <= min(cap, cover * loss)
    assert added == 0.0 or added + promised == pytest.approx(min(cap, cover * loss))


def test_the_standing_bid_stands_below_its_floor_within_its_budget():
    policy = Policy(rescue="standing_bid", bid_discount=0.3, bid_budget=25.0)
    bid = standing_bid(policy, market(fall=0.5, price=50_000.0), 10e9, P)
    assert np.exp(bid.log_floor) == pytest.approx(70_000.0)
    assert bid.budget == 15e9
    assert standing_bid(policy, market(), 26e9, P).budget == 0.0
    for doctrine in ("never", "case_by_case"):
        assert standing_bid(policy.but(rescue=doctrine), market(fall=0.5), 0.0, P).budget == 0.0


def test_a_cut_belief_loop_keeps_the_first_belief():
    for loop in (True, False):
        land = Land(400, loops={"rescue_belief": loop})
        land.crash(60, HELD.but(rescue="never"))
        assert (land.government.rescue_belief == 0.25) is not loop


def test_a_resumed_government_goes_on_exactly():
    whole = Land(400, seed=5)
    whole.crash(30, HELD, holders=1.0, share=0.9)
    other = Land(400, seed=5)
    other.government.restore(whole.government.state())
    other.clock.month = whole.clock.month
    hit = stakes(400, 1.0, 0.9, 0.75)
    for month in range(60):
        sight = market(-0.5 if month == 20 else 0.0, 0.6 if month > 19 else 0.0)
        first, second = (land.month(hit, HELD, sight) for land in (whole, other))
        assert first[0] == second[0]
        assert np.array_equal(first[1].compensation, second[1].compensation)
        assert first[1].events == second[1].events
    a, b = whole.government.state(), other.government.state()
    assert a.keys() == b.keys()
    assert all(np.array_equal(a[name], b[name]) for name in a)
