"""Life: a month of age, death, pay, jobs lost and found, accounts moved, retirement, the claim of Social Security.

    pay        w = w₀ W exp(f(a) + z + e),      f by education (Cocco, Gomes and Maenhout 2005)
    each year  z ← z + N(−v/2, v),  e ~ N(0, u)     (variances by age, Sabelhaus and Song 2010)
    separation h = h₀ · age factor · (b + c e^(−tenure/24)) · (factor without a plan) · (own mobility, mean one)

A leaver cashes out (small accounts mostly), rolls over into an IRA (large ones) or leaves the account where it is.
Death comes before work; the dead keep their accounts until the market and `retirement.py` have settled them.
`docs/model.md` 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import table
from abm.participants import passes
from abm.participants.month import moment
from abm.quantities import Quantities, quantity
from abm.streams import stream
from abm.vocabulary import MONTHS_A_YEAR, Sector

if TYPE_CHECKING:
    from abm.books import Books
    from abm.clock import Clock
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants
    from abm.returns import Economy

OLDEST = 120
"""Ages run to 119 years: the end of the life table."""


class LifeParameters(Quantities):
    """Pay, jobs, participation and what becomes of accounts."""

    peak_pay: float = quantity(
        87_000.0,
        unit="USD/year",
        low=20_000.0,
        high=300_000.0,
        source="assumed; fitted to wages of 11.84 trillion (CBO 2026)",
    )
    """Pay at 50 of a worker of average ability."""
    no_high_school: float = quantity(
        0.09, unit="share of persons", low=0.0, high=0.5, source="US Census, educational attainment; rounding assumed"
    )
    """Persons without a high school diploma, for the pay profile."""
    college: float = quantity(
        0.38, unit="share of persons", low=0.0, high=0.5, source="US Census, educational attainment; rounding assumed"
    )
    """Persons with a bachelor's degree, for the pay profile; the rest have a high school diploma (0.53)."""
    profile_scale: float = quantity(
        1.0, unit="factor", low=0.0, high=2.0, source="Cocco, Gomes and Maenhout 2005: as published"
    )
    """Steepness of the log pay profile over the published one; 0 is the same pay at every age."""
    ability_spread: float = quantity(
        0.74, unit="log points", low=0.0, high=1.5, source="assumed; fitted to pay of savers, Vanguard 2025"
    )
    """Standard deviation of log ability at entry."""
    permanent_scale: float = quantity(
        0.19, unit="share of variance", low=0.0, high=1.0, source="assumed; fitted to the average benefit, SSA 2025"
    )
    """Part of Sabelhaus and Song's permanent variance that workers here live through (job loss is modelled apart)."""
    transitory_scale: float = quantity(0.5, unit="share of variance", low=0.0, high=1.0, source="assumed; fitted")
    """Part of their transitory variance."""
    never_attached: float = quantity(0.058, unit="share of persons", low=0.0, high=0.5, source="assumed")
    """Persons who never work for pay."""
    separation: float = quantity(
        0.0244, unit="1/month", low=0.0, high=0.2, source="EBRI 2017: 22 % of participants change jobs a year"
    )
    """Separation before the factors for age, tenure and plan."""
    tenure_base: float = quantity(
        0.555, unit="factor", low=0.0, high=2.0, source="assumed; fitted to tenure, EBRI 2024"
    )
    """Factor on separation after long tenure."""
    tenure_rise: float = quantity(
        0.902, unit="factor", low=0.0, high=5.0, source="assumed; fitted to tenure, EBRI 2024"
    )
    """Added to it at the start of a job."""
    tenure_fade: float = quantity(24.0, unit="months", low=1.0, high=240.0, source="assumed")
    """Tenure with which that fades, to 1/e of it."""
    separation_outside: float = quantity(
        1.8, unit="factor", low=1.0, high=3.0, source="assumed; fitted to age of holders, Vanguard 2025"
    )
    """Factor on separation for those who do not save at work."""
    mobility_spread: float = quantity(
        0.4, unit="log points", low=0.0, high=2.0, source="assumed, movers and stayers; fitted to tenure, EBRI 2024"
    )
    """Half the range of a person's own log factor on separation, the same for life."""
    next_job_at_once: float = quantity(
        0.326, unit="share of leavers", low=0.0, high=1.0, source="assumed; fitted to wages and job changes"
    )
    """Leavers who have the next job already."""
    job_finding: float = quantity(
        0.193, unit="1/month", low=0.0, high=1.0, source="assumed; fitted to wages and benefits"
    )
    """Chance of those between jobs to find one."""
    retirement_scale: float = quantity(1.0, unit="factor", low=0.0, high=3.0, source="chosen")
    """Multiplies the hazards of retirement of working_life.csv."""
    eligible: float = quantity(0.92, unit="share of workers", low=0.0, high=1.0, source="assumed; BLS access by size")
    """Workers who may save at work, times those who ever would."""
    take_up: float = quantity(
        -2.7, unit="log odds", low=-10.0, high=5.0, source="assumed; fitted to 67.5 million holders"
    )
    """Log odds of saving at 40 with three quarters of average pay."""
    take_up_pay: float = quantity(
        1.56, unit="log odds per log pay", low=0.0, high=10.0, source="assumed; fitted, Vanguard 2025"
    )
    """Better paid workers save more often."""
    take_up_age: float = quantity(
        1.28, unit="log odds per 20 years", low=-2.0, high=8.0, source="assumed; fitted to age of holders"
    )
    """Older job changers begin less often: those who save at all have begun before."""
    take_up_person: float = quantity(
        0.524, unit="log odds per s.d.", low=0.0, high=8.0, source="assumed; fitted to balances by age, Vanguard 2025"
    )
    """How persons differ for life, whatever the job: some always save at work and some never."""
    late_entry: float = quantity(
        0.19, unit="1/month", low=0.0, high=0.2, source="assumed; fitted to coverage and age of holders"
    )
    """Non-savers who think again in a month."""
    deferral_scale: float = quantity(
        1.375, unit="factor", low=0.1, high=3.0, source="assumed; fitted to 7.7 % of pay, Vanguard 2025"
    )
    """Scales the average deferral by age."""
    thrift_spread: float = quantity(
        1.3, unit="log points", low=0.0, high=1.5, source="assumed; fitted to balances by age, Vanguard 2025"
    )
    """Standard deviation of a person's log deferral."""
    thrift_pay: float = quantity(
        0.4, unit="log per log pay", low=-0.5, high=1.0, source="assumed; fitted to balances by age, Vanguard 2025"
    )
    """Better paid workers defer a larger share."""
    deferral_least: float = quantity(0.01, unit="share of pay", low=0.0, high=0.1, source="assumed")
    """Smallest deferral anyone elects."""
    deferral_most: float = quantity(0.5, unit="share of pay", low=0.05, high=1.0, source="assumed; common plan maximum")
    """Largest deferral a plan lets anyone elect."""
    default_deferral: float = quantity(
        0.041, unit="share of pay", low=0.0, high=0.15, source="assumed; Vanguard 2025: most plans 4–6 %"
    )
    """Where automatic enrolment begins."""
    escalation: float = quantity(0.01, unit="share of pay a year", low=0.0, high=0.05, source="SECURE 2.0, section 101")
    """Automatic step in January, up to what the saver would choose himself."""
    passive_share: float = quantity(
        0.65, unit="share of the auto-enrolled", low=0.0, high=1.0, source="assumed; half of savers"
    )
    """Auto-enrolled savers who leave the defaults alone."""
    second_thoughts: float = quantity(
        0.16, unit="1/year", low=0.0, high=1.0, source="Vanguard 2025: 16 % change actively"
    )
    """Other savers who choose their deferral anew in January."""
    managed_share: float = quantity(
        0.2, unit="share", low=0.0, high=1.0, source="assumed; 62–67 % managed in all, Vanguard"
    )
    """Savers not passive who take the target-date fund all the same."""
    managed_pay: float = quantity(
        0.3, unit="share per log pay", low=0.0, high=1.0, source="assumed; 42 % of assets managed"
    )
    """Better paid savers choose for themselves more often."""
    cash_out_least: float = quantity(
        0.047, unit="share of leavers", low=0.0, high=1.0, source="assumed; fitted to 7 % above 100 000 USD, Vanguard"
    )
    """Cash-out of the largest accounts at separation."""
    cash_out_small: float = quantity(
        0.438, unit="share of leavers", low=0.0, high=1.0, source="assumed; fitted to 31 %, EBRI 2017"
    )
    """Added for the smallest accounts."""
    cash_out_scale: float = quantity(
        44_300.0, unit="USD", low=100.0, high=1e6, source="assumed; fitted to 31 %, EBRI 2017"
    )
    """Account at which the addition has halved, in wage units."""
    cash_out_slope: float = quantity(1.3, unit="exponent", low=0.1, high=5.0, source="assumed")
    """How steeply it falls around that account."""
    cash_out_old: float = quantity(0.5, unit="factor", low=0.0, high=1.0, source="assumed")
    """Factor on all cash-outs of leavers of cash_out_old_age and over, …"""
    cash_out_old_age: float = quantity(60.0, unit="years", low=22.0, high=120.0, source="assumed")
    """… which is this age."""
    rollover_leaver: float = quantity(
        0.19, unit="share of leavers", low=0.0, high=1.0, source="assumed; fitted to IRA assets, ICI 2025"
    )
    """Rollover into an IRA at separation, large accounts."""
    rollover_leaver_scale: float = quantity(
        53_800.0, unit="USD", low=1.0, high=1e6, source="assumed; fitted to IRA owners, CRS 2024"
    )
    """Account at which half of that holds, in wage units."""
    rollover_idle: float = quantity(
        0.0143, unit="1/month", low=0.0, high=1.0, source="assumed; fitted to IRA assets, ICI 2025"
    )
    """Rollover of accounts left behind, large ones."""
    rollover_retired: float = quantity(
        0.0618, unit="1/month", low=0.0, high=1.0, source="assumed; fitted to IRA assets, ICI 2025"
    )
    """Rollover of retirees, large accounts."""
    rollover_scale: float = quantity(
        28_200.0, unit="USD", low=1.0, high=1e6, source="assumed; fitted to IRA owners, CRS 2024"
    )
    """Account at which half of these hold, in wage units."""
    claim_early: float = quantity(
        0.018, unit="1/month", low=0.0, high=1.0, source="assumed; fitted to benefits, SSA 2025"
    )
    """Retirees between 62 and full retirement age, and workers past it, who claim Social Security in a month."""
    worst_year: float = quantity(
        0.47, unit="share of the average year", low=0.0, high=1.0, source="assumed, range 0.3–0.7"
    )
    """The worst of the 35 years on a full earnings record, which a better one replaces."""
    death_scale: float = quantity(1.0, unit="factor", low=0.0, high=3.0, source="chosen")
    """Multiplies the hazards of the life table."""


class LifeKeys(NamedTuple):
    """Stream keys of life: the rare event of a month, what follows from it, yearly pay, lasting traits, death."""

    event: np.uint64
    job: np.uint64
    pay: np.uint64
    person: np.uint64
    death: np.uint64


class Moves(NamedTuple):
    """What a month of life moved, national.

    Attributes:
        rollovers: USD from plans to IRAs, coins left out.
        deaths: persons.
    """

    rollovers: float
    deaths: float


class Life:
    """The rule of docs/model.md 4.1, compiled for one world.

    Attributes:
        moves: what the last month moved.
    """

    moves = Moves(0.0, 0.0)

    def __init__(self, p: LifeParameters, seed: int) -> None:
        self.p = p.numbers()
        self.ages = age_table(p)
        self.security = social_security(p)
        self.keys = life_keys(seed)

    def live(self, people: Participants, sponsors: Employers, clock: Clock, economy: Economy, books: Books) -> Moves:
        """Move everybody on by one month and recount the employers' heads."""
        now, jobs = moment(clock, economy), jobs_of(sponsors)
        heads = np.zeros(len(sponsors))
        given = (now, jobs, self.ages, self.security, self.p, self.keys, heads)
        self.moves = Moves(*passes.live_all(people.records, people.sparse, *given))
        sponsors.headcount[:] = heads
        # Both ends are retirement accounts: the entry shows the flow and moves no sector's stock.
        books.pay(Sector.ACCOUNTS, Sector.ACCOUNTS, "rollovers", self.moves.rollovers)
        return self.moves


def life_keys(seed: int) -> LifeKeys:
    """The streams of life in one world."""
    return LifeKeys(*(stream(seed, f"life.{decision}") for decision in LifeKeys._fields))


_JOB = np.dtype(
    [("cumulated", np.float64), ("plan", np.int8), ("auto_enrolment", np.int8), ("match", np.int8)], align=True
)


def jobs_of(sponsors: Employers) -> np.ndarray:
    """What a job seeker meets, records, one an employer: cumulated size, plan kind, automatic enrolment, match."""
    jobs = np.zeros(len(sponsors), _JOB)
    jobs["cumulated"] = np.cumsum(sponsors.size)
    for name in ("plan", "auto_enrolment", "match"):
        jobs[name] = getattr(sponsors, name)
    return jobs


def age_table(p: LifeParameters) -> np.ndarray:
    """Everything that depends on age alone: records, one a month of age, shape (1440,).

    Fields: profile (log pay over that at 50), permanent and transitory (standard deviations of yearly shocks),
    separation (of average mobility), separation_most (of the most mobile), job_finding, retirement, death_male,
    death_female (monthly hazards), deferral (share of pay).
    """
    age = np.arange(OLDEST * MONTHS_A_YEAR) / MONTHS_A_YEAR
    spread = max(p.mobility_spread, 1e-9)
    work, variance, mortality = table("working_life"), table("wage_variances"), table("mortality_2026")
    deferral = table("balances_by_age")
    separation = p.separation * step(age, work["from_age"], work["separation"])
    columns = {
        "profile": pay_profile(p, age),
        "permanent": np.sqrt(p.permanent_scale * step(age, variance["age"], variance["permanent"])),
        "transitory": np.sqrt(p.transitory_scale * step(age, variance["age"], variance["transitory"])),
        "separation": separation * spread / np.sinh(spread),
        "separation_most": separation * spread / np.sinh(spread) * np.exp(spread),
        "job_finding": p.job_finding * step(age, work["from_age"], work["job_finding"]),
        "retirement": monthly(p.retirement_scale * step(age, work["from_age"], work["retirement"])),
        "death_male": monthly(p.death_scale * step(age, mortality["age"], mortality["male"])),
        "death_female": monthly(p.death_scale * step(age, mortality["age"], mortality["female"])),
        "deferral": step(age, deferral["from_age"], deferral["deferral"]),
    }
    return records(columns)


def pay_profile(p: LifeParameters, age: np.ndarray) -> np.ndarray:
    """Log pay over that at 50: the mean of wage_profile.csv by shares of education, linear between ages.

    Args:
        p: shares of education and the profile's scale.
        age: years.

    Returns:
        log points, shape of `age`; past the last age of the table that age's.
    """
    known = table("wage_profile")
    middle = 1.0 - p.no_high_school - p.college
    mean = p.no_high_school * known["no_high_school"] + middle * known["high_school"] + p.college * known["college"]
    return p.profile_scale * np.interp(age, known["age"], mean)


def records(columns: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """Columns of equal length as one array of records of float64, as kernels like to read them."""
    kind = np.dtype([(name, np.float64) for name in columns], align=True)
    out = np.zeros(np.broadcast(*columns.values()).shape, kind)
    for name, values in columns.items():
        out[name] = values
    return out


def step(at: np.ndarray, starts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value whose start is the last not above `at`; the first value below all starts. Shape of `at`."""
    return values[np.clip(np.searchsorted(starts, at, side="right") - 1, 0, None)]


def monthly(yearly: np.ndarray) -> np.ndarray:
    """Hazard a month of a hazard a year: 1 − (1 − h)^(1/12); a hazard above 1 counts as 1."""
    return 1.0 - (1.0 - np.minimum(yearly, 1.0)) ** (1.0 / MONTHS_A_YEAR)


def social_security(p: LifeParameters) -> np.void:
    """social_security.csv, and how the worst year on a record is estimated, as one record for kernels."""
    entries = table("social_security")
    values = dict(zip(entries["name"], entries["value"], strict=True)) | {"worst_year": p.worst_year}
    return records({name: np.array([value]) for name, value in values.items()})[0]
