"""Portfolio choice: who looks at crypto this month, who adopts it, what holders buy and sell.

Two rules stand side by side and share attention, doors, caps and settlement:

    inertia and peers   most do nothing; one who looks adopts with a logit of extrapolated return, risk, contacts who
                        hold, trust and believed rescue; holders let shares drift, buy up to a small target; some panic
    expected utility    one who looks holds w = μ̂ / (γ σ²), with a learned mean, and trades to it

The evidence behind each value is in docs/model.md 4.3; "assumed" values carry their range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.columns import RowSet
from abm.participants.choice_kernels import SIZE, Circle, Menus, News
from abm.participants.expected_utility import ExpectedUtilityParameters, expected_utility
from abm.participants.inertia import inertia_and_peers, wanted_shares
from abm.participants.outside import at_rest
from abm.participants.settlement import Choices, coins_of, settle
from abm.participants.traits import TraitParameters
from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import normals, stream, uniforms

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.crypto_market.agent import Outlook, Trades
    from abm.employers.menu import Doors
    from abm.network import Neighbours
    from abm.participants.agent import Participants
    from abm.participants.payroll import Contributions
    from abm.scenario import Loops

SQRT_MONTHS = np.sqrt(12.0)


class ChoiceParameters(Quantities):
    """Attention, adoption, size, exit and return under inertia and peers."""

    look_directed: float = quantity(
        0.15, unit="1/year", low=0.0, high=500.0, source="Vanguard, ICI: 5–9.5 % of all a year"
    )
    """Hazard of looking at a self-directed plan account."""
    look_managed: float = quantity(
        0.03, unit="1/year", low=0.0, high=500.0, source="Vanguard 2018: a fifth of self-directed"
    )
    """Hazard of looking at a plan account in the default fund."""
    look_ira: float = quantity(0.20, unit="1/year", low=0.0, high=500.0, source="Vanguard 2018: retail households 23 %")
    """Hazard of looking at an IRA."""
    man: float = quantity(
        1.15, unit="ratio", low=0.0, high=5.0, source="Mitchell et al. 2006 (sign); size assumed, 1–1.3"
    )
    """Attention of men relative to the mean."""
    woman: float = quantity(
        0.85, unit="ratio", low=0.0, high=5.0, source="Mitchell et al. 2006 (sign); size assumed, 0.7–1"
    )
    """Attention of women relative to the mean."""
    holder_attention: float = quantity(2.5, unit="ratio", low=1.0, high=10.0, source="assumed, range 1.5–4")
    """Attention of those who hold crypto anywhere."""
    news_attention: float = quantity(0.5, unit="log per s.d.", low=0.0, high=3.0, source="Alight, March 2020: × 5.8")
    """How attention rises with a monthly return beyond one standard deviation, up or down."""
    ostrich: float = quantity(0.095, unit="share per s.d.", low=0.0, high=0.5, source="Sicherman et al. 2016: −9.5 %")
    """How attention falls after a fall, up to two standard deviations."""
    elector: float = quantity(
        0.06, unit="1/year", low=0.0, high=1.0, source="assumed: 22 % change jobs, a quarter choose"
    )
    """Hazard of a new election for contributions only, as at a new job."""
    outside_returns: float = quantity(
        2.0, unit="log per 1/year", low=0.0, high=5.0, source="fitted: Nielsen panel, 3 to 11 % of households in 2021"
    )
    """How the hazard of starting to hold outside retirement accounts rises with the extrapolated return."""
    outside_peers: float = quantity(3.0, unit="log per share", low=0.0, high=10.0, source="assumed, range 0–5")
    """How that hazard rises with the share of contacts who hold."""
    outside_out: float = quantity(0.06, unit="1/year", low=0.0, high=1.0, source="assumed, range 0.03–0.12")
    """Hazard of ceasing to hold outside; with the surveyed cells it sets the hazard of starting (outside.py)."""
    outside_flight: float = quantity(
        2.4, unit="1/year per unit", low=0.0, high=10.0, source="fitted: SHED, 12 to 7 % of adults 2021–23"
    )
    """Further hazard for each unit of fall beyond flight_from."""
    flight_from: float = quantity(0.3, unit="share", low=0.0, high=1.0, source="assumed, range 0.2–0.5")
    """Fall below the market's high from which holders outside leave faster."""
    return_pull: float = quantity(1.0, unit="logit per 1/year", low=0.0, high=5.0, source="assumed, range 0.5–2")
    """b_x: adoption on the extrapolated return."""
    peer_pull: float = quantity(
        3.3, unit="logit per share", low=0.0, high=20.0, source="Balutel et al. 2022: 0.4/p(1−p)"
    )
    """b_n: adoption on the share of contacts who hold."""
    peer_mean: float = quantity(0.14, unit="share", low=0.0, high=1.0, source="Gallup 2025: 14 % of adults hold")
    """s₀: share of contacts at which they do not move anyone."""
    risk_push: float = quantity(0.5, unit="logit per unit", low=0.0, high=5.0, source="assumed, range 0–2")
    """b_r: adoption against perceived risk, σ − σ₀ + dd."""
    reference_volatility: float = quantity(0.55, unit="1/√year", low=0.1, high=1.5, source="BTC 2024–26, range 0.4–0.7")
    """σ₀: volatility that does not move anyone."""
    trust_pull: float = quantity(
        1.0, unit="logit per unit", low=0.0, high=10.0, source="Guiso et al. 2008 (sign); assumed, 0–2"
    )
    """b_T: adoption on trust."""
    trust_mean: float = quantity(0.45, unit="0–1", low=0.0, high=1.0, source="assumed, range 0.3–0.6")
    """Trust that does not move anyone."""
    rescue_pull: float = quantity(0.5, unit="logit per unit", low=0.0, high=10.0, source="assumed, range 0–2")
    """b_R: adoption on the believed probability of a rescue."""
    knowledge_pull: float = quantity(0.25, unit="logit per s.d.", low=0.0, high=2.0, source="assumed, range 0–0.5")
    """b_k: adoption on knowledge, a lasting trait of mean 0."""
    owner: float = quantity(-1.3, unit="logit", low=-10.0, high=5.0, source="fitted to IRA and window shares")
    """a_own: adoption in an account by one who holds crypto elsewhere."""
    other: float = quantity(-4.5, unit="logit", low=-15.0, high=5.0, source="fitted to IRA and window shares")
    """a_non: adoption by one who holds none."""
    core_door: float = quantity(0.5, unit="logit", low=-5.0, high=5.0, source="assumed, range −0.5 to 1.5; no data")
    """What a core option adds."""
    window_door: float = quantity(
        -1.0, unit="logit", low=-10.0, high=5.0, source="fitted: 1 % use a window (Vanguard 2015)"
    )
    """What a brokerage window adds."""
    ira_door: float = quantity(
        -0.8, unit="logit", low=-10.0, high=5.0, source="fitted: 0.15–0.25 % of IRA assets in 2026"
    )
    """What an IRA adds."""
    median_target: float = quantity(
        0.025, unit="share of account", low=0.0, high=0.5, source="JPMorgan Chase Inst. 2022"
    )
    """Median share wanted, at the median balance."""
    median_balance: float = quantity(38_176.0, unit="USD", low=1.0, high=1e7, source="Vanguard 2025, end of 2024")
    """Balance at which the median share is wanted."""
    size_slope: float = quantity(0.15, unit="elasticity", low=0.0, high=1.0, source="assumed, range 0–0.3")
    """How the wanted share falls with the balance."""
    target_spread: float = quantity(
        1.5, unit="log", low=0.0, high=3.0, source="fitted: a fifth hold half their wealth in it"
    )
    """Spread of the wanted share among persons."""
    target_tilt: float = quantity(
        0.8, unit="log per 1/year", low=0.0, high=5.0, source="fitted to US spot ETF flows 2024–26"
    )
    """How the wanted share follows the extrapolated return."""
    free_cap: float = quantity(0.5, unit="share of account", low=0.0, high=1.0, source="assumed, range 0.2–1")
    """Largest share anyone wants, whatever plan and rule allow."""
    sell_below: float = quantity(
        -0.2, unit="1/year", low=-1.0, high=1.0, source="Kogan et al. 2023 (sign); size assumed"
    )
    """Extrapolated return below which holders who look sell down to their target."""
    leaving: float = quantity(0.006, unit="1/month", low=0.0, high=1.0, source="fitted: SHED and ETF outflows")
    """Probability that a holder sells all without a loss."""
    panic_scale: float = quantity(
        0.02, unit="1/month", low=0.0, high=1.0, source="fitted: SHED −42 % in two years; ETF −11 % of coins at −53 %"
    )
    """Scale of panic selling."""
    panic_slope: float = quantity(
        3.0, unit="log per share", low=0.0, high=10.0, source="assumed, range 1.5–5; not told apart from the scale"
    )
    """How panic grows with the loss beyond one's threshold."""
    threshold_low: float = quantity(
        0.15, unit="share", low=0.0, high=1.0, source="assumed; loss aversion 1.96 (Brown et al.)"
    )
    """Smallest loss below the own high-water mark that anyone minds."""
    threshold_high: float = quantity(
        0.55, unit="share", low=0.0, high=1.0, source="assumed; loss aversion 1.96 (Brown et al.)"
    )
    """Loss that everyone minds."""
    contagion: float = quantity(10.0, unit="ratio per share", low=0.0, high=100.0, source="assumed, range 0–20")
    """How panic grows with the share of holders that panicked last month."""
    never_back: float = quantity(0.31, unit="probability", low=0.0, high=1.0, source="Elkind et al. 2022: 30.9 %")
    """Panic sellers who never return."""
    waiting: float = quantity(
        6.0, unit="months", low=0.0, high=120.0, source="Elkind et al. 2022: 60 % within five months"
    )
    """Mean wait of the others before they may look and adopt anew."""
    start_share: float = quantity(
        0.0015, unit="share of IRA assets", low=0.0, high=0.05, source="a third of spot ETF assets in IRAs: 0.10–0.25 %"
    )
    """Crypto in IRAs at the start."""
    expected_utility: ExpectedUtilityParameters = ExpectedUtilityParameters()


class ChoiceRule(Stateful):
    """What both rules share: the news of the month, and settlement.

    Attributes:
        panic_share: share of holders that sold in panic last month; lasting.
        traits: the surveyed cells toward which people start and stop holding outside their accounts.
    """

    STATE = ("panic_share",)

    def __init__(self, p: ChoiceParameters, loops: Loops, seed: int, traits: TraitParameters) -> None:
        self.p, self.loops, self.traits = p, loops, traits
        self.numbers = p.numbers()
        self.keys = (stream(seed, "choice.month"), stream(seed, "choice.traits"))
        self.panic_share = 0.0

    def choose(
        self,
        people: Participants,
        paid: Contributions,
        doors: Doors,
        outlook: Outlook,
        rescue_belief: float,
        neighbours: Neighbours,
        clock: Clock,
    ) -> Choices:
        """Everyone's decisions of the month; changes nothing.

        Args:
            paid: contributions of this month, already inside plan_core and ira_core.
            rescue_belief: believed probability that a large loss is made good.
        """
        circle = Circle(neighbours.indptr, neighbours.indices)
        menus = Menus(doors.plan_door, doors.plan_cap, doors.closing)
        news = self.news(outlook, rescue_belief, doors, clock)
        rest = at_rest(people, self.traits, self.p.outside_out)
        return Choices(*self.decide(people.records, coins_of(people), paid.plan, paid.ira, menus, circle, rest, news))

    def decide(self, savers, coins, paid_plan, paid_ira, menus, circle, rest, news):
        """The rule itself: `Decisions` of everyone."""
        raise NotImplementedError

    def settle(self, people: Participants, doors: Doors, choices: Choices, trades: Trades) -> None:
        """Give every saver the coins bought and the proceeds of the coins sold, and write the decisions down."""
        self.panic_share = settle(people, doors, choices, trades)

    def news(self, outlook: Outlook, rescue_belief: float, doors: Doors, clock: Clock) -> News:
        """What everyone reads, with the loops that are cut held at rest."""
        p, loops = self.p, self.loops
        risk = outlook.volatility - p.reference_volatility + outlook.drawdown if loops.prudence else 0.0
        monthly = max(outlook.volatility, 1e-6) / SQRT_MONTHS
        return News(
            month=int(clock.month),
            price=float(outlook.price),
            extrapolation=float(outlook.expected_return) if loops.returns else 0.0,
            risk=float(risk),
            drawdown=float(outlook.drawdown),
            surprise=float(outlook.month_return / monthly),
            volatility=float(outlook.volatility if loops.prudence else p.reference_volatility),
            rescue=float(rescue_belief),
            panic=float(self.panic_share if loops.peers else 0.0),
            peers=bool(loops.peers),
            ira_open=bool(doors.ira_open),
            forced_exit=bool(doors.forced_exit),
        )


class InertiaAndPeers(ChoiceRule):
    """Most do nothing; the few who look follow returns and contacts; some panic. The default."""

    def decide(self, savers, coins, paid_plan, paid_ira, menus, circle, rest, news):
        """See `inertia_and_peers`."""
        return inertia_and_peers(savers, coins, paid_plan, paid_ira, menus, circle, rest, news, self.keys, self.numbers)


class ExpectedUtility(ChoiceRule):
    """Those who look hold what constant relative risk aversion asks for, given a learned mean."""

    def decide(self, savers, coins, paid_plan, paid_ira, menus, circle, rest, news):
        """See `expected_utility`."""
        own = self.p.expected_utility.numbers()
        return expected_utility(
            savers, coins, paid_plan, paid_ira, menus, circle, rest, news, self.keys, self.numbers, own
        )


RULES = {"inertia_and_peers": InertiaAndPeers, "expected_utility": ExpectedUtility}


def rule_of(
    name: str, p: ChoiceParameters, loops: Loops, seed: int, traits: TraitParameters | None = None
) -> ChoiceRule:
    """The rule of a scenario's `choice`; the published cells of ownership when `traits` is left out."""
    return RULES[name](p, loops, seed, traits or TraitParameters())


def endow(people: Participants, start_price: float, p: ChoiceParameters, seed: int) -> None:
    """Put the crypto that IRAs hold at the start into the IRAs of some who hold crypto outside.

    Each wants a share as `wanted_share`; as many are taken, in the order of a keyed draw, as bring the country's
    holdings to start_share of IRA assets; the last step scales all of them to it. Rows that hold coins are left alone.
    """
    can = (people.outside == 1) & (people.ira_core > 0.0) & (people.ira_crypto == 0.0)
    rows = np.flatnonzero(can)
    goal = p.start_share * float(np.sum(people.weight * people.ira_core))
    if goal <= 0.0 or rows.size == 0:
        return
    luck = normals(stream(seed, "choice.traits"), people.seat[rows], 0, SIZE)
    share = wanted_shares(people.ira_core[rows], luck, 0.0, p.numbers())
    usd = share * people.ira_core[rows]
    turn = np.argsort(uniforms(stream(seed, "choice.endowment"), people.seat[rows], 0, 0), kind="stable")
    total = np.cumsum((people.weight[rows] * usd)[turn])
    count = min(int(np.searchsorted(total, goal)) + 1, rows.size)
    chosen, scale = rows[turn[:count]], min(goal / total[count - 1], 1.0)
    spent = usd[turn[:count]] * scale
    target, coins = share[turn[:count]] * scale, spent / start_price
    RowSet(people, chosen).write(crypto_target=target, crypto_basis=spent, high_water=start_price, ira_crypto=coins)
    people.ira_core[chosen] -= spent
