"""The month's choices under inertia and peers, said slowly: one saver at a time, the equations in plain Python."""

from __future__ import annotations

import math

import numpy as np

from abm.participants.outside import cells_by_age
from abm.participants.traits import TraitParameters
from abm.streams import exponential, normal, stream, uniform
from abm.vocabulary import Exit, Menu


def monthly(yearly: float) -> float:
    return 1.0 - math.exp(-yearly / 12.0)


class NaiveChoice:
    """One saver's decision as a dictionary, from the same draws as the kernel."""

    def __init__(self, people, paid, doors, outlook, belief, neighbours, month, p, seed, panic_share=0.0):
        self.people, self.paid, self.doors, self.outlook = people, paid, doors, outlook
        self.belief, self.neighbours, self.month, self.p, self.panic_share = belief, neighbours, month, p, panic_share
        self.luck, self.traits = stream(seed, "choice.month"), stream(seed, "choice.traits")

    def draw(self, row, slot):
        return uniform(self.luck, self.people.seat[row], self.month, slot)

    def lasting(self, row, slot):
        return uniform(self.traits, self.people.seat[row], self.people.generation[row], slot)

    def trait(self, row, slot):
        return normal(self.traits, self.people.seat[row], self.people.generation[row], slot)

    def holds(self, row):
        people = self.people
        return bool(people.outside[row] or people.plan_crypto[row] > 0 or people.ira_crypto[row] > 0)

    def near(self, row):
        contacts = self.neighbours.of(row)
        return sum(self.holds(c) for c in contacts) / len(contacts) if len(contacts) else self.p.peer_mean

    def attention(self, row, base):
        p, people = self.p, self.people
        z = self.outlook.month_return / (self.outlook.volatility / math.sqrt(12))
        hazard = base * -math.log(self.lasting(row, 4)) * (p.woman if people.sex[row] else p.man)
        hazard *= p.holder_attention if self.holds(row) else 1.0
        hazard *= math.exp(p.news_attention * max(abs(z) - 1, 0))
        if z < 0:
            hazard *= 1 - p.ostrich * min(-z, 2)
        return monthly(hazard)

    def adopts(self, row, slot, door):
        p, out = self.p, self.outlook
        logit = p.return_pull * out.expected_return + p.peer_pull * (self.near(row) - p.peer_mean)
        logit -= p.risk_push * (out.volatility - p.reference_volatility + out.drawdown)
        logit += (
            p.trust_pull * (float(self.people.trust_points[row]) / 1e4 - p.trust_mean) + p.rescue_pull * self.belief
        )
        logit += p.knowledge_pull * self.trait(row, 2) + (p.owner if self.holds(row) else p.other) + door
        return self.draw(row, slot) < 1 / (1 + math.exp(-logit))

    def share(self, row, balance):
        p = self.p
        spread = math.exp(p.target_spread * self.trait(row, 0) + p.target_tilt * self.outlook.expected_return)
        wanted = p.median_target * (max(balance, 1) / p.median_balance) ** -p.size_slope * spread
        return float(np.float32(min(wanted, p.free_cap)))  # the column is single precision

    def decide(self, row) -> dict:
        people, p = self.people, self.p
        done = {"buy_plan": 0.0, "buy_ira": 0.0, "sell_plan": 0.0, "sell_ira": 0.0, "adopted": False, "panicked": False}
        done["target"], done["sidelined"] = float(people.crypto_target[row]), int(people.sidelined[row])
        if done["sidelined"] > 0:
            done["sidelined"] -= 1
        done["outside"] = self.outside(row)
        base = p.look_managed if people.managed[row] else p.look_directed
        has_plan = people.plan_core[row] > 0 or people.plan_crypto[row] > 0
        done["looked"] = bool(has_plan and self.draw(row, 0) < self.attention(row, base))
        employer, plan_coins, ira_coins = people.employer[row], people.plan_crypto[row], people.ira_crypto[row]
        if people.exit[row] == Exit.DEATH:
            return done | {"sell_plan": plan_coins, "sell_ira": ira_coins} | ({"target": 0.0} if self.any(row) else {})
        closed = self.doors.forced_exit or (employer >= 0 and self.doors.closing[employer])
        if people.exit[row] == Exit.CASH_OUT or closed:
            done["sell_plan"] = plan_coins
            if self.any(row) and ira_coins == 0:
                done["target"] = 0.0
        if self.any(row) and self.leaves(row, done):
            return done
        if done["sell_plan"] == 0 and people.exit[row] != Exit.CASH_OUT:
            self.plan(row, done)
        self.ira(row, done)
        return done

    def any(self, row):
        return self.people.plan_crypto[row] > 0 or self.people.ira_crypto[row] > 0

    def surveyed(self, row, months):
        traits, people = TraitParameters(), self.people
        cell = cells_by_age(traits.outside_crossing)[people.sex[row], people.age[row] + months]
        b, variance = traits.outside_pay, 0.8
        return min(traits.outside_scale * cell * math.exp(b * people.ability[row] + b * (1 - b) * variance / 2), 0.9)

    def outside(self, row):
        p, u = self.p, self.draw(row, 7)
        share = self.surveyed(row, 0)
        needed = p.outside_out * share + self.surveyed(row, 6) - self.surveyed(row, -6)
        if self.people.outside[row]:
            rest = float(np.float32(p.outside_out + max(-needed, 0) / share))
            return int(u >= monthly(rest + p.outside_flight * max(self.outlook.drawdown - p.flight_from, 0)))
        rest = float(np.float32(max(needed, 0) / (1 - share)))
        pull = p.outside_returns * self.outlook.expected_return + p.outside_peers * (self.near(row) - p.peer_mean)
        return int(u < monthly(rest * math.exp(pull)))

    def leaves(self, row, done):
        p, people = self.p, self.people
        fall = max(1 - self.outlook.price / people.high_water[row], 0) if people.high_water[row] > 0 else 0.0
        minds = uniform(self.traits, people.seat[row], people.generation[row], 1)
        beyond = max(fall - (p.threshold_low + (p.threshold_high - p.threshold_low) * minds), 0)
        panic = p.panic_scale * (math.exp(p.panic_slope * beyond) - 1) * (1 + p.contagion * self.panic_share)
        u = self.draw(row, 4)
        if u >= p.leaving + min(panic, 1):
            return False
        done |= {"sell_plan": people.plan_crypto[row], "sell_ira": people.ira_crypto[row], "target": 0.0}
        if u >= p.leaving:
            wait = 1 + int(p.waiting * exponential(self.luck, people.seat[row], self.month, 5))
            done |= {"panicked": True, "sidelined": -1 if self.draw(row, 6) < p.never_back else wait}
        return True

    def plan(self, row, done):
        people, p, employer = self.people, self.p, self.people.employer[row]
        paid, core, coins = self.paid.plan[row], people.plan_core[row], people.plan_crypto[row]
        balance = core + coins * self.outlook.price
        door = self.doors.plan_door[employer] if employer >= 0 else Menu.NONE
        cap = min(self.doors.plan_cap[employer], p.free_cap) if door else p.free_cap
        elects = paid > 0 and core + coins > 0 and self.draw(row, 8) < monthly(p.elector)
        logit = p.core_door if door == Menu.CORE else p.window_door
        slot = 1 if done["looked"] else 9
        usable = bool(door) and cap > 0 and balance > 0
        args = (core, balance, coins, paid, cap, logit, usable, done["looked"], elects, slot)
        done["buy_plan"], done["sell_plan"] = self.account(row, done, *args)

    def ira(self, row, done):
        people, p = self.people, self.p
        core, coins = people.ira_core[row], people.ira_crypto[row]
        balance = core + coins * self.outlook.price
        looked = core + coins > 0 and self.draw(row, 2) < self.attention(row, p.look_ira)
        usable = self.doors.ira_open and balance > 0
        args = (core, balance, coins, self.paid.ira[row], p.free_cap, p.ira_door, usable, looked, False, 3)
        done["buy_ira"], done["sell_ira"] = self.account(row, done, *args)

    def account(self, row, done, core, balance, coins, paid, cap, door, usable, looked, elects, slot):
        price = self.outlook.price
        wish, invests = 0.0, coins > 0
        if coins > 0 and looked:
            done["target"] = self.share(row, balance)
            gap = min(done["target"], cap) * balance - coins * price
            if gap < 0 and self.outlook.expected_return < self.p.sell_below:
                return 0.0, min(-gap / price, coins)
            wish = gap
        elif coins == 0 and usable and (looked or elects) and done["sidelined"] == 0 and self.adopts(row, slot, door):
            invests, done["adopted"], done["target"] = True, True, self.share(row, balance)
            wish = done["target"] * balance if looked else 0.0
        if not (invests and usable):
            return 0.0, 0.0
        wish = max(wish, paid * min(done["target"], cap))
        return max(min(wish, cap * balance - coins * price, core * (1 - 1e-9)), 0.0), 0.0
