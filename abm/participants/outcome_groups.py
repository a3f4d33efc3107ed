"""Outcomes by group: the country, cohorts, tenths of lifetime income, sexes, sizes of employers; one row a measure.

Tidy rows (kind, group, measure, value, n): n counts the rows of savers behind the value, so that thin groups show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.participants.outcomes import (
    OutcomeParameters,
    Retirees,
    lifetime_income,
    mean,
    median,
    near_65,
    retirees,
    spread,
    wealth,
)
from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants
    from abm.returns import Economy

SIZES = ("largest third of jobs", "middle third of jobs", "smallest third of jobs")
MEASURES = {
    "wealth_mean": "2026 USD",
    "gini": "0–1",
    "top_1_share": "share of wealth",
    "top_10_share": "share of wealth",
    "wealth_65_mean": "2026 USD",
    "wealth_65_median": "2026 USD",
    "replacement_median": "share of final pay",
    "replacement_social_security": "share of final pay",
    "replacement_plan": "share of final pay",
    "replacement_ira": "share of final pay",
    "shortfall_share": "share of retirees",
}
"""Every measure with its unit. The first four are of all persons (the Gini: of all with any wealth), the next two of
those of 63–67, the rest of those retired at 67–71; the three pillars are the group's incomes over its final pay."""


class Row(NamedTuple):
    """One value of the table `outcomes`."""

    kind: str
    group: str
    measure: str
    value: float
    n: int


class Labels(NamedTuple):
    """Groups of one kind: a code for each saver, shape (n,), −1 for none; and the names of the codes."""

    kind: str
    codes: np.ndarray
    names: tuple[str, ...]


def by_group(
    people: Participants,
    sponsors: Employers,
    price: float,
    economy: Economy,
    clock: Clock,
    p: OutcomeParameters,
) -> list[Row]:
    """All measures of all groups that have anybody in them; changes nothing."""
    real = wealth(people, price) / economy.price_index
    retired = retirees(people, price, economy, p)
    old = near_65(people)
    income = lifetime_income(people)
    rows: list[Row] = []
    for labels in (everybody(people), cohorts(people, clock), sexes(people), sizes(people, sponsors)):
        of_old, of_retired = labels.codes[old], labels.codes[retired.rows]
        for code, name in enumerate(labels.names):
            group = Row(labels.kind, name, "", 0.0, 0)
            inside = labels.codes == code
            rows += of_all(group, real[inside], people.weight[inside])
            rows += of_near_65(group, real[old][of_old == code], people.weight[old][of_old == code])
            rows += of_retirees(group, retired.chosen(of_retired == code), p)
    everyone = np.arange(len(people))
    tenths = [np.array_split(part[np.argsort(income[part], kind="stable")], 10) for part in (everyone, old)]
    rank = np.array_split(np.argsort(income[retired.rows], kind="stable"), 10)
    for tenth in range(10):
        group = Row("decile", str(tenth + 1), "", 0.0, 0)
        inside, aged = tenths[0][tenth], tenths[1][tenth]
        rows += of_all(group, real[inside], people.weight[inside])
        rows += of_near_65(group, real[aged], people.weight[aged])
        rows += of_retirees(group, retired.chosen(rank[tenth]), p)
    return rows


def of_all(group: Row, real: np.ndarray, weight: np.ndarray) -> Iterator[Row]:
    """Wealth and its spread of all persons of a group."""
    if real.size:
        values = (mean(real, weight), *spread(real, weight))
        yield from _rows(group, tuple(MEASURES)[:4], values, real.size)


def of_near_65(group: Row, real: np.ndarray, weight: np.ndarray) -> Iterator[Row]:
    """Wealth at 65."""
    if real.size:
        yield from _rows(group, tuple(MEASURES)[4:6], (mean(real, weight), median(real, weight)), real.size)


def of_retirees(group: Row, retired: Retirees, p: OutcomeParameters) -> Iterator[Row]:
    """What replaces pay, and who falls short."""
    if retired.rows.size:
        pillars = (retired.pillar(name) for name in ("social_security", "plan", "ira"))
        values = (median(retired.rate, retired.weight), *pillars, mean(retired.rate < p.enough, retired.weight))
        yield from _rows(group, tuple(MEASURES)[6:], values, retired.rows.size)


def _rows(group: Row, measures: tuple[str, ...], values: tuple[float, ...], n: int) -> Iterator[Row]:
    for measure, value in zip(measures, values, strict=True):
        yield group._replace(measure=measure, value=float(value), n=n)


def everybody(people: Participants) -> Labels:
    """The whole country as one group."""
    return Labels("all", np.zeros(len(people), np.int64), ("all",))


def sexes(people: Participants) -> Labels:
    """Men and women."""
    return Labels("sex", people.sex.astype(np.int64), ("male", "female"))


def cohorts(people: Participants, clock: Clock) -> Labels:
    """Decades of birth, from the oldest person's to the youngest's."""
    month = clock.year * MONTHS_A_YEAR + clock.month_of_year - 1
    decades = (month - people.age.astype(np.int64)) // MONTHS_A_YEAR // 10
    first, last = int(decades.min()), int(decades.max())
    return Labels("cohort", decades - first, tuple(f"{decade}0s" for decade in range(first, last + 1)))


def sizes(people: Participants, sponsors: Employers) -> Labels:
    """Thirds of all jobs by size of the employer (the last one of those without a job); −1 for those without one."""
    order = np.argsort(-sponsors.size, kind="stable")
    before = np.cumsum(sponsors.size[order]) - sponsors.size[order]
    third = np.empty(len(sponsors), np.int64)
    third[order] = np.minimum((3.0 * before / sponsors.size.sum()).astype(np.int64), 2)
    return Labels("plan_size", np.where(people.employer >= 0, third[people.employer], -1), SIZES)
