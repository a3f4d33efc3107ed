"""Elections, instruments and requests: dates, hazards against the coded list, and who may undo what."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from government_toys import Land, election_shock, market, stakes
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.clock import Clock
from abm.data import table
from abm.government.elections import (
    ElectionParameters,
    Elections,
    midterm_seats,
    months_to_election,
    passage,
    presidential_vote,
)
from abm.government.rules import Climate, RuleParameters, Rules, guidance_odds
from abm.scenario import Policy
from abm.vocabulary import Instrument, Party, Rule

P, E = RuleParameters(), ElectionParameters()
CALM = stakes(300, fall=0.0)
TERMS = [
    ("D", "1993-01-20", "2001-01-20"),
    ("R", "2001-01-20", "2009-01-20"),
    ("D", "2009-01-20", "2017-01-20"),
    ("R", "2017-01-20", "2021-01-20"),
    ("D", "2021-01-20", "2025-01-20"),
    ("R", "2025-01-20", "2026-06-30"),
]


def climate(party=Party.DEMOCRATIC, since=0, pressure=0.0, lock_in=0.0):
    return Climate(party, since, pressure, lock_in, 1.0)


def listed_rate(instrument: str, hostile: bool) -> float:
    """Reversals a year under the other (or the own) party, counted from the coded list."""
    rows = table("policy_reversals")
    years = reversals = 0.0
    for kind, party, start, end in zip(
        rows["instrument"], rows["adopting_party"], rows["start"], rows["end"], strict=True
    ):
        if kind != instrument:
            continue
        first, last = date.fromisoformat(str(start)), date.fromisoformat(str(end) or "2026-06-30")
        for president, since, until in TERMS:
            if (president != party) != hostile:
                continue
            begins, ends = date.fromisoformat(since), date.fromisoformat(until)
            years += max((min(last, ends) - max(first, begins)).days, 0) / 365.25
            reversals += bool(end) and begins <= last < ends
    return reversals / years


def survival(rule: Rule, instrument: Instrument, draws: int = 1500) -> tuple[float, float]:
    """(Reversals a year, share that survives) through four years of a hostile president."""
    reversed_, months = 0, 0
    for seed in range(draws):
        rules, clock = Rules(P, seed), Clock("2029-01")
        rules.rule, rules.instrument, rules.age = rule, instrument, 24
        for month in range(48):
            clock.tick()
            months += 1
            if rules.move(climate(since=month), clock)[0]:
                reversed_ += 1
                break
    return 12.0 * reversed_ / months, 1.0 - reversed_ / draws


def test_the_coded_list_gives_the_published_hazards():
    rates = [listed_rate(kind, hostile) for kind in ("guidance", "rule", "statute") for hostile in (True, False)]
    assert np.round(rates, 3).tolist() == [0.439, 0.062, 0.173, 0.0, 0.012, 0.011]
    assert listed_rate("guidance", False) == pytest.approx(P.guidance_against, abs=0.005)
    assert listed_rate("statute", True) == pytest.approx(P.statute_repeal, abs=0.001)


@pytest.mark.parametrize(
    ("rule", "instrument", "low", "high", "survives"),
    [
        (Rule.PERMIT, Instrument.GUIDANCE, 0.26, 0.72, 0.17),
        (Rule.SAFE_HARBOUR, Instrument.RULE, 0.09, 0.30, 0.50),
        (Rule.SAFE_HARBOUR, Instrument.STATUTE, 0.002, 0.045, 0.95),
    ],
)
def test_instruments_fall_at_the_listed_rates_under_a_hostile_president(rule, instrument, low, high, survives):
    rate, share = survival(rule, instrument)
    assert low < rate < high  # the list's 90 % intervals
    assert share == pytest.approx(survives, abs=0.10)


def test_guidance_survives_as_its_odds_say():
    tighten, loosen = guidance_odds(climate(since=30), P)
    assert (tighten, loosen) == pytest.approx((0.2 / 12, 0.06 / 12))
    early = guidance_odds(climate(since=3), P)[0]
    exact = (1.0 + early) ** -12 * (1.0 + tighten) ** -36  # a notch further up cannot be reached by guidance
    assert survival(Rule.PERMIT, Instrument.GUIDANCE)[1] == pytest.approx(exact, abs=0.035)
    assert guidance_odds(climate(pressure=1.0), P)[0] == pytest.approx(early * np.exp(3.0))
    assert guidance_odds(climate(lock_in=1.0), P)[0] == pytest.approx(early * np.exp(-0.7))
    assert guidance_odds(climate(Party.REPUBLICAN, 3), P)[1] == pytest.approx(early)


def test_guidance_cannot_prohibit_and_cannot_give_a_safe_harbour():
    seen = set()
    for seed in range(40):
        rules, clock = Rules(P.but(rulemaking_early=0.0, rulemaking_late=0.0, statute_rate=0.0), seed), Clock("2026-01")
        for month in range(240):
            clock.tick()
            rules.move(climate(Party(month // 48 % 2), month % 48), clock)
            seen.add((Rule(rules.rule), Instrument(rules.instrument)))
    assert seen == {(Rule.PERMIT, Instrument.GUIDANCE), (Rule.DISCOURAGE, Instrument.GUIDANCE)}


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    start=st.tuples(st.sampled_from(list(Rule)), st.sampled_from(list(Instrument))),
    pressure=st.floats(0.0, 1.0),
    lock_in=st.floats(-1.0, 5.0),
)
def test_a_month_moves_the_rule_by_one_notch_at_most(seed, start, pressure, lock_in):
    rules, clock = Rules(P.but(rulemaking_early=1.0, statute_repeal=0.05, courts=0.3), seed), Clock("2026-01")
    rules.rule, rules.instrument = (int(word) for word in start)
    for month in range(96):
        clock.tick()
        before, stood_on = rules.rule, rules.instrument
        notches, events = rules.move(climate(Party(month // 48), month % 48, pressure, lock_in), clock)
        assert 0 <= rules.rule <= 4
        assert abs(rules.rule - before) <= 1
        assert notches == max(before - rules.rule, 0)
        assert events or (rules.rule, rules.instrument) == (before, stood_on)
        rules.regulate("by_politics", climate(Party(month // 48), 0, pressure, lock_in))
        assert 0.0 <= rules.clarity <= 1.0
        assert 0.0 <= rules.enforcement <= 1.0


def test_congress_stays_a_congress():
    for seed in range(25):
        elections, clock = Elections(E, seed), Clock("2026-01")
        for _ in range(480):
            clock.tick()
            elections.inaugurate(clock)
            elections.vote(clock, 45.0, 3.0)
            house, senate = elections.republicans
            assert 0.2 <= house <= 0.8
            assert 0.0 <= senate <= 100.0
            assert elections.served in (1, 2)
        assert elections.since < 480


def test_a_rulemaking_takes_fourteen_months_and_dies_at_a_change_of_party():
    rules, clock = Rules(P.but(statute_rate=0.0, courts=0.0), 1), Clock("2026-01")
    rules.rulemaking, rules.aim = 0, 1
    for _ in range(13):
        clock.tick()
        rules.move(climate(Party.REPUBLICAN, 30), clock)
    assert rules.rule == Rule.PERMIT
    clock.tick()
    rules.move(climate(Party.REPUBLICAN, 30), clock)
    assert (rules.rule, rules.instrument) == (Rule.SAFE_HARBOUR, Instrument.RULE)
    rules.rulemaking = 5
    rules.inaugurate(Party.DEMOCRATIC, True, False, clock)
    assert rules.rulemaking == -1


def test_the_review_act_ends_young_rules_only_with_both_chambers():
    def ended(age, unified, draws=600):
        count = 0
        for seed in range(draws):
            rules, clock = Rules(P, seed), Clock("2029-01", month=36)
            rules.rule, rules.instrument, rules.age = Rule.SAFE_HARBOUR, Instrument.RULE, age
            count += rules.inaugurate(Party.DEMOCRATIC, True, unified, clock)[0]
        return count / draws

    assert ended(6, True) == pytest.approx(0.3, abs=0.06)
    assert ended(6, False) == ended(18, True) == 0.0


def test_elections_keep_their_dates():
    land = Land(300)
    for _ in range(144):
        land.month(CALM)
    votes = [label for label, event in land.events if event.kind == "election" and event.actor == "voters"]
    assert votes == [f"{year}-11" for year in range(2026, 2038, 2)]
    presidents = [label for label, event in land.events if event.kind == "election" and event.actor == "White House"]
    assert presidents == ["2029-01", "2033-01", "2037-01"]
    assert [months_to_election(2026, month) for month in (1, 11, 12)] == [10, 0, 23]
    assert [months_to_election(2027, month) for month in (1, 12)] == [22, 11]


def test_winners_wait_for_january():
    land = Land(300)
    house = []
    for _ in range(37):
        land.month(CALM, shocks=(election_shock("2028-11", -20.0),) if land.clock.label == "2028-10" else ())
        house.append(land.government.elections.house)
        if land.clock.label < "2029-01":
            assert land.government.president == Party.REPUBLICAN
    assert land.clock.label == "2029-01"
    assert land.government.president == Party.DEMOCRATIC
    assert land.government.approval > 45.0
    assert len(set(house[:12])) == len(set(house[12:36])) == 1
    assert house[11] != house[12]


def test_vote_equation_by_hand():
    assert presidential_vote(False, 1, 0.0, 0.0, E) == 51.0
    assert presidential_vote(True, 1, 1.0, -2.0, E) == pytest.approx(52.1)
    assert presidential_vote(True, 2, 0.0, 0.0, E) == pytest.approx(49.65)
    assert presidential_vote(False, 3, 0.0, 0.0, E) == pytest.approx(51.0 - 3.45 * 1.25)
    assert 435 * (midterm_seats(0.5, 57.0, 0.0, 0.0, E) - 0.5) == pytest.approx(-14.5)
    assert 435 * (midterm_seats(0.5, 42.0, 0.0, 0.0, E) - 0.5) == pytest.approx(-37.0)
    assert midterm_seats(0.5, 50.0, 1.0, 0.0, E) - midterm_seats(0.5, 50.0, 0.0, 0.0, E) == pytest.approx(-0.02)


def test_sixty_senators_are_harder_to_find_than_fifty():
    assert passage((0.5, 53.0), (0.4, 0.98)) > 0.5
    assert passage((0.5, 53.0), (0.1, 0.98)) < passage((0.5, 53.0), (0.1, 0.98), needed=50.0)
    assert passage((0.5, 70.0), (0.1, 0.98)) > passage((0.5, 53.0), (0.1, 0.98))


def test_the_presidents_share_of_wins_follows_the_vote_equation():
    wins = 0
    for seed in range(1000):
        elections = Elections(E, seed)
        elections.vote(Clock("2028-11", month=0), 45.0, 0.0)
        wins += elections.elected == Party.REPUBLICAN
    # 51 + N(0, √(3² + 2.7²)) above 50: Φ(1/4.04) = 0.598
    assert wins / 1000 == pytest.approx(0.598, abs=0.04)


def test_an_election_shock_of_zero_changes_nothing_and_of_twenty_decides():
    def run(size):
        land = Land(300)
        for _ in range(40):
            land.month(
                CALM, shocks=() if size is None else (election_shock("2026-05", size),) * (land.clock.month == 3)
            )
        return land.government.state()

    none, zero = run(None), run(0.0)
    assert all(np.array_equal(none[name], zero[name]) for name in none)
    land = Land(300)
    for month in range(37):
        land.month(CALM, shocks=(election_shock("2028-10", 20.0),) if month == 33 else ())
    assert land.government.president == Party.REPUBLICAN


def test_requests_are_adopted_when_they_change_and_politics_moves_them_after():
    asked, still = Policy(rule="promote", instrument="guidance"), 0
    for seed in range(30):
        land = Land(300, seed=seed)
        assert land.month(CALM, Policy())[0].rule == "permit"
        policy, _ = land.month(CALM, asked)
        assert (policy.rule, policy.instrument) == ("promote", "guidance")
        assert [event.kind for event in land.government.events] == ["rule"]
        for _ in range(60):
            policy, _ = land.month(CALM, asked)
        still += policy.rule == "promote" and policy.instrument == "guidance"
        # The same request once more is no new request; another one is.
        policy, _ = land.month(CALM, Policy(rule="prohibit", instrument="statute", crypto_cap=0.02))
        assert (policy.rule, policy.instrument, policy.crypto_cap) == ("prohibit", "statute", 0.02)
    assert still < 30


def test_a_held_rule_stays():
    land = Land(300, seed=4)
    held = Policy(rule="permit", instrument="guidance", rule_held=True)
    for _ in range(240):
        policy, _ = land.month(CALM, held, sight=market(-0.3))
        assert (policy.rule, policy.instrument) == ("permit", "guidance")
    assert not [event for _, event in land.events if event.kind == "rule"]
    assert {event.kind for _, event in land.events} == {"election"}


def test_the_other_levers_pass_through():
    asked = Policy(rule="discourage", sleeve_cap=0.03, ira=False, rescue="never")
    policy, _ = Land(300).month(CALM, asked)
    assert policy == asked


def test_the_sec_follows_the_president_or_the_lever():
    def stance(regulation, party):
        rules = Rules(P, 1)
        for _ in range(120):
            rules.regulate(regulation, climate(party))
        return rules.clarity, rules.enforcement

    friendly, hostile = stance("by_politics", Party.REPUBLICAN), stance("by_politics", Party.DEMOCRATIC)
    assert friendly == stance("clear", Party.DEMOCRATIC)
    assert hostile == stance("hostile", Party.REPUBLICAN)
    assert friendly[0] > 0.75
    assert hostile[0] < 0.40
    assert (friendly[1], hostile[1]) == pytest.approx((0.45, 1.0))


def test_tightening_is_resented_by_the_exposed_and_forgotten():
    land = Land(1200)
    exposed = stakes(1200, 1.0, 0.15, 0.0)
    land.month(exposed, Policy(rule_held=True))
    lock_in = land.government.lock_in
    land.month(exposed, Policy(rule="discourage", rule_held=True))
    assert land.government.politics.resentment == pytest.approx(lock_in * 2.0 ** (-1 / 18))
    for _ in range(17):
        land.month(exposed, Policy(rule="discourage", rule_held=True))
    assert land.government.politics.resentment == pytest.approx(lock_in / 2.0)


def test_cut_loops_leave_the_rule_to_the_calendar():
    def path(loops, voters, month_return):
        land = Land(600, seed=3, loops=loops)
        for _ in range(150):
            land.month(voters, sight=market(month_return, 0.0))
        return [(label, event) for label, event in land.events if event.kind in ("rule", "election")]

    exposed, plain = stakes(600, 1.0, 0.9, 0.5), stakes(600, 0.0)
    cut = {"votes": False, "backlash": False}
    house = path(cut, plain, 0.0)
    cut_rules = [entry for entry in path(cut, exposed, -0.5) if entry[1].kind == "rule"]
    assert cut_rules == [entry for entry in house if entry[1].kind == "rule"]
    assert path({}, exposed, -0.5) != house
