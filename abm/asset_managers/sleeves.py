"""Sleeves: which target-date provider holds crypto or other alternatives, how much, and when it trades.

A sleeve is the door through which savers hold crypto without a decision of their own. A handful of firms decides:

    a provider starts one with the yearly hazard   (p + q F/m) · harbour          of the scenario's speed
    risk budget      w = min(cap, w₀ σ₀/σ) (1 + c x̂), built over 24 months, never above the cap
    herding          target = (1 − h) w + h · mean target of its peers
    trading          only when the share held lies more than a quarter of the target away from it

Each class of other alternatives starts by the same hazard, without the harbour (the crypto rule does not touch them)
and without a volatility term. Evidence and what is assumed: docs/model.md 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.asset_managers.agent import AssetManager, AssetManagers
from abm.diffusion import HarbourParameters, bass_hazard, built, chance, harbour, speed_of
from abm.quantities import Quantities, quantity
from abm.streams import stream, uniforms
from abm.vocabulary import ALTERNATIVES, Event

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.columns import ColumnModel
    from abm.crypto_market.agent import Outlook, Trades
    from abm.employers.menu import Doors
    from abm.network import Network
    from abm.participants.agent import Participants
    from abm.scenario import Loops, Policy

SATOSHI = 1e8


class SleeveParameters(Quantities):
    """How providers of target-date funds differ, adopt and size their sleeves."""

    concentration: float = quantity(
        1.1951, unit="Zipf exponent", low=0.0, high=3.0, source="fitted: five of twelve hold 79 % (Morningstar 2021)"
    )
    """Market share falls with rank to this power; the largest of twelve then holds 39 % (Vanguard about 37 %)."""
    slow_innovation: float = quantity(0.01, unit="1/year", low=0.0, high=1.0, source="assumed, range 0–0.02")
    """Hazard p at the slow speed."""
    slow_imitation: float = quantity(0.05, unit="1/year", low=0.0, high=2.0, source="assumed, range 0–0.1")
    """Imitation q at the slow speed."""
    slow_ceiling: float = quantity(0.3, unit="share of firms", low=0.0, high=1.0, source="assumed, range 0.1–0.5")
    """Share of providers that would ever start a sleeve, slow speed."""
    middle_innovation: float = quantity(0.05, unit="1/year", low=0.0, high=1.0, source="assumed, range 0.02–0.1")
    """Hazard p at the middle speed."""
    middle_imitation: float = quantity(0.10, unit="1/year", low=0.0, high=2.0, source="assumed, range 0.05–0.2")
    """Imitation q at the middle speed."""
    middle_ceiling: float = quantity(0.6, unit="share of firms", low=0.0, high=1.0, source="assumed, range 0.3–0.8")
    """Share of providers that would ever start a sleeve, middle speed: the most influential assumption of 4.5."""
    fast_innovation: float = quantity(0.15, unit="1/year", low=0.0, high=1.0, source="assumed, range 0.1–0.3")
    """Hazard p at the fast speed."""
    fast_imitation: float = quantity(
        0.36, unit="1/year", low=0.0, high=2.0, source="Bass fit to real estate in custom target-date funds 2017–21"
    )
    """Imitation q at the fast speed."""
    fast_ceiling: float = quantity(0.95, unit="share of firms", low=0.0, high=1.0, source="assumed, range 0.8–1")
    """Share of providers that would ever start a sleeve, fast speed."""
    inside_chance: float = quantity(0.25, unit="probability", low=0.0, high=1.0, source="assumed, range 0–1")
    """Chance that a sleeve goes into the existing series, so that clients get it without accepting a new one."""
    weight: float = quantity(
        0.01, unit="share of fund", low=0.0, high=0.2, source="BlackRock (2024): 1–2 % of a portfolio; range 0.005–0.02"
    )
    """Sleeve at the reference volatility."""
    reference_volatility: float = quantity(0.55, unit="1/√year", low=0.1, high=1.5, source="BTC 2024–26, range 0.4–0.7")
    """Volatility at which the sleeve is `weight`."""
    return_tilt: float = quantity(0.1, unit="share per 100 % a year", low=0.0, high=1.0, source="assumed, range 0–0.3")
    """How far a sleeve grows with extrapolated return: clients reward past returns."""
    build_months: int = quantity(24, unit="months", low=1, high=120, source="assumed, range 12–60")
    """Length of the build-up of a sleeve."""
    herding: float = quantity(0.05, unit="share", low=0.0, high=1.0, source="assumed, range 0–0.2")
    """How far a target leans toward the mean target of peers."""
    band: float = quantity(0.25, unit="share of target", low=0.0, high=1.0, source="assumed, range 0.1–0.5")
    """No trade while the share held is within this distance of the target."""
    performance_months: float = quantity(12.0, unit="months", low=1.0, high=60.0, source="assumed, range 6–36")
    """Memory of the record by which clients judge a provider."""
    harbour: HarbourParameters = HarbourParameters()


class Funds(NamedTuple):
    """Demand of the sleeves in a month, one entry a manager; the market needs nothing else.

    Attributes:
        other_assets: USD of the accepting savers outside the sleeve (all claims less coins at the last price).
        weight: share of the whole fund to aim at.
        active: whether the fund trades this month (outside its no-trade band, or winding up).
    """

    other_assets: np.ndarray
    weight: np.ndarray
    active: np.ndarray


def market_shares(count: int, exponent: float) -> np.ndarray:
    """Shares of firms 1 … count, proportional to rank^−exponent; shape (count,), summing to 1."""
    raw = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return raw / raw.sum()


def risk_budget(volatility: float, extrapolation: float, cap: float, p: SleeveParameters) -> float:
    """Crypto share of a fund, min(cap, w₀ σ₀/σ) (1 + c x̂), never above the cap nor below zero."""
    sized = min(cap, p.weight * p.reference_volatility / max(volatility, 1e-6))
    return float(np.clip(sized * (1.0 + p.return_tilt * extrapolation), 0.0, cap))


def outside_band(share: np.ndarray, target: np.ndarray, band: float) -> np.ndarray:
    """Whether a share held lies more than `band` of the target away from it; bool, shape (m,)."""
    return np.abs(share - target) > band * target


def found_managers(model: ColumnModel, count: int, p: SleeveParameters, seed: int) -> AssetManagers:
    """The providers at the start, by market share; none has a sleeve yet.

    Firms differ in size only, so `seed` changes nothing here; it keys what they will decide.
    """
    managers = AssetManagers(model, AssetManager, count)
    managers.market_share[:] = market_shares(count, p.concentration)
    model.adopt(managers)
    return managers


class Sleeves:
    """The providers' rule, built once a world.

    Attributes:
        events: sleeves begun and wound up in the month last set.
    """

    def __init__(self, p: SleeveParameters, loops: Loops, seed: int) -> None:
        self.p, self.loops = p, loops
        self.events: list[Event] = []
        self._price = 0.0
        self._willing = stream(seed, "managers.willing")
        self._move = stream(seed, "managers.move")
        self._inside = stream(seed, "managers.inside")
        self._alternatives = stream(seed, "managers.alternatives")

    def set_targets(
        self, managers: AssetManagers, policy: Policy, outlook: Outlook, network: Network, clock: Clock
    ) -> None:
        """Let providers begin or wind up sleeves and set what each aims at."""
        self.events.clear()
        self._price = outlook.price
        self._remember(managers, outlook)
        if policy.rule == "prohibit" or not policy.target_date_sleeve:
            self._wind_up(managers)
        else:
            self._begin(managers, policy, clock)
        extrapolation = outlook.expected_return if self.loops.returns else 0.0
        volatility = outlook.volatility if self.loops.prudence else self.p.reference_volatility
        budget = risk_budget(volatility, extrapolation, policy.sleeve_cap, self.p)
        own = budget * built(managers.moved_month, clock.month, self.p.build_months)
        if self.loops.peers:
            herd = network.manager_peers.mean(managers.sleeve_target, otherwise=own)
            own = own + self.p.herding * (herd - own)
        managers.sleeve_target[:] = np.where(managers.moved == 1, np.minimum(own, policy.sleeve_cap), 0.0)
        self._set_alternatives(managers, policy, clock)

    def quote(self, managers: AssetManagers, people: Participants, doors: Doors, policy: Policy) -> Funds:
        """The month's demand curves of the sleeves, at the last price; changes nothing.

        Claims are Σ weight · plan_core over the savers in a fund. A fund that nobody is left in sells what it holds.
        """
        fund = doors.fund_of(people)
        member = fund >= 0
        claims = np.bincount(
            fund[member], weights=people.weight[member] * people.plan_core[member], minlength=len(managers)
        )
        held = managers.coins * self._price
        allowed = (policy.rule != "prohibit") and policy.target_date_sleeve
        weight = np.where((claims > 0.0) & allowed, managers.sleeve_target, 0.0)
        share = np.divide(held, claims, out=np.ones_like(held), where=claims > 0.0)
        active = ((weight > 0.0) | (managers.coins > 0.0)) & outside_band(share, weight, self.p.band)
        return Funds(claims - held, weight, active)

    def settle(self, managers: AssetManagers, trades: Trades) -> None:
        """Put the coins that the market bought or sold into the sleeves, whole satoshi."""
        managers.coins[:] = np.maximum(np.round((managers.coins + trades.fund_coins) * SATOSHI) / SATOSHI, 0.0)

    def _begin(self, managers: AssetManagers, policy: Policy, clock: Clock) -> None:
        """Providers that start a sleeve this month, and whether in the existing series."""
        rows = np.arange(len(managers))
        friendly = harbour(policy, self.p.harbour)
        starts = self._starts(managers.moved == 1, policy, friendly, clock, self._move)
        inside = uniforms(self._inside, rows, 0, 0) < self.p.inside_chance
        managers.moved[starts] = 1
        managers.moved_month[starts] = clock.month
        managers.inside[starts] = inside[starts]
        for row in np.flatnonzero(starts):
            series = "its existing series" if inside[row] else "a new series"
            share = float(managers.market_share[row])
            text = f"A provider with {share:.1%} of target-date assets began a crypto sleeve in {series}."
            self.events.append(Event("sleeve", f"manager {row}", text, share))

    def _wind_up(self, managers: AssetManagers) -> None:
        """End every sleeve: the fund aims at zero and sells; to come back it must adopt anew."""
        for row in np.flatnonzero(managers.moved):
            share = float(managers.market_share[row])
            text = f"A provider with {share:.1%} of target-date assets must wind up its crypto sleeve."
            self.events.append(Event("sleeve", f"manager {row}", text, share))
        managers.moved[:] = 0
        managers.moved_month[:] = -1
        managers.inside[:] = 0

    def _set_alternatives(self, managers: AssetManagers, policy: Policy, clock: Clock) -> None:
        """Providers that add a class of alternatives, and the share built up so far: open classes share the target."""
        opened = [name for name in ALTERNATIVES if getattr(policy, name)]
        for place, name in enumerate(ALTERNATIVES):
            began, share = getattr(managers, f"{name}_month"), getattr(managers, f"{name}_share")
            if name not in opened:
                began[:], share[:] = -1, 0.0
                continue
            starts = self._starts(began >= 0, policy, 1.0, clock, self._alternatives, place)
            began[starts] = clock.month
            progress = built(began, clock.month, self.p.build_months)
            share[:] = policy.alternatives_target / len(opened) * progress

    def _starts(
        self, adopted: np.ndarray, policy: Policy, scale: float, clock: Clock, key: np.uint64, slot: int = 0
    ) -> np.ndarray:
        """Who adopts this month; bool, shape (m,). `scale` multiplies the hazard, `slot` tells draws of a key apart."""
        rows = np.arange(len(adopted))
        speed = speed_of(self.p, policy.adoption_speed)
        hazard = bass_hazard(speed, adopted.mean() if self.loops.peers else 0.0) * scale
        willing = uniforms(self._willing, rows, 0, 0) < speed.ceiling
        return willing & ~adopted & (uniforms(key, rows, clock.month, slot) < chance(hazard))

    def _remember(self, managers: AssetManagers, outlook: Outlook) -> None:
        """Fold last month's gain from the sleeve, relative to the average provider's, into the record."""
        gain = managers.sleeve_target * np.expm1(outlook.month_return)
        managers.performance *= 1.0 - 1.0 / self.p.performance_months
        managers.performance += gain - gain.mean()
