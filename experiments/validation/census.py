"""A census of savers: what a world's people hold, earn and do, in the terms in which publishers report it.

Money is in wage units: USD divided by the average wage index, so that a stationary country shows constant figures.
Nouns only; nothing here changes a world. Used by `experiments/validation/population.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import married_shares, table
from abm.participants.outcomes import lifetime_income, spread
from abm.participants.spouses import spouses_of
from abm.streams import stream
from abm.vocabulary import BASIS_POINT, MONTHS_A_YEAR, Exit, Plan, Sector, Status

if TYPE_CHECKING:
    from abm.participants.agent import Participants
    from experiments.labs.savers_only import SaversOnly

GROUPS = ("under_25", "25_34", "35_44", "45_54", "55_64", "65_over")
"""Age groups of balances_by_age.csv, in its order."""
FLOWS = {
    "wages": "wages",
    "deferrals": "deferrals",
    "employer contributions": "employer_contributions",
    "IRA contributions": "ira_contributions",
    "withdrawals": "withdrawals",
    "hardship": "hardship_withdrawals",
    "cash-outs": "cash_outs",
    "bequests": "bequests",
    "Social Security": "benefits",
}
"""Kinds of the books whose yearly sums are reported, and the names they have here."""
LARGE = 100_000.0
"""USD of an account that counts as large when a job changer cashes it out."""
_FREE = 59 * MONTHS_A_YEAR + 6


def age_groups(people: Participants) -> np.ndarray:
    """Age group of each person, as numbers of `GROUPS`; int64, shape (n,)."""
    return np.searchsorted(table("balances_by_age")["from_age"], people.age / MONTHS_A_YEAR, side="right") - 1


def stocks(world: SaversOnly) -> dict[str, float]:
    """What savers hold and are at the end of the present month, by name of figure."""
    people, unit = world.people, world.economy.wage_index
    age, weight = people.age / MONTHS_A_YEAR, people.weight.astype(np.float64)
    plan = people.plan_core
    k401 = (people.plan == Plan.K401) & (plan > 0.0)
    working = people.status == Status.EMPLOYED
    saving, drawing, owns = working & (people.deferral_points > 0.0), people.benefit > 0.0, people.ira_core > 0.0
    found = {
        "k401_assets": people.total(plan * (people.plan == Plan.K401)) / unit / 1e12,
        "b403_assets": people.total(plan * (people.plan == Plan.B403)) / unit / 1e12,
        "ira_assets": people.total(people.ira_core) / unit / 1e12,
        "persons": people.total(1.0) / 1e6,
        "mean_balance": mean(plan, weight, k401) / unit,
        "median_balance": float(np.median(plan[k401])) / unit,
        "holders": float(weight[k401].sum()) / 1e6,
        "median_age": float(np.median(age[k401])),
        "deferral": 100.0 * BASIS_POINT * mean(people.deferral_points, weight, saving),
        "median_pay": float(np.median(people.salary[saving])) / unit,
        "median_pay_others": float(np.median(people.salary[working & ~saving])) / unit,
        "yearly_wages": people.total(people.salary * working) / unit / 1e12,
        "coverage": 100.0 * share(weight, saving, working),
        "employed_65_69": 100.0 * share(weight, working, (age >= 65.0) & (age < 70.0)),
        "tenure_5": 100.0 * share(weight, people.tenure <= 5 * MONTHS_A_YEAR, saving),
        "benefit": mean(people.benefit, weight, drawing) / unit,
        "ira_mean": mean(people.ira_core, weight, owns) / unit,
        "ira_median": float(np.median(people.ira_core[owns])) / unit,
        "old_share": 100.0 * share(weight, age >= 65.0, age > 0.0),
    }
    for name, low, high in (("under_40", 0, 40), ("40_49", 40, 50), ("50_59", 50, 60), ("60_over", 60, 200)):
        found[f"holders_{name}"] = 100.0 * share(weight, (age >= low) & (age < high), k401)
    groups = age_groups(people)
    for number, name in enumerate(GROUPS):
        rows = k401 & (groups == number)
        found[f"mean_{name}"] = mean(plan, weight, rows) / unit
        found[f"median_{name}"] = float(np.median(plan[rows])) / unit if rows.any() else np.nan
    older = k401 & (groups == GROUPS.index("45_54"))
    found["top_45_54"] = float(np.quantile(plan[older], 0.99)) / unit if older.any() else np.nan
    return found | pay_and_benefits(people, unit) | households(people, world.model.scenario.draws)


def pay_and_benefits(people: Participants, unit: float) -> dict[str, float]:
    """What the highest paid 1 and 10 % of those at work earn, % of all wages, and benefits by lifetime income.

    Args:
        unit: wage index.

    Returns:
        also "benefit_decile_1" … 10: mean Social Security benefit of those who draw one, USD a month in wage units.
    """
    working, drawing = people.status == Status.EMPLOYED, np.flatnonzero(people.benefit > 0.0)
    _, hundredth, tenth = spread(people.salary[working].astype(np.float64), people.weight[working])
    order = drawing[np.argsort(lifetime_income(people)[drawing], kind="stable")]
    found = {"top_hundredth_pay": 100.0 * hundredth, "top_tenth_pay": 100.0 * tenth}
    for number, rows in enumerate(np.array_split(order, 10), 1):
        found[f"benefit_decile_{number}"] = float(people.benefit[rows].mean()) / unit if rows.size else np.nan
    return found


def households(people: Participants, seed: int) -> dict[str, float]:
    """Households with an IRA in %, by age: a person and the spouse that the rule of deaths would find for him."""
    spouse = spouses_of(people.records, married_shares(), stream(seed, "retirement.spouse"))
    owns = people.ira_core > 0.0
    either = owns | ((spouse >= 0) & owns[np.maximum(spouse, 0)])
    weight = people.weight.astype(np.float64)
    heads = weight * np.where(spouse >= 0, 0.5, 1.0)  # half a household for each of a couple
    age = people.age / MONTHS_A_YEAR
    ages = {"all": age > 0.0, "under_35": age < 35.0, "35_64": (age >= 35.0) & (age < 65.0), "65_over": age >= 65.0}
    found = {f"ira_households_{name}": 100.0 * share(heads, either, rows) for name, rows in ages.items()}
    return found | {"ira_persons": 100.0 * share(weight, owns, age > 0.0)}


class Before(NamedTuple):
    """What must be remembered of the people before a month to see what they did in it; shape (n,) each.

    Attributes:
        generation: who had the seat. saved: worked, deferred and had an account.
        large: that account held more than 100 000 USD, in wage units. taxable: taxable withdrawals since January, USD.
    """

    generation: np.ndarray
    saved: np.ndarray
    large: np.ndarray
    taxable: np.ndarray


def remember(world: SaversOnly) -> Before:
    """The people as they are before a month."""
    people, large = world.people, LARGE * world.economy.wage_index
    saved = (people.status == Status.EMPLOYED) & (people.deferral_points > 0.0) & (people.plan_core > 0.0)
    return Before(people.generation.copy(), saved, people.plan_core > large, people.taxable_ytd.copy())


def moves(world: SaversOnly, before: Before) -> dict[str, float]:
    """What happened in the month: millions of persons, and USD by kind of flow (not in wage units)."""
    people, weight = world.people, world.people.weight.astype(np.float64)
    stayed = before.saved & (people.generation == before.generation)
    left = stayed & (people.tenure == 0) & (people.status != Status.RETIRED)
    cashed = left & (people.exit == Exit.CASH_OUT)
    young = stayed & (people.age < _FREE) & (people.status == Status.EMPLOYED)
    start = 0.0 if world.clock.month_of_year == 1 else before.taxable
    hardship = young & (people.exit == Exit.NONE) & (people.taxable_ytd > start)
    saving = (people.status == Status.EMPLOYED) & (people.deferral_points > 0.0)
    counts = {"savers": before.saved, "separated": left, "cashed_out": cashed, "at_risk": young, "hardships": hardship}
    counts |= {"separated_large": left & before.large, "cashed_out_large": cashed & before.large}
    found = {name: float(weight[rows].sum()) / 1e6 for name, rows in counts.items()}
    usd, accounts = world.model.books.usd, Sector.ACCOUNTS
    for kind, name in FLOWS.items():
        found[name] = max(usd.received(Sector.HOUSEHOLDS, kind), usd.received(accounts, kind))
    found["covered_wages"] = world.people.total(people.salary * saving) / MONTHS_A_YEAR
    found["spousal_rollovers"] = world.income.to_spouses
    found["rollovers"] = world.model.life.moves.rollovers
    return found


def mean(values: np.ndarray, weight: np.ndarray, rows: np.ndarray) -> float:
    """Weighted mean over `rows` (mask, shape (n,)); NaN over nobody."""
    held = float(weight[rows].sum())
    return float(np.sum(weight[rows] * values[rows])) / held if held > 0.0 else float("nan")


def share(weight: np.ndarray, rows: np.ndarray, of: np.ndarray) -> float:
    """Weighted share of `rows` among `of` (masks, shape (n,)); NaN of nobody."""
    whole = float(weight[of].sum())
    return float(weight[of & rows].sum()) / whole if whole > 0.0 else float("nan")
