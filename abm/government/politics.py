"""Politics: how losses become grievance, pressure and lost votes, and what one notch of tightening would cost.

    grievance     g = L/(L + L₀) · (1 − cover);  felt 0.7 own + 0.3 neighbours';  G its turnout-weighted mean
    salience      S ← S' + (1 − S')(1 − e^(−kν)),  S' = S 2^(−1/h),  ν = (−return − 0.1)⁺ (0.3 + holders' share)
    organisation  Q ← Q + (O · min(1, 3G) − Q)/12,              O = 0.20 + 0.5 q/(q + 0.3) + 0.15
    pressure      P = G · min(1, S + Q),                        always in 0–1
    approval      A ← μ + ρ(A − μ) − min(φP, cap) + ε           a new president starts above the mean

`docs/model.md` 4.7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.government.kernels import ask_voters, count_losses, felt_grievance, own_grievance
from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import normal, stream
from abm.vocabulary import Party

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.participants.exposure import Stakes


class PoliticsParameters(Quantities):
    """How voters feel, organise, approve and vote."""

    half_loss: float = quantity(0.25, unit="years of income", low=0.1, high=0.6, source="assumed")
    """Loss at which half of the possible grievance is felt (L₀)."""
    neighbour_weight: float = quantity(
        0.3, unit="share", low=0.0, high=1.0, source="assumed; own and others' purse weigh alike in Healy et al. 2017"
    )
    """Weight of the neighbours' grievance in one's own."""
    salience_half_life: float = quantity(
        0.75,
        unit="months",
        low=0.25,
        high=2.0,
        source="big stories: 7 to 43 days of search interest (Google Trends)",
    )
    """Half-life of the public's attention to a fall (h)."""
    salience_gain: float = quantity(6.0, unit="per log point", low=2.0, high=12.0, source="assumed")
    """How fast a fall fills the news (k)."""
    fall_noticed: float = quantity(0.1, unit="log points a month", low=0.0, high=0.5, source="assumed")
    """Monthly fall beyond which the public takes notice."""
    notice_floor: float = quantity(0.3, unit="share", low=0.0, high=1.0, source="assumed")
    """Notice that a fall gets where nobody holds."""
    organisation_base: float = quantity(0.20, unit="0–1", low=0.0, high=0.5, source="coded from 30 rescue episodes")
    """Organisation of a few scattered losers."""
    organisation_holders: float = quantity(0.5, unit="0–1", low=0.0, high=1.0, source="coded from 30 rescue episodes")
    """Organisation added where everybody holds."""
    organisation_half: float = quantity(0.3, unit="share of savers", low=0.05, high=1.0, source="assumed")
    """Holders' share at which half of that is reached."""
    organisation_industry: float = quantity(
        0.15, unit="0–1", low=0.0, high=0.5, source="assumed; Fairshake spent nearly 180 million USD in 2024"
    )
    """Organisation that the industry lends to the losers."""
    organisation_months: float = quantity(12.0, unit="months", low=3.0, high=48.0, source="assumed")
    """Time in which losers organise."""
    approval_mean: float = quantity(45.0, unit="% of adults", low=30.0, high=60.0, source="Gallup means by president")
    """Level that approval returns to (μ)."""
    approval_memory: float = quantity(0.87, unit="per month", low=0.5, high=0.99, source="Gallup 2009–23, own estimate")
    """First-order autocorrelation (ρ)."""
    approval_noise: float = quantity(2.0, unit="points", low=0.0, high=5.0, source="Gallup 2009–23, own estimate")
    """Standard deviation of monthly innovations (ε)."""
    approval_cost: float = quantity(
        20.0, unit="points per unit of pressure", low=0.0, high=40.0, source="set by autumn 2008: −3 to −4 points"
    )
    """Points that full pressure costs in a month (φ)."""
    approval_cap: float = quantity(4.0, unit="points a month", low=0.0, high=20.0, source="assumed")
    """Most that pressure costs in a month: the linear cost is too strong in extreme falls."""
    honeymoon: float = quantity(
        9.0, unit="points", low=0.0, high=20.0, source="Gallup 1993–2022: −9 from months 0–2 to 12–17, four presidents"
    )
    """Approval above its mean with which a new president starts."""
    loss_weight: float = quantity(0.35, unit="log odds", low=0.1, high=1.2, source="assumed")
    """Log odds lost with a voter of full grievance (κ_l)."""
    blame_elsewhere: float = quantity(0.6, unit="share", low=0.0, high=1.0, source="assumed")
    """Blame that the president bears where no permissive rule is in force."""
    gratitude: float = quantity(
        0.95,
        unit="log odds",
        low=0.0,
        high=1.5,
        source="Bechtel & Hainmueller 2011: +7 points where aid went; log odds for the model's mix of leans",
    )
    """Log odds won with a voter whose loss is made good."""
    gratitude_half_life: float = quantity(
        18.0, unit="months", low=6.0, high=60.0, source="Bechtel & Hainmueller 2011: a quarter left after three years"
    )
    """Half-life of gratitude, and of resentment about a restriction."""
    exposure_weight: float = quantity(
        0.4, unit="log odds", low=0.1, high=2.0, source="assumed; Kaustia et al. 2016: 1.7–2.7 points, 13–31 per owner"
    )
    """Log odds lost with a wholly exposed voter by one notch of tightening (κ_x)."""
    half_exposure: float = quantity(0.05, unit="share of accounts", low=0.01, high=0.3, source="assumed")
    """Exposure at which half of that is felt (e₀)."""
    loss_aversion: float = quantity(2.25, unit="ratio", low=1.0, high=4.0, source="Tversky & Kahneman 1992")
    """Loss aversion of voters (λ); the weight above is for 2.25."""
    caring_share: float = quantity(0.04, unit="share of the exposed", low=0.0, high=0.5, source="assumed")
    """Exposed voters who care about crypto policy beyond their purse, half of them against it."""
    taste: float = quantity(0.6, unit="log odds", low=0.0, high=2.0, source="assumed")
    """How much those care."""


class Voters(NamedTuple):
    """Every voter's reasons, arrays of shape (n,).

    Attributes:
        loss, income, promised: USD, USD a year, USD of compensation promised.
        gratitude: log odds for the president's party.
        exposed: crypto share of retirement accounts, 0–1.
        lean: log odds toward the Republican party.
        ballots: persons × turnout.
        seat: whose taste is drawn, int64.
    """

    loss: np.ndarray
    income: np.ndarray
    promised: np.ndarray
    gratitude: np.ndarray
    exposed: np.ndarray
    lean: np.ndarray
    ballots: np.ndarray
    seat: np.ndarray


def voters_of(stakes: Stakes, seat: np.ndarray, promised: np.ndarray, gratitude: np.ndarray) -> Voters:
    """The electorate that these stakes make; changes nothing."""
    lean = np.asarray(stakes.lean, dtype=np.float64)
    ballots = np.asarray(stakes.weight * stakes.turnout, dtype=np.float64)
    return Voters(stakes.loss, stakes.income, promised, gratitude, stakes.exposed, lean, ballots, seat)


class Losses(NamedTuple):
    """The country's exposure and loss, from the voters' stakes.

    Attributes:
        usd: loss below the high-water mark, national USD.
        holders: share of savers with any crypto in their retirement accounts, 0–1.
        severity: loss per holder, years of income.
    """

    usd: float
    holders: float
    severity: float


def losses_of(stakes: Stakes) -> Losses:
    """Count the losses of all savers; changes nothing."""
    usd, holders, savers, years = count_losses(stakes.weight, stakes.loss, stakes.income, stakes.balance, stakes.holder)
    return Losses(usd, holders / savers if savers > 0.0 else 0.0, years / holders if holders > 0.0 else 0.0)


def salience_after(salience: float, month_return: float, holders: float, p: PoliticsParameters) -> float:
    """Public attention after a month with this log return."""
    news = max(-month_return - p.fall_noticed, 0.0) * (p.notice_floor + holders)
    faded = salience * 2.0 ** (-1.0 / p.salience_half_life)
    return faded + (1.0 - faded) * (1.0 - math.exp(-p.salience_gain * news))


def capacity_to_organise(holders: float, p: PoliticsParameters) -> float:
    """How well losers organise (O), from the holders' share of savers."""
    spread = p.organisation_holders * holders / (holders + p.organisation_half)
    return p.organisation_base + spread + p.organisation_industry


def approval_after(approval: float, pressure: float, noise: float, p: PoliticsParameters) -> float:
    """Approval after a month of this pressure, % of adults; `noise` is standard normal."""
    cost = min(p.approval_cost * pressure, p.approval_cap)
    level = p.approval_mean + p.approval_memory * (approval - p.approval_mean) - cost + p.approval_noise * noise
    return min(max(level, 0.0), 100.0)


class Politics(Stateful):
    """What voters feel and how they would vote.

    Attributes:
        grievance: turnout-weighted mean, 0–1.
        salience, organisation, pressure: 0–1.
        approval: % of adults.
        lock_in: points of vote that the president's party would lose by one notch of tightening.
        votes_lost: points of vote lost through losses, less gratitude.
        resentment: points of vote lost by restrictions that this party made.
    """

    STATE = ("grievance", "salience", "organisation", "pressure", "approval", "lock_in", "votes_lost", "resentment")

    def __init__(self, p: PoliticsParameters, seed: int) -> None:
        self._p, self._numbers = p, p.numbers()
        self._approval_key, self._taste_key = stream(seed, "politics.approval"), stream(seed, "politics.taste")
        self.grievance = self.salience = self.organisation = self.pressure = 0.0
        self.lock_in = self.votes_lost = self.resentment = 0.0
        self.approval = p.approval_mean

    def hear(
        self,
        voters: Voters,
        losses: Losses,
        neighbours: tuple[np.ndarray, np.ndarray],
        month_return: float,
        government: tuple[Party, bool],
        clock: Clock,
    ) -> None:
        """Turn this month's losses into pressure, approval and lock-in.

        Args:
            voters: every voter's reasons.
            losses: the country's.
            neighbours: (indptr, indices) of the savers' layer.
            month_return: log return of crypto this month.
            government: president's party, and whether a rule that permits crypto is in force.
            clock: the month.
        """
        p = self._p
        self._ask(voters, neighbours, *government)
        self.salience = salience_after(self.salience, month_return, losses.holders, p)
        wanted = capacity_to_organise(losses.holders, p) * min(1.0, 3.0 * self.grievance)
        self.organisation += (wanted - self.organisation) / p.organisation_months
        self.pressure = self.grievance * min(1.0, self.salience + self.organisation)
        self.approval = approval_after(self.approval, self.pressure, normal(self._approval_key, 0, clock.month, 0), p)
        self.resentment *= 2.0 ** (-1.0 / p.gratitude_half_life)

    def resent(self, notches: int) -> None:
        """Hold a restriction of so many notches against the party that made it."""
        self.resentment += self.lock_in * notches

    def welcome(self, new_party: bool) -> None:
        """A new president: approval starts above its mean, and a new party answers for nothing that was before."""
        self.approval = self._p.approval_mean + self._p.honeymoon
        if new_party:
            self.resentment = 0.0

    def _ask(
        self, voters: Voters, neighbours: tuple[np.ndarray, np.ndarray], president: Party, permissive: bool
    ) -> None:
        """Ask every voter: grievance, votes lost through losses, votes that one notch of tightening would cost."""
        p, v = self._p, voters
        own = np.empty(v.seat.size)
        felt = own
        if own_grievance(v.loss, v.income, v.promised, p.half_loss, own) > 0.0:
            felt = np.empty(own.size)
            felt_grievance(own, *neighbours, p.neighbour_weight, felt)
        side = 1.0 if president == Party.REPUBLICAN else -1.0
        blame = 1.0 if permissive else p.blame_elsewhere
        self.grievance, self.votes_lost, self.lock_in = ask_voters(
            felt, v.gratitude, v.exposed, v.lean, v.ballots, v.seat, side, blame, self._taste_key, self._numbers
        )
