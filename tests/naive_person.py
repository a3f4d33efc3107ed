"""A saver as a plain Mesa agent, every rule of his month written out again; see tests/naive.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from abm.columns import column
from abm.data import table, value
from abm.participants.agent import Participant
from abm.streams import normal, uniform
from abm.vocabulary import Exit, Plan, Status
from tests.naive_draw import draw_down
from tests.naive_tables import last_at_most, monthly

if TYPE_CHECKING:
    from tests.naive import SlowWorld

SINGLE = {name for name, kind in vars(Participant).items() if isinstance(kind, column) and kind.dtype == np.float32}
"""Attributes that the model keeps in single precision."""

OTHERS = {"crypto_target", "crypto_basis", "sidelined", "outside", "trust_points"}
"""Columns of choice and politics, which no rule here moves."""

FIELDS = [name for name, kind in vars(Participant).items() if isinstance(kind, column) and name not in OTHERS]


class Person(mesa.Agent):
    """A saver who moves himself."""

    def __init__(self, model: SlowWorld, row: int) -> None:
        super().__init__(model)
        self.seat, self.generation = row, int(model.source.generation[row])
        for name in FIELDS:
            setattr(self, name, getattr(model.source, name)[row].item())

    def __setattr__(self, name, thing):
        super().__setattr__(name, float(np.float32(thing)) if name in SINGLE else thing)

    def luck(self, decision: str, slot: int = 0) -> float:
        return uniform(self.model.keys[decision], self.seat, self.model.clock.month, slot)

    def shock(self, slot: int) -> float:
        return normal(self.model.keys["life.pay"], self.seat, self.model.clock.month, slot)

    def trait(self, slot: int) -> float:
        return uniform(self.model.keys["life.person"], self.seat, self.generation, slot)

    @property
    def years(self) -> float:
        return self.age / 12.0

    # Life

    def live(self) -> None:
        p, january = self.model.p.life, self.model.january
        self.exit = int(Exit.NONE)
        self.penalty = 0.0
        self.age += 1
        sex = "female" if self.sex == 1 else "male"
        q = p.death_scale * last_at_most("mortality_2026", "age", sex, self.years)
        if self.luck("life.death") < monthly(q):
            self.exit = int(Exit.DEATH)
            return
        if self.status == Status.NEVER_ATTACHED:
            return
        self.tenure += 1
        if january and self.status == Status.EMPLOYED:
            self.new_year()
        luck = self.luck("life.event")
        retire = monthly(p.retirement_scale * self.work("retirement"))
        has_plan = self.plan_core > 0.0
        if self.status == Status.EMPLOYED:
            leave = p.separation * self.work("separation")
            leave *= p.tenure_base + p.tenure_rise * math.exp(-self.tenure / p.tenure_fade)
            leave *= p.separation_outside if self.deferral_points == 0.0 else 1.0
            if p.mobility_spread > 0.0:
                leave *= p.mobility_spread / math.sinh(p.mobility_spread)
                leave *= math.exp(p.mobility_spread * (2.0 * self.trait(5) - 1.0))
            if luck > 1.0 - leave:
                self.leave()
            elif luck < retire:
                self.retire()
            elif self.deferral_points == 0.0 and luck < retire + p.late_entry * self.joins():
                self.enrol()
        elif self.status == Status.BETWEEN_JOBS:
            found = p.job_finding * self.work("job_finding")
            if luck < found:
                self.take_job()
            elif luck < found + retire:
                self.retire()
            elif has_plan and luck < found + retire + p.rollover_idle * self.large():
                self.roll_over()
        elif has_plan and luck < p.rollover_retired * self.large():
            self.roll_over()
        self.claim(luck)

    def work(self, column: str) -> float:
        return last_at_most("working_life", "from_age", column, self.years)

    def profile(self) -> float:
        p = self.model.p.life
        published, years = table("wage_profile"), min(self.years, 65.0)
        shares = {"no_high_school": p.no_high_school, "college": p.college}
        shares["high_school"] = 1.0 - sum(shares.values())
        rows, part = (int(years) - 22, min(int(years) - 21, 43)), years % 1.0
        now, soon = (sum(shares[name] * float(published[name][row]) for name in shares) for row in rows)
        return p.profile_scale * (now + part * (soon - now))

    def pay_now(self) -> float:
        p = self.model.p.life
        spread = math.sqrt(p.transitory_scale * last_at_most("wage_variances", "age", "transitory", self.years))
        log = self.profile() + self.ability + spread * self.shock(1)
        return p.peak_pay * self.model.economy.wage_index * math.exp(log)

    def new_year(self) -> None:
        p = self.model.p.life
        variance = p.permanent_scale * last_at_most("wage_variances", "age", "permanent", self.years)
        self.ability += math.sqrt(variance) * self.shock(0) - 0.5 * variance
        self.salary = self.pay_now()
        if self.deferral_points > 0.0:
            if self.passive():
                stepped = min(self.deferral_points / 1e4 + p.escalation, self.wanted())
                self.deferral_points = max(self.deferral_points, round(1e4 * stepped))
            elif self.luck("life.job", 5) < p.second_thoughts:
                self.deferral_points = round(1e4 * self.wanted())

    def passive(self) -> bool:
        auto = self.model.sponsors.auto_enrolment[self.employer]
        return bool(auto) and self.trait(4) < self.model.p.life.passive_share

    def wanted(self) -> float:
        p = self.model.p.life
        thrift = normal(self.model.keys["life.person"], self.seat, self.generation, 3)
        usual = p.deferral_scale * last_at_most("balances_by_age", "from_age", "deferral", self.years)
        rate = usual * math.exp(p.thrift_spread * thrift - 0.5 * p.thrift_spread**2 + p.thrift_pay * self.ability)
        return min(max(rate, p.deferral_least), p.deferral_most)

    def joins(self) -> float:
        p = self.model.p.life
        score = p.take_up + p.take_up_pay * (self.ability + self.profile() + 0.25)
        score -= p.take_up_age * (self.years - 40.0) / 20.0
        score += p.take_up_person * normal(self.model.keys["life.person"], self.seat, self.generation, 6)
        return p.eligible / (1.0 + math.exp(-score))

    def take_job(self) -> None:
        sizes = np.cumsum(self.model.sponsors.size)
        luck = self.luck("life.job", 1) * sizes[-1]
        self.employer = next(row for row in range(len(sizes)) if sizes[row] >= luck)
        self.status, self.tenure = int(Status.EMPLOYED), 0
        self.salary = self.pay_now()
        self.deferral_points = 0.0
        if self.luck("life.job", 2) < self.joins():
            self.enrol()

    def enrol(self) -> None:
        p, passive = self.model.p.life, self.passive()
        self.plan = int(self.model.sponsors.plan[self.employer])
        self.deferral_points = round(1e4 * (p.default_deferral if passive else self.wanted()))
        takes = self.luck("life.job", 3) < p.managed_share - p.managed_pay * self.ability
        self.managed = 1 if passive or takes else 0

    def leave(self) -> None:
        p = self.model.p.life
        balance = self.plan_core / self.model.economy.wage_index
        self.deferral_points = 0.0
        if balance > 0.0 or self.plan_crypto > 0.0:
            cash = p.cash_out_least + p.cash_out_small / (1.0 + (balance / p.cash_out_scale) ** p.cash_out_slope)
            cash *= p.cash_out_old if self.years >= p.cash_out_old_age else 1.0
            roll = p.rollover_leaver * balance / (balance + p.rollover_leaver_scale)
            luck = self.luck("life.job", 4)
            if luck < cash:
                self.exit = int(Exit.CASH_OUT)
            elif luck < cash + roll:
                self.roll_over()
        if self.luck("life.job", 0) < p.next_job_at_once:
            self.take_job()
        else:
            self.status, self.tenure = int(Status.BETWEEN_JOBS), 0

    def retire(self) -> None:
        self.status, self.tenure, self.deferral_points = int(Status.RETIRED), 0, 0.0

    def large(self) -> float:
        balance = self.plan_core / self.model.economy.wage_index
        return balance / (balance + self.model.p.life.rollover_scale)

    def roll_over(self) -> None:
        self.exit = int(Exit.ROLLOVER)
        moved, held = self.plan_core, self.ira_core
        if moved + held > 0.0:
            self.ira_roth = (moved * self.plan_roth + held * self.ira_roth) / (moved + held)
        self.ira_core = moved + held
        self.ira_crypto += self.plan_crypto
        self.plan_core = self.plan_crypto = self.plan_roth = 0.0
        self.leave_plan()

    def leave_plan(self) -> None:
        if self.deferral_points == 0.0:
            self.plan, self.managed = int(Plan.NONE), 0

    def claim(self, luck: float) -> None:
        if self.benefit > 0.0 or self.earnings_years < value("social_security", "years_needed"):
            return
        retired = self.status == Status.RETIRED and self.years >= 62
        keen = (retired or self.years >= 67) and luck > 1.0 - self.model.p.life.claim_early
        if not (self.years >= 70 or (retired and self.years >= 67) or keen):
            return
        average = self.earnings_sum / 420.0
        insured = 0.90 * min(average, 1286.0)
        insured += 0.32 * max(min(average, 7749.0) - 1286.0, 0.0) + 0.15 * max(average - 7749.0, 0.0)
        months = self.age - 67 * 12
        early = max(-months, 0)
        factor = 1.0 + 0.08 / 12.0 * min(max(months, 0), 36)
        factor -= 5.0 / 900.0 * min(early, 36) + 5.0 / 1200.0 * max(early - 36, 0)
        economy = self.model.economy
        lag = math.log((1.0 + economy.yearly_wage_growth) / (1.0 + economy.yearly_inflation)) * (self.years - 62.0)
        self.benefit = insured * factor * economy.wage_index * math.exp(-lag)

    # Payroll

    def contribute(self) -> None:
        p, limits = self.model.p.payroll, self.model.limits
        if self.model.january:
            self.wages_ytd = self.deferral_ytd = self.traditional_ytd = self.employer_ytd = 0.0
            self.ira_ytd = self.taxable_ytd = 0.0
        if self.status != Status.EMPLOYED or self.exit == Exit.DEATH:
            return
        pay = self.salary / 12.0
        self.wages_ytd += pay
        turns = (self.age + 12 - self.model.clock.month_of_year) // 12
        if self.deferral_points > 0.0 and self.tenure > 0 and self.exit == Exit.NONE:
            catch_up = limits["catch_up_60_63"] if 60 <= turns <= 63 else limits["catch_up_50"] if turns >= 50 else 0.0
            limit = limits["deferral"] + catch_up
            if limits["annual_additions"] - self.employer_ytd < limits["deferral"]:
                limit = min(limit, limits["annual_additions"] - self.employer_ytd)
            own = max(min(pay * self.deferral_points / 1e4, limit - self.deferral_ytd), 0.0)
            self.deferral_ytd += own
            room = limits["annual_additions"] - min(self.deferral_ytd, limits["deferral"])
            added = max(min(pay * p.match_scale * self.match(own / pay), room - self.employer_ytd), 0.0)
            self.employer_ytd += added
            roth = self.roth_share if self.roth_share >= 0.0 else self.model.roth_default
            self.traditional_ytd += own * (1.0 - roth)
            if own + added > 0.0:
                held = self.plan_core
                self.plan_roth = (self.plan_roth * held + roth * own) / (held + own + added)
                self.plan_core += own + added
        chance = p.ira_savers * p.ira_slope * self.trait(6) ** (p.ira_slope - 1.0)
        if uniform(self.model.keys["payroll.ira"], self.seat, self.generation, 0) < chance:
            limit = limits["ira"] + (limits["ira_catch_up"] if turns >= 50 else 0.0)
            own = max(min(pay * p.ira_rate, limit - self.ira_ytd), 0.0)
            self.ira_ytd += own
            if own > 0.0:
                held = self.ira_core
                self.ira_roth = (self.ira_roth * held + p.ira_roth_share * own) / (held + own)
                self.ira_core += own

    def match(self, deferral: float) -> float:
        code = int(self.model.sponsors.match[self.employer])
        row = {name: float(column[code]) for name, column in table("match_formulas").items() if name != "tiers"}
        if self.tenure < row["wait"]:
            return 0.0
        paid = row["rate_1"] * min(deferral, row["upto_1"]) + row["base"]
        return paid + row["rate_2"] * max(min(deferral, row["upto_2"]) - row["upto_1"], 0.0)

    # Valuation

    def mark(self) -> None:
        model, p = self.model, self.model.p.valuation
        years = self.age // 12
        own = model.growth("self_directed", years)
        exposed = self.plan_crypto + self.ira_crypto > 0.0
        fund, parts, sleeve, in_coins = self.fund(), model.parts_of(self), 0.0, 0.0
        if fund is not None:
            sleeve, in_coins = self.plan_core * model.sleeve_gain[fund], model.sleeve_share[fund]
        fee = (model.managers.fee[model.doors.fund[self.employer]] if self.employer >= 0 else p.fee) / 12.0
        path = model.growth("managed", years) if self.managed else own
        core = self.plan_core * (1.0 - in_coins - sum(parts)) * (1.0 + path) * (1.0 - fee)
        core += (self.plan_core * in_coins + sleeve) * (1.0 - fee)
        for part, (grown, of_class) in zip(parts, model.classes, strict=True):
            core += self.plan_core * part * grown * (1.0 - fee - of_class)
        self.plan_core = core
        self.ira_core *= (1.0 + own) * (1.0 - p.fee / 12.0)
        if fund is not None and model.managers.coins[fund] > 0.0 and self.plan_core > 0.0:
            exposed = True
        kept = 0.5 ** (1.0 / p.high_water_half_life)
        price = model.trades.price
        self.high_water = max(price, price + (self.high_water - price) * kept) if exposed else 0.0

    def fund(self) -> int | None:
        if not self.managed or self.employer < 0 or not self.model.sponsors.accepts_sleeve[self.employer]:
            return None
        return int(self.model.doors.fund[self.employer])

    def other_fund(self) -> int | None:
        """The provider whose alternatives he owns a part of."""
        if not self.managed or self.employer < 0 or not self.model.sponsors.alternatives[self.employer]:
            return None
        return int(self.model.doors.fund[self.employer])

    # Income

    def draw(self) -> None:
        model, p, price = self.model, self.model.p.retirement, self.model.trades.price
        if self.exit == Exit.DEATH:
            return
        self.benefit *= model.cost_of_living
        if self.exit == Exit.CASH_OUT:
            self.taxed(self.plan_core * (1.0 - self.plan_roth), 55 * 12)
            self.plan_core = 0.0
            if self.plan_crypto == 0.0:
                self.plan_roth = 0.0
                self.leave_plan()
        if (
            self.status == Status.EMPLOYED
            and self.plan_core > 0.0
            and self.luck("retirement.hardship") < p.hardship / 12.0
        ):
            taken = min(p.hardship_pay * self.salary, p.hardship_account * self.plan_core)
            self.plan_core -= taken
            self.taxed(taken * (1.0 - self.plan_roth), 59 * 12 + 6)
        balance = self.plan_core + self.ira_core + (self.plan_crypto + self.ira_crypto) * price
        if self.age >= 59 * 12 + 6 and balance > 0.0:
            self.withdraw(balance)
        if model.clock.month_of_year == 12:
            plan = self.plan_core + self.plan_crypto * price
            ira = self.ira_core + self.ira_crypto * price
            self.year_end_balance = plan * (1.0 - self.plan_roth) + ira * (1.0 - self.ira_roth)
            if self.wages_ytd > 0.0:
                earned = min(self.wages_ytd / model.economy.wage_index, 184_500.0)
                self.earnings_years += 1
                if self.earnings_years > 35:
                    earned = max(earned - 0.47 * self.earnings_sum / 35.0, 0.0)
                self.earnings_sum += earned

    def withdraw(self, balance: float) -> None:
        model, p, law = self.model, self.model.p.retirement, 0.0
        rate = p.draw_working
        if self.status == Status.RETIRED:
            rate = max(p.draw_retired + p.draw_per_year * (self.years - 70.0), 0.0)
        amount = rate * balance / 12.0
        if self.status == Status.RETIRED:
            amount = max(amount, p.draw_least * model.economy.wage_index / 12.0)
        turns = (self.age + 12 - model.clock.month_of_year) // 12
        born = model.clock.year - (self.age - (model.clock.month_of_year - 1)) / 12.0
        if turns >= (75 if born >= 1960 else 73):
            divisor = last_at_most("rmd_divisors", "age", "divisor", turns)
            law = self.year_end_balance / divisor / 12.0
        draw_down(self, max(amount, law), law, model.trades.price)

    def taxed(self, taxable: float, free_from: int) -> None:
        self.taxable_ytd += taxable
        self.penalty += self.model.p.retirement.early_tax * taxable if self.age < free_from else 0.0

    def married(self) -> bool:
        share = last_at_most("married_by_age", "from_age", "female" if self.sex == 1 else "male", self.age // 12)
        luck = uniform(self.model.keys["retirement.spouse"], self.seat, self.generation, 0)
        return luck < self.model.p.retirement.spouse_share * share

    def bequeath(self) -> None:
        """Leave everything to the nearest living married person of the other sex among the seats of the block."""
        left = self.plan_core + self.ira_core
        if left <= 0.0 or not self.married():
            return
        near = [
            other
            for other in self.model.persons
            if other.seat // 256 == self.seat // 256 and other.sex != self.sex and other.exit != Exit.DEATH
            if abs(other.age - self.age) <= 120 and other.married()
        ]
        if not near:
            return
        heir = min(near, key=lambda other: abs(other.age - self.age) / 60.0 + abs(other.ability - self.ability))
        roth = (self.plan_core * self.plan_roth + self.ira_core * self.ira_roth) / left
        added = left * self.weight / heir.weight
        heir.ira_roth = (heir.ira_roth * heir.ira_core + roth * added) / (heir.ira_core + added)
        heir.ira_core += added
        self.plan_core = self.ira_core = 0.0

    def die(self) -> None:
        """Make room for a person of 22, who is this agent from now on; coins that nobody bought are his."""
        coins = self.plan_crypto + self.ira_crypto
        for name in FIELDS:
            if name not in ("weight", "seat"):
                setattr(self, name, 0)
        p = self.model.p.life
        self.generation += 1
        self.ira_crypto = coins
        self.age, self.employer, self.roth_share = 22 * 12, -1, -1.0
        self.sex = 1 if self.trait(0) < 0.5 else 0
        self.status = int(Status.NEVER_ATTACHED if self.trait(1) < p.never_attached else Status.BETWEEN_JOBS)
        gift = normal(self.model.keys["life.person"], self.seat, self.generation, 2)
        self.ability = p.ability_spread * (gift - 0.5 * p.ability_spread)
