"""Retirement income: Social Security, withdrawals, hardship, cash-outs, estates; and who comes next.

    planned    twelfth of (rate at 70 + slope · (a − 70)) · balance for the retired, at least a fixed sum; of a smaller
               share for others past 59½
    required   twelfth of last year end's Traditional balance / divisor, from 73 (born 1960 or later: 75)
    paid       the larger of the two: what is required from Traditional money, the rest from plan and IRA pro rata

Coins are not sold here: whoever leaves sold them in this month's market. `docs/model.md` 4.1, 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.columns import RowSet
from abm.data import married_shares, table, value
from abm.participants import passes
from abm.participants.life import LifeParameters, life_keys, records, social_security
from abm.participants.month import moment
from abm.participants.spouses import pass_on
from abm.participants.traits import TraitParameters, Traits
from abm.quantities import Quantities, quantity
from abm.streams import stream
from abm.vocabulary import MONTHS_A_YEAR, Exit, Sector

if TYPE_CHECKING:
    from abm.books import Books
    from abm.clock import Clock
    from abm.participants.agent import Participants
    from abm.returns import Economy


class RetirementParameters(Quantities):
    """How fast savers draw their accounts down."""

    draw_retired: float = quantity(
        0.078, unit="1/year", low=0.0, high=0.2, source="assumed; fitted to IRA assets over 30 years"
    )
    """Share of accounts that the retired draw at 70."""
    draw_per_year: float = quantity(
        0.00257, unit="1/year per year of age", low=0.0, high=0.02, source="assumed; fitted to IRA assets over 30 years"
    )
    """Added for every year past 70."""
    draw_least: float = quantity(
        15_000.0, unit="USD/year", low=0.0, high=50_000.0, source="assumed; fitted to IRA owners by age, CRS 2024"
    )
    """Least that a retiree draws, in wage units: small accounts are spent, not nursed."""
    draw_working: float = quantity(
        0.0144, unit="1/year", low=0.0, high=0.2, source="assumed; fitted to IRA assets over 30 years"
    )
    """Share that others past 59½ draw."""
    hardship: float = quantity(
        0.04, unit="1/year", low=0.0, high=0.5, source="Vanguard 2024–25: 3.6–4.8 % of participants"
    )
    """Chance of a hardship withdrawal."""
    spouse_share: float = quantity(
        1.0, unit="factor", low=0.0, high=1.3, source="chosen; 26 USC 408(d)(3): a spouse may keep the IRA"
    )
    """Multiplies the shares of the married, whose accounts pass to the spouse at death; 0 pays every account out."""
    hardship_pay: float = quantity(0.06, unit="share of yearly pay", low=0.0, high=1.0, source="assumed")
    """Its size, …"""
    hardship_account: float = quantity(0.5, unit="share of account", low=0.0, high=1.0, source="assumed")
    """… at most this part of the account."""
    early_tax: float = quantity(
        value("tax_parameters", "early_withdrawal_rate"),
        unit="share of withdrawal",
        low=0.0,
        high=1.0,
        source="26 USC 72(t)",
    )
    """Additional tax on withdrawals before 59½."""


class Income(NamedTuple):
    """National USD of a month, if not said otherwise.

    Attributes:
        benefits: Social Security.
        withdrawals: planned and required; required: of them, by law.
        hardship, cash_outs: before retirement.
        bequests: accounts of the dead without a spouse, to their heirs.
        early_tax: additional tax on early withdrawals, due with the year's tax return.
        to_spouses: accounts of the dead that stayed accounts, of their spouses.
        penalties: early_tax by person, USD, shape (n,).
    """

    benefits: float
    withdrawals: float
    required: float
    hardship: float
    cash_outs: float
    bequests: float
    early_tax: float
    to_spouses: float
    penalties: np.ndarray


class Retirement:
    """Income from accounts and Social Security, and the passing of seats from the dead to the young."""

    def __init__(self, p: RetirementParameters, life: LifeParameters, traits: TraitParameters, seed: int) -> None:
        self.p = retirement_numbers(p)
        self.divisors = divisors()
        self.security = social_security(life)
        self.key = stream(seed, "retirement.hardship")
        self._married, self._spouse_share, self._spouse_key = (
            married_shares(), p.spouse_share, stream(seed, "retirement.spouse"),
        )  # fmt: skip
        self._life, self._traits = life.numbers(), Traits(traits, seed)
        self._birth = life_keys(seed)

    def pay(self, people: Participants, economy: Economy, clock: Clock, price: float, books: Books) -> Income:
        """Pay everybody, settle the estates, seat the entrants, and enter it all in the books."""
        now = moment(clock, economy)
        to_spouses = pass_on(people, self._married, self._spouse_share, self._spouse_key)
        books.pay(Sector.ACCOUNTS, Sector.ACCOUNTS, "spousal rollovers", to_spouses)
        penalties = np.empty(len(people))
        given = (now, float(price), self.divisors, self.security, self.p, self.key, penalties)
        sums = passes.pay_all(people.records, people.sparse, *given)
        income = Income(*sums.tolist(), to_spouses, penalties)
        books.pay(Sector.GOVERNMENT, Sector.HOUSEHOLDS, "Social Security", income.benefits)
        for kind in ("withdrawals", "hardship", "cash_outs", "bequests"):
            books.pay(Sector.ACCOUNTS, Sector.HOUSEHOLDS, kind.replace("_", "-"), getattr(income, kind))
        self.replace_the_dead(people)
        return income

    def replace_the_dead(self, people: Participants) -> None:
        """An entrant of 22 takes each seat of a dead person, with the seat's weight and nothing else."""
        dead = np.flatnonzero(people.exit == Exit.DEATH)
        if dead.size == 0:
            return
        left = people.plan_crypto[dead] + people.ira_crypto[dead]
        people.renew(dead)
        passes.enter_all(people.records, dead, self._life, self._birth)
        self._traits.bring(people, dead)
        # What the market could not sell passes to the heir in kind, so that no coin is lost.
        entrants, fresh = RowSet(people, dead), {name: people.columns[name].default for name in people.sparse_names}
        entrants.write(**fresh | {"ira_crypto": left})


def retirement_numbers(p: RetirementParameters) -> np.void:
    """The parameters as kernels read them: hardship as a hazard a month."""
    values = p.model_dump() | {"hardship_hazard": p.hardship / MONTHS_A_YEAR}
    return records({name: np.array([value]) for name, value in values.items()})[0]


def divisors() -> np.ndarray:
    """Uniform Lifetime Table by age in years, shape (121,): infinite below its first age, where nothing is required."""
    rows = table("rmd_divisors")
    by_age = np.full(int(rows["age"][-1]) + 1, np.inf)
    by_age[rows["age"].astype(int)] = rows["divisor"]
    return by_age
