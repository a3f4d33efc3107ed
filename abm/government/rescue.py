"""Rescues: whether losers are helped, by which channel, how late, and what people learn from it.

    score          z = −3.6 + 2.0 C + 3.3 E + 1.9 O + 0.5 votes lost;      contagion C = 1 − e^(−χ loss/GDP %)
    window         Λ(z) · C/(C + 0.35), spread over 3 months after a crash: emergency offices, no vote
    compensation   Λ(z − 0.25 cost) · (1 − e^(−severity/0.1)) · Congress, from month 4 spread over 48 months,
                   × e^(0.6 (2^(−m/6) − 0.35)), m months to the next federal election
    tax relief     15 % a month while pressure exceeds 0.01
    belief         π = a/(a + b): Beta(1, 3), + 1 for a compensation, + ½ for a window, + 1 against for a crash without

Weights are from 30 episodes of 1985–2023 in data/rescue_episodes.csv, in which the size of a loss and the number of
losers predict nothing by themselves. `docs/model.md` 4.7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import stream, uniform
from abm.vocabulary import Event, Instrument, Rule

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.crypto_market.agent import Outlook
    from abm.government.politics import Losses
    from abm.scenario import Policy

_EPISODES = "30 rescue episodes 1985–2023, coded"
_NONE = -1


class RescueParameters(Quantities):
    """What moves a rescue, its form, and what is learnt."""

    intercept: float = quantity(
        -3.6, unit="log odds", low=-4.2, high=-3.1, source=_EPISODES + "; lowered to a base rate below 50 %"
    )
    """Score of a loss that has nothing for it."""
    contagion_weight: float = quantity(2.0, unit="log odds", low=0.0, high=4.0, source=_EPISODES)
    """Weight of contagion: do the losses reach banks, venues, other savers?"""
    promise_weight: float = quantity(3.3, unit="log odds", low=0.0, high=6.0, source=_EPISODES)
    """Weight of promise: how far has the state vouched for the claim?"""
    organisation_weight: float = quantity(1.9, unit="log odds", low=0.0, high=4.0, source=_EPISODES)
    """Weight of the losers' organisation."""
    vote_weight: float = quantity(0.5, unit="log odds per point of vote", low=0.0, high=2.0, source="assumed")
    """Weight of the votes lost."""
    contagion_rate: float = quantity(
        0.08, unit="per % of GDP", low=0.02, high=0.5, source=_EPISODES + ": accounts 2008 0.02, crypto 2022 0.08"
    )
    """How fast a loss turns into contagion (χ)."""
    promise_prohibited: float = quantity(0.05, unit="0–1", low=0.0, high=1.0, source="coded: crypto holders 2021–22")
    """Promise where crypto in plans is prohibited."""
    promise_discouraged: float = quantity(0.20, unit="0–1", low=0.0, high=1.0, source="coded")
    """Promise where it is discouraged."""
    promise_guidance: float = quantity(0.35, unit="0–1", low=0.0, high=1.0, source="coded; accounts in 2008: 0.30")
    """Promise where guidance permits it."""
    promise_rule: float = quantity(0.50, unit="0–1", low=0.0, high=1.0, source="coded")
    """Promise where a rule permits it, or a safe harbour is given."""
    promise_statute: float = quantity(0.70, unit="0–1", low=0.0, high=1.0, source="coded")
    """Promise where a statute permits it."""
    crash: float = quantity(0.3, unit="fall below the 12-month high", low=0.1, high=0.7, source="assumed")
    """Fall that opens an episode in which help may come."""
    window_half: float = quantity(0.35, unit="0–1", low=0.05, high=1.0, source="assumed")
    """Contagion at which emergency offices act on half of the score."""
    window_months: float = quantity(3.0, unit="months", low=1.0, high=12.0, source="emergencies: 2 days to 2 months")
    """Time after a crash in which they may."""
    window_half_life: float = quantity(
        6.0, unit="months", low=1.0, high=36.0, source="assumed; facilities of 2008, 2020"
    )
    """Half-life of an open window."""
    cost_weight: float = quantity(0.25, unit="log odds per % of GDP", low=0.0, high=1.0, source="assumed")
    """What a compensation's gross cost takes from its score."""
    severity_scale: float = quantity(0.1, unit="years of income", low=0.03, high=0.3, source="assumed")
    """Loss per holder below which a compensation is not worth a bill."""
    wait: float = quantity(4.0, unit="months", low=0.0, high=24.0, source=_EPISODES + ": 6 to 118 months, median 25")
    """Months after a crash before which Congress does not compensate."""
    span: float = quantity(48.0, unit="months", low=24.0, high=84.0, source=_EPISODES)
    """Months over which the chance of compensation is spread."""
    payout: float = quantity(48.0, unit="months", low=1.0, high=84.0, source="Rhode Island 1991–95: 12 to 48 months")
    """Monthly payments of a compensation."""
    election_gain: float = quantity(0.6, unit="log odds", low=0.0, high=2.0, source="assumed; Brown & Dinç 2005")
    """How an election brings a compensation forward."""
    election_half_life: float = quantity(6.0, unit="months", low=1.0, high=24.0, source="assumed")
    """Distance at which half of that is left."""
    election_mean: float = quantity(0.35, unit="share", low=0.0, high=1.0, source="mean of 2^(−m/6) over a cycle")
    """Centres it, so that elections shift help in time only."""
    yes_democrats: float = quantity(
        0.73, unit="share", low=0.0, high=1.0, source="EESA, House, 3 October 2008: 172 to 63"
    )
    """Democrats in Congress who vote for public money."""
    yes_republicans: float = quantity(
        0.46, unit="share", low=0.0, high=1.0, source="EESA, House, 3 October 2008: 91 to 108"
    )
    """Republicans who do."""
    relief_rate: float = quantity(0.15, unit="1/month", low=0.0, high=1.0, source="assumed; 2–3 months in two cases")
    """Chance of tax relief in a month of pressure."""
    relief_pressure: float = quantity(0.01, unit="0–1", low=0.0, high=0.2, source="assumed")
    """Pressure beyond which it may come."""
    relief_months: float = quantity(
        12.0, unit="months", low=1.0, high=36.0, source="minimum distributions of 2009, 2020"
    )
    """How long it lasts."""
    belief_for: float = quantity(1.0, unit="episodes", low=0.1, high=10.0, source="assumed: Beta(1, 3)")
    """Rescues in the memory that people start with."""
    belief_against: float = quantity(3.0, unit="episodes", low=0.1, high=10.0, source="assumed: Beta(1, 3)")
    """Crashes without rescue in it."""
    belief_window: float = quantity(0.5, unit="episodes", low=0.0, high=1.0, source="assumed")
    """What a window counts for, against one for a compensation."""
    forgetting: float = quantity(0.005, unit="1/month", low=0.0, high=0.05, source="assumed")
    """Share of what was learnt that is forgotten in a month."""
    bid_slope: float = quantity(0.05, unit="share of coins per log point", low=0.0, high=1.0, source="assumed (1–5 %)")
    """How eagerly the standing bid buys below its floor."""


class Bid(NamedTuple):
    """The government's standing bid in the crypto market: coins = min(budget/price, slope · (floor − log price)⁺).

    Attributes:
        log_floor: log USD a coin below which it buys.
        budget: USD left; 0 where there is no bid.
        slope: share of the coins in existence bought a log point below the floor.
    """

    log_floor: float
    budget: float
    slope: float


def standing_bid(policy: Policy, outlook: Outlook, spent: float, p: RescueParameters) -> Bid:
    """The bid under this policy, given what has been spent; changes nothing.

    Args:
        policy: doctrine, discount and budget (billion USD).
        outlook: the market's price and fall below its 12-month high.
        spent: USD spent so far.
        p: slope.
    """
    if policy.rescue != "standing_bid" or outlook.price <= 0.0:
        return Bid(0.0, 0.0, p.bid_slope)
    high = outlook.price / max(1.0 - outlook.fall_12m, 1e-9)
    return Bid(math.log((1.0 - policy.bid_discount) * high), max(policy.bid_budget * 1e9 - spent, 0.0), p.bid_slope)


def logistic(z: float) -> float:
    """Λ(z) = 1/(1 + e^(−z))."""
    return 1.0 / (1.0 + math.exp(-z))


def contagion(loss_share: float, p: RescueParameters) -> float:
    """Contagion of a loss given in % of GDP, 0–1."""
    return -math.expm1(-p.contagion_rate * loss_share)


def promise(rule: int, instrument: int, p: RescueParameters) -> float:
    """How far the state has vouched for crypto in retirement accounts, 0–1."""
    if rule <= Rule.DISCOURAGE:
        return p.promise_prohibited if rule == Rule.PROHIBIT else p.promise_discouraged
    if instrument == Instrument.STATUTE:
        return p.promise_statute
    return p.promise_rule if instrument == Instrument.RULE or rule >= Rule.SAFE_HARBOUR else p.promise_guidance


def score(contagion: float, promise: float, organisation: float, votes_lost: float, p: RescueParameters) -> float:
    """Log odds of rescue (z); a loss that costs no votes has `votes_lost` 0."""
    coded = p.contagion_weight * contagion + p.promise_weight * promise + p.organisation_weight * organisation
    return p.intercept + coded + p.vote_weight * max(votes_lost, 0.0)


def window_chance(z: float, contagion: float, p: RescueParameters) -> float:
    """Probability that emergency offices open a window after a crash."""
    return logistic(z) * contagion / (contagion + p.window_half)


def compensation_chance(z: float, cost_share: float, severity: float, p: RescueParameters) -> float:
    """Probability that Congress compensates in the end; cost in % of GDP, severity in years of income per holder."""
    return logistic(z - p.cost_weight * cost_share) * -math.expm1(-severity / p.severity_scale)


def spread(chance: float, months: float) -> float:
    """Monthly hazard that adds up to a chance over some months."""
    return 1.0 - (1.0 - min(chance, 1.0)) ** (1.0 / months)


def election_factor(months: int, p: RescueParameters) -> float:
    """How much the next federal election, so many months ahead, hastens a compensation."""
    return math.exp(p.election_gain * (2.0 ** (-months / p.election_half_life) - p.election_mean))


class Case(NamedTuple):
    """What the offices have before them in a month.

    Attributes:
        losses: of all savers. share: the loss, % of GDP. cost: of the guarantee asked for, USD. gdp: USD a year.
        z: score. contagion, pressure: 0–1. congress: passage of a money bill over its passage in January 2026.
        to_election: months to the next federal election.
    """

    losses: Losses
    share: float
    cost: float
    gdp: float
    z: float
    contagion: float
    pressure: float
    congress: float
    to_election: int


class Rescues(Stateful):
    """Episodes of loss, how they were answered, and what people believe since.

    Attributes:
        age: months since the last crash, −1 where no episode is open.
        armed: another deep fall counts as a crash. low: price at which the last crash stopped, USD a coin.
        window_opened, compensated: help given in this episode. window: strength, 0–1. relief: months of relief left.
        belief_for, belief_against: episodes in people's memory.
    """

    STATE = ("age", "armed", "low", "window_opened", "compensated", "window", "relief", "belief_for", "belief_against")

    def __init__(self, p: RescueParameters, seed: int) -> None:
        self._p = p
        self._keys = {name: stream(seed, f"politics.{name}") for name in ("window", "compensation", "relief")}
        self.age, self.armed, self.window_opened, self.compensated = _NONE, True, False, False
        self.window = self.relief = self.low = 0.0
        self.belief_for, self.belief_against = p.belief_for, p.belief_against

    @property
    def belief(self) -> float:
        """Believed probability that a crash is answered by a rescue."""
        return self.belief_for / (self.belief_for + self.belief_against)

    def watch(self, fall: float, price: float, loss: float) -> None:
        """Open, age and close episodes, and learn from those that end without help.

        Args:
            fall: below the 12-month high, 0–1. price: USD a coin.
            loss: of all savers, national USD.
        """
        p = self._p
        self.belief_for += (p.belief_for - self.belief_for) * p.forgetting
        self.belief_against += (p.belief_against - self.belief_against) * p.forgetting
        crashed = self._sees_crash(fall, price) and loss > 0.0
        # A crash is over, and the next can be seen, once half of the fall has been made good or the high has passed.
        self.armed = False if crashed else self.armed or fall < 0.5 * p.crash
        if self.age >= 0:
            self.age += 1
            if crashed or loss <= 0.0 or self.age >= p.wait + p.span:
                self.belief_against += not (self.window_opened or self.compensated)
                self.age = _NONE
        if crashed:
            self.age, self.window_opened, self.compensated = 0, False, False

    def _sees_crash(self, fall: float, price: float) -> bool:
        """See whether this is a new crash: a first deep fall, or one as deep again from where the last one stopped."""
        if 0 <= self.age < self._p.window_months:  # still the same fall
            self.low = min(self.low, price)
            return False
        crashed = fall >= self._p.crash and (self.armed or price <= (1.0 - self._p.crash) * self.low)
        self.low = price if crashed else self.low
        return crashed

    def decide(self, case: Case, doctrine: str, clock: Clock) -> tuple[bool, list[Event]]:
        """Let emergency offices, Congress and the Internal Revenue Service act on a case.

        Args:
            case: what they have before them.
            doctrine: "never", "case_by_case" or "standing_bid".
            clock: the month.

        Returns:
            (whether Congress compensates now, events).
        """
        p = self._p
        self.window *= 2.0 ** (-1.0 / p.window_half_life)
        self.relief = max(self.relief - 1.0, 0.0)
        if doctrine == "never":
            return False, []
        events = self._emergency(case, clock)
        granted = self._congress(case, clock)
        if granted:
            text = f"Congress compensates savers for losses on crypto with {case.cost / 1e9:,.1f} billion USD."
            events.append(Event("rescue", "Congress", text, case.cost))
        if self.relief <= 0.0 and case.pressure > p.relief_pressure and self._luck("relief", clock) < p.relief_rate:
            self.relief = p.relief_months
            text = f"The Internal Revenue Service gives tax relief to savers for {p.relief_months:.0f} months."
            events.append(Event("rescue", "Treasury", text, p.relief_months))
        return granted, events

    def _emergency(self, case: Case, clock: Clock) -> list[Event]:
        p = self._p
        hazard = spread(window_chance(case.z, case.contagion, p), p.window_months)
        due = 0 <= self.age < p.window_months and not self.window_opened
        if not (due and self._luck("window", clock) < hazard):
            return []
        self.window, self.window_opened = 1.0, True
        self.belief_for += p.belief_window
        text = f"Emergency offices open a liquidity window after losses of {case.share:.2f} % of GDP."
        return [Event("rescue", "Federal Reserve and Treasury", text, case.share)]

    def _congress(self, case: Case, clock: Clock) -> bool:
        p = self._p
        chance = case.congress * compensation_chance(case.z, 100.0 * case.cost / case.gdp, case.losses.severity, p)
        hazard = spread(chance, p.span) * election_factor(case.to_election, p)
        due = self.age >= p.wait and not self.compensated and case.cost > 0.0
        if not (due and self._luck("compensation", clock) < hazard):
            return False
        self.compensated = True
        self.belief_for += 1.0
        return True

    def _luck(self, decision: str, clock: Clock) -> float:
        return uniform(self._keys[decision], 0, clock.month, 0)
