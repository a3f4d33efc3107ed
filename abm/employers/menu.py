"""Menus: which doors to crypto and other alternatives a plan sponsor opens, accepts, caps and closes.

    yearly hazard = (p + q F/m) · harbour · e^(−prudence · ((σ − σ₀) + dd)) · √(demand/d₀) · e^(−fear · sued peers)

for the core option and for accepting a provider's new series alike, in the scenario's speed (p, q, m); the brokerage
window has hardly moved in a decade. F mixes the country's share with the peers'. Sponsors close a door after falls and
when they are sued. Evidence and what is assumed: docs/model.md 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.diffusion import HarbourParameters, bass_hazard, chance, harbour, speed_of
from abm.employers.doors import Doors, doors
from abm.employers.founding import found_employers
from abm.quantities import Quantities, quantity
from abm.streams import stream, uniforms
from abm.vocabulary import Event, Menu

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.clock import Clock
    from abm.crypto_market.agent import Outlook
    from abm.employers.agent import Employers
    from abm.network import Network
    from abm.scenario import Loops, Policy

__all__ = ["Doors", "Menus", "SponsorParameters", "doors", "found_employers"]


class SponsorParameters(Quantities):
    """How sponsors differ, adopt, fear and withdraw."""

    savers_each: float = quantity(
        100.0, unit="rows", low=1.0, high=1e6, source="design: Zipf sizes, about 100 rows a plan"
    )
    """Rows of participants for each employer."""
    size_exponent: float = quantity(
        1.0, unit="Zipf exponent", low=0.0, high=2.0, source="Axtell 2001; plans 2020: 0.98"
    )
    """Size falls with rank to this power."""
    industries: int = quantity(10, unit="industries", low=1, high=1000, source="assumed: NAICS supersectors")
    """Industries; peers share one."""
    share_403b: float = quantity(
        0.125, unit="share of workers", low=0.0, high=1.0, source="ICI 2025: 403(b) 9.9 of 77 m"
    )
    """Workers whose employer offers a 403(b) plan instead of a 401(k)."""
    auto_enrolment: float = quantity(
        0.70, unit="share of workers", low=0.0, high=1.0, source="Vanguard 2025: 61 % of plans, 78 % of large ones"
    )
    """Workers whose employer enrols new workers into the default fund."""
    window_access: float = quantity(0.28, unit="share of workers", low=0.0, high=1.0, source="Vanguard 2015: 28 %")
    """Workers with a brokerage window at the start."""
    window_hazard: float = quantity(
        0.004, unit="1/year", low=0.0, high=0.1, source="assumed: flat for a decade; 0–0.02"
    )
    """Hazard of opening a brokerage window."""
    small_cap: float = quantity(0.6, unit="share of workers", low=0.0, high=1.0, source="assumed, range 0.3–0.9")
    """Workers whose plan caps chosen crypto at 5 % of the account."""
    middle_cap: float = quantity(0.25, unit="share of workers", low=0.0, high=1.0, source="assumed, range 0–0.5")
    """Workers whose plan caps it at 10 %; the others at 20 %."""
    prudence_spread: float = quantity(0.3, unit="log", low=0.0, high=2.0, source="assumed, range 0–0.6")
    """Spread of prudence among sponsors, mean 1."""
    slow_innovation: float = quantity(
        0.012, unit="1/year", low=0.0, high=1.0, source="annuities, windows: about 0–0.012"
    )
    """Hazard p at the slow speed."""
    slow_imitation: float = quantity(0.02, unit="1/year", low=0.0, high=2.0, source="annuities, windows: about 0–0.02")
    """Imitation q at the slow speed."""
    slow_ceiling: float = quantity(
        0.20, unit="share of firms", low=0.0, high=1.0, source="windows 0.2, annuities 0.1–0.15"
    )
    """Share of sponsors that would ever open a door, slow speed."""
    middle_innovation: float = quantity(
        0.06, unit="1/year", low=0.0, high=1.0, source="fitted to Roth 2007–20 from its level of 2007; range 0.05–0.116"
    )
    """Hazard p at the middle speed (PSCA and Vanguard, Roth option)."""
    middle_imitation: float = quantity(0.055, unit="1/year", low=0.0, high=2.0, source="Bass fits to Roth: 0–0.055")
    """Imitation q at the middle speed."""
    middle_ceiling: float = quantity(
        0.45, unit="share of firms", low=0.0, high=1.0, source="57 % said never (survey 2022)"
    )
    """Share of sponsors that would ever open a door, middle speed."""
    fast_innovation: float = quantity(0.086, unit="1/year", low=0.0, high=1.0, source="Bass fit, target-date, Vanguard")
    """Hazard p at the fast speed (target-date funds offered, 2004–22)."""
    fast_imitation: float = quantity(
        0.46, unit="1/year", low=0.0, high=2.0, source="fitted: target-date, Vanguard; 0.43 if all imitate the country"
    )
    """Imitation q at the fast speed."""
    fast_ceiling: float = quantity(
        0.93, unit="share of firms", low=0.0, high=1.0, source="Bass fit, target-date, Vanguard"
    )
    """Share of sponsors that would ever open a door, fast speed."""
    peer_weight: float = quantity(0.5, unit="share", low=0.0, high=1.0, source="assumed, range 0–1")
    """Weight of the peers' share, against the country's, in what a sponsor imitates."""
    reference_volatility: float = quantity(0.55, unit="1/√year", low=0.1, high=1.5, source="BTC 2024–26, range 0.4–0.7")
    """Volatility at which prudence neither speeds nor slows."""
    reference_demand: float = quantity(0.145, unit="share of workers", low=0.01, high=1.0, source="Gallup 2025: 14 %")
    """Share of workers holding crypto at which demand neither speeds nor slows."""
    performance_tilt: float = quantity(
        5.0, unit="log hazard per log return", low=0.0, high=50.0, source="assumed, 0–20"
    )
    """How a provider's record moves clients to accept its sleeve."""
    removal: float = quantity(
        0.07, unit="1/year", low=0.0, high=1.0, source="company stock 2005–14: 3.7–7.5 % a year closed the fund"
    )
    """Hazard of closing a door after a fall of removal_from + removal_span below the market's high."""
    removal_from: float = quantity(0.4, unit="share", low=0.0, high=1.0, source="assumed, range 0.2–0.6")
    """Fall below the market's high from which sponsors close doors."""
    removal_span: float = quantity(0.4, unit="share", low=0.01, high=1.0, source="assumed, range 0.2–0.6")
    """Further fall at which they close them at the hazard of `removal`; less or more in proportion."""
    suit_base: float = quantity(
        98 / 726_000,
        unit="1/year",
        low=0.0,
        high=0.1,
        source="98 suits a year among about 726 000 plans (DOL, Encore 2025)",
    )
    """Hazard of a suit against any plan."""
    suit_after_falls: float = quantity(0.02, unit="1/year", low=0.0, high=1.0, source="assumed, range 0–0.05")
    """Further hazard, for each unit of fall beyond suit_from, where crypto is on the menu."""
    suit_from: float = quantity(0.3, unit="share", low=0.0, high=1.0, source="assumed, range 0.2–0.5")
    """Fall below the market's high from which losses bring suits."""
    suit_relief: float = quantity(0.5, unit="share", low=0.0, high=1.0, source="assumed, range 0.2–0.8")
    """Share of suits that a safe harbour keeps away."""
    suit_fear: float = quantity(1.0, unit="log", low=0.0, high=10.0, source="assumed, range 0–3")
    """How far hazards of adoption fall when all peers are sued."""
    suit_months: float = quantity(36.0, unit="months", low=1.0, high=240.0, source="assumed, range 24–60")
    """Mean time until a suit is settled or dismissed."""
    harbour: HarbourParameters = HarbourParameters()


def brake(prudence: np.ndarray, volatility: float, drawdown: float, reference: float) -> np.ndarray:
    """What prudence multiplies a hazard with, e^(−prudence · ((σ − σ₀) + dd)); shape (n,)."""
    return np.exp(-prudence.astype(np.float64) * ((volatility - reference) + drawdown))


def close_core(sponsors: Employers, rows: np.ndarray) -> None:
    """Take the core option off some menus (bool, shape (n_employers,)); their savers must sell what they hold there."""
    core = rows & (sponsors.menu == Menu.CORE)
    sponsors.closing[core] = 1
    sponsors.menu[core] = np.where(sponsors.window[core] == 1, Menu.WINDOW, Menu.NONE)


class Menus:
    """The sponsors' rule, built once a world.

    Attributes:
        events: doors opened and closed and suits of the month last reviewed.
    """

    def __init__(self, p: SponsorParameters, loops: Loops, seed: int) -> None:
        self.p, self.loops = p, loops
        self.events: list[Event] = []
        self._keys = {
            name: stream(seed, f"sponsors.{name}")
            for name in ("willing", "core", "window", "sleeve", "alternatives", "removal", "suit", "settled")
        }

    def review(
        self,
        sponsors: Employers,
        managers: AssetManagers,
        demand: np.ndarray,
        policy: Policy,
        outlook: Outlook,
        network: Network,
        clock: Clock,
    ) -> None:
        """Open, accept, close and remove doors for this month.

        Args:
            demand: share of each employer's workers who hold crypto anywhere, shape (n_employers,).
        """
        self.events.clear()
        sponsors.closing[:] = 0
        drawdown = outlook.drawdown if self.loops.prudence else 0.0
        self._settle_suits(sponsors, clock)
        self._close(sponsors, drawdown, policy, clock)
        if policy.rule == "prohibit":
            close_core(sponsors, sponsors.menu == Menu.CORE)
        push = self._push(sponsors, demand, outlook, network)
        self._open(sponsors, push, policy, network, clock)
        self._accept(sponsors, managers, push, policy, network, clock)
        self._accept_alternatives(sponsors, managers, policy, network, clock)

    def _push(self, sponsors: Employers, demand: np.ndarray, outlook: Outlook, network: Network) -> np.ndarray:
        """What state terms multiply every crypto hazard with, before the law; shape (n_employers,)."""
        p, push = self.p, np.ones(len(sponsors))
        if self.loops.prudence:
            push *= brake(sponsors.prudence, outlook.volatility, outlook.drawdown, p.reference_volatility)
        if self.loops.peers:
            push *= np.sqrt(demand / p.reference_demand)
            push *= np.exp(-p.suit_fear * network.sponsor_peers.mean((sponsors.suits > 0).astype(np.float64), 0.0))
        return push

    def _adopts(
        self, name: str, adopted: np.ndarray, push: np.ndarray, policy: Policy, network: Network, clock: Clock
    ) -> np.ndarray:
        """Who adopts this month: willing, not yet, and lucky; bool, shape (n_employers,)."""
        rows = np.arange(len(adopted))
        speed = speed_of(self.p, policy.adoption_speed)
        seen = 0.0
        if self.loops.peers:
            nation = adopted.mean()
            seen = nation + self.p.peer_weight * (
                network.sponsor_peers.mean(adopted.astype(np.float64), nation) - nation
            )
        hazard = bass_hazard(speed, seen) * push
        willing = uniforms(self._keys["willing"], rows, 0, 0) < speed.ceiling
        return willing & ~adopted & (uniforms(self._keys[name], rows, clock.month, 0) < chance(hazard))

    def _open(self, sponsors: Employers, push: np.ndarray, policy: Policy, network: Network, clock: Clock) -> None:
        """Open core options and brokerage windows."""
        law = harbour(policy, self.p.harbour)
        if policy.brokerage_window and law > 0.0:
            luck = uniforms(self._keys["window"], np.arange(len(sponsors)), clock.month, 0)
            opens = (sponsors.window == 0) & (luck < chance(self.p.window_hazard * law))
            sponsors.window[opens] = 1
            sponsors.menu[opens & (sponsors.menu == Menu.NONE)] = Menu.WINDOW
        if policy.core_option and law > 0.0:
            opens = self._adopts("core", sponsors.menu == Menu.CORE, push * law, policy, network, clock)
            sponsors.menu[opens] = Menu.CORE
            self._tell("menu", sponsors, opens, "opened a crypto option on the core menu")

    def _accept(
        self,
        sponsors: Employers,
        managers: AssetManagers,
        push: np.ndarray,
        policy: Policy,
        network: Network,
        clock: Clock,
    ) -> None:
        """Accept or outlive the provider's sleeve."""
        mine = sponsors.manager
        over = (managers.moved == 0) & (managers.coins == 0.0)
        sponsors.accepts_sleeve[over[mine]] = 0
        sponsors.declined[over[mine]] = 0
        law = harbour(policy, self.p.harbour)
        if not policy.target_date_sleeve or law == 0.0:
            return
        offered = managers.moved[mine] == 1
        given = offered & (managers.inside[mine] == 1) & (sponsors.declined == 0) & (sponsors.accepts_sleeve == 0)
        sponsors.accepts_sleeve[given] = 1
        record = managers.performance[mine] if self.loops.returns else 0.0
        pull = push * law * np.exp(self.p.performance_tilt * record)
        accepts = offered & self._adopts("sleeve", sponsors.accepts_sleeve == 1, pull, policy, network, clock)
        sponsors.accepts_sleeve[accepts] = 1
        self._tell("menu", sponsors, given | accepts, "took a default fund with a crypto sleeve")

    def _accept_alternatives(
        self, sponsors: Employers, managers: AssetManagers, policy: Policy, network: Network, clock: Clock
    ) -> None:
        """Accept the provider's default fund with other alternatives: the same curve, no crypto law, no prudence.

        When all classes are closed, sponsors stay until their fund has redeemed what it holds: its gains need owners.
        """
        if not (policy.private_equity or policy.real_estate or policy.commodities):
            empty = ~(managers.alternatives("usd") > 0.0).any(axis=1)
            sponsors.alternatives[empty[sponsors.manager]] = 0
            return
        offered = (managers.alternatives("month") >= 0).any(axis=1)[sponsors.manager]
        push = np.ones(len(sponsors))
        accepts = self._adopts("alternatives", sponsors.alternatives == 1, push, policy, network, clock)
        sponsors.alternatives[offered & accepts] = 1

    def _close(self, sponsors: Employers, drawdown: float, policy: Policy, clock: Clock) -> None:
        """Doors closed after falls, and suits with what they close."""
        p, rows = self.p, np.arange(len(sponsors))
        exposed = (sponsors.menu == Menu.CORE) | (sponsors.accepts_sleeve == 1)
        removal = p.removal * max(drawdown - p.removal_from, 0.0) / p.removal_span
        leaves = exposed & (uniforms(self._keys["removal"], rows, clock.month, 0) < chance(removal))
        relief = 1.0 - p.suit_relief if policy.rule in ("safe_harbour", "promote") else 1.0
        suit = (p.suit_base + p.suit_after_falls * max(drawdown - p.suit_from, 0.0)) * relief
        sued = exposed & (uniforms(self._keys["suit"], rows, clock.month, 0) < chance(suit))
        sponsors.suits[sued] += 1
        self._tell("suit", sponsors, sued, "had to close crypto options after a suit")
        self._tell("menu", sponsors, leaves & ~sued, "closed crypto options after a fall of the price")
        close_core(sponsors, leaves | sued)
        left = (leaves | sued) & (sponsors.accepts_sleeve == 1)
        sponsors.accepts_sleeve[left] = 0
        sponsors.declined[left] = 1

    def _settle_suits(self, sponsors: Employers, clock: Clock) -> None:
        luck = uniforms(self._keys["settled"], np.arange(len(sponsors)), clock.month, 0)
        sponsors.suits[(sponsors.suits > 0) & (luck < 1.0 / self.p.suit_months)] -= 1

    def _tell(self, kind: str, sponsors: Employers, rows: np.ndarray, deed: str) -> None:
        """One event for all sponsors that did the same this month."""
        count = int(rows.sum())
        if count:
            share = float(sponsors.size[rows].sum())
            who = "One employer" if count == 1 else f"{count} employers"
            self.events.append(Event(kind, "sponsors", f"{who} with {share:.2%} of jobs {deed}.", float(count)))
