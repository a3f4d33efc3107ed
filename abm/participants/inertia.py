"""Inertia and peers: the default rule of choice. Most savers do nothing; the few who look follow returns and contacts.

adopts      logit = b_x x̂ + b_n (s − s₀) − b_r (σ − σ₀ + dd) + b_T (trust − trust₀) + b_R rescue
                    + b_k knowledge + own + door
target      w = w₀ (balance/median)^−k e^(spread · N + c x̂), small and skewed, capped by plan and rule
holder      buys up to w when he looks, sells down to it only when x̂ is poor; otherwise the share drifts
exit        0.6 % a month, and 2 % (e^(3L) − 1)(1 + 10 · panicking share) for a loss L beyond his own threshold
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from abm.participants.choice_kernels import (
    CASH_OUT,
    DEATH,
    FOR_EVER,
    KNOWLEDGE,
    LEAVE,
    SIZE,
    THRESHOLD,
    WAIT,
    concerned,
    forced_sales,
    holders,
    ira_account,
    looks,
    nothing_decided,
    pass_time,
    plan_account,
    room,
    share_near,
)
from abm.streams import exponential, normal, uniform
from abm.vocabulary import BASIS_POINT


@njit(cache=True, nogil=True)
def inertia_and_peers(savers, coins, paid_plan, paid_ira, menus, circle, rest, news, keys, p):
    """Everyone's decisions under inertia and peers (docs/model.md 4.3).

    Args:
        savers: `Participants.records`. coins: `Held`.
        paid_plan, paid_ira: USD contributed this month, shape (n,), part of plan_core and ira_core.
        menus: `Menus`. circle: `Circle`. rest: hazards of `outside.at_rest`. news: `News`.
        keys: streams of the month's draws and of lasting traits. p: record of ChoiceParameters.

    Returns:
        `Decisions`.
    """
    out = nothing_decided(savers.size, coins.target, coins.sidelined, savers.outside)
    holding = holders(savers, coins)
    pass_time(savers, holding, circle, rest, news, keys[0], p, out)
    awake = looks(savers, coins, paid_plan, holding, news, keys, p)
    out.looked[:] = awake.plan
    for i in concerned(coins, awake):
        forced_sales(i, savers, coins, news, menus, out)
        if savers[i].exit == DEATH:
            continue
        holds = coins.plan[i] > 0.0 or coins.ira[i] > 0.0
        if holds and leaves(i, savers, coins, news, keys, p, out):
            continue
        if out.sell_plan[i] == 0.0 and savers[i].exit != CASH_OUT:
            account = plan_account(i, savers, coins, paid_plan[i], menus, awake, news, p)
            out.buy_plan[i], out.sell_plan[i] = decide(i, account, savers, holding, circle, news, keys, p, out)
        account = ira_account(i, savers, coins, paid_ira[i], awake, news, p)
        out.buy_ira[i], out.sell_ira[i] = decide(i, account, savers, holding, circle, news, keys, p, out)
    return out


@njit(cache=True, nogil=True)
def decide(i, account, savers, holding, circle, news, keys, p, out):
    """USD to buy and coins to sell in one account under inertia and peers; notes adoption and target in `out`.

    One who looks without crypto here may adopt; a holder who looks buys up to the target, and sells down to it only
    when the extrapolated return is poor (momentum, no profit-taking); everyone else lets the share drift, and a
    holder's contributions go in at the target share.
    """
    owns = account.held > 0.0
    value = account.held * news.price
    wish, follows = 0.0, owns
    if owns and account.looked:
        out.target[i] = person_share(i, account.balance, savers, news, keys, p)
        gap = min(out.target[i], account.cap) * account.balance - value
        if gap < 0.0 and news.extrapolation < p.sell_below:
            return 0.0, min(-gap / news.price, account.held)
        wish = gap
    elif not owns and account.is_open and (account.looked or account.elects) and out.sidelined[i] == 0:
        near = share_near(i, holding, circle, p.peer_mean) if news.peers else p.peer_mean
        knowledge = normal(keys[1], savers[i].seat, savers[i].generation, KNOWLEDGE)
        chance = adoption(news, near, BASIS_POINT * savers[i].trust_points, knowledge, holding[i], account.door, p)
        follows = uniform(keys[0], savers[i].seat, news.month, account.slot) < chance
        if follows:
            out.adopted[i] = True
            out.target[i] = person_share(i, account.balance, savers, news, keys, p)
            wish = out.target[i] * account.balance if account.looked else 0.0  # an elector moves contributions only
    if not follows or not account.is_open:
        return 0.0, 0.0
    wish = max(wish, account.paid * min(out.target[i], account.cap))
    return room(account, value, wish), 0.0


@njit(cache=True, nogil=True)
def person_share(i, balance, savers, news, keys, p):
    """`wanted_share` with the person's own luck, drawn once a life."""
    return wanted_share(balance, normal(keys[1], savers[i].seat, savers[i].generation, SIZE), news.extrapolation, p)


@njit(cache=True, nogil=True)
def leaves(i, savers, coins, news, keys, p, out):
    """Let a holder sell everything by chance or in panic; True if so."""
    seat, generation = savers[i].seat, savers[i].generation
    u = uniform(keys[0], seat, news.month, LEAVE)
    high = coins.high_water[i]
    fall = max(1.0 - news.price / high, 0.0) if high > 0.0 else 0.0
    threshold = p.threshold_low + (p.threshold_high - p.threshold_low) * uniform(keys[1], seat, generation, THRESHOLD)
    panic = panic_chance(fall, threshold, news.panic, p)
    if u >= p.leaving + panic:
        return False
    out.sell_plan[i], out.sell_ira[i], out.target[i] = coins.plan[i], coins.ira[i], 0.0
    if u >= p.leaving:
        out.panicked[i] = True
        if uniform(keys[0], seat, news.month, FOR_EVER) < p.never_back:
            out.sidelined[i] = -1
        else:
            out.sidelined[i] = 1 + int(p.waiting * exponential(keys[0], seat, news.month, WAIT))
    return True


@njit(cache=True, nogil=True)
def adoption(news, near, trust, knowledge, owns, door, p):
    """Probability of adopting for one who looks at an account with an open door.

    logit = b_x x̂ + b_n (s − s₀) − b_r (σ − σ₀ + dd) + b_T (trust − trust₀) + b_R rescue + b_k knowledge + own + door
    """
    logit = (
        p.return_pull * news.extrapolation
        + p.peer_pull * (near - p.peer_mean)
        - p.risk_push * news.risk
        + p.trust_pull * (trust - p.trust_mean)
        + p.rescue_pull * news.rescue
        + p.knowledge_pull * knowledge
        + (p.owner if owns else p.other)
        + door
    )
    return 1.0 / (1.0 + math.exp(-logit))


@njit(cache=True, nogil=True)
def wanted_share(balance, luck, extrapolation, p):
    """Share of an account wanted in crypto, w₀ (balance/median)^−k e^(s·N + c x̂), at most the free cap."""
    size = (max(balance, 1.0) / p.median_balance) ** -p.size_slope
    share = p.median_target * size * math.exp(p.target_spread * luck + p.target_tilt * extrapolation)
    return min(share, p.free_cap)


@njit(cache=True, nogil=True)
def wanted_shares(balance, luck, extrapolation, p):
    """`wanted_share` of many accounts: balance in USD and luck, shape (k,) each."""
    out = np.empty(balance.size)
    for i in range(balance.size):
        out[i] = wanted_share(balance[i], luck[i], extrapolation, p)
    return out


@njit(cache=True, nogil=True)
def panic_chance(fall, threshold, panic, p):
    """Monthly probability of selling in panic, 2 % (e^(3L) − 1)(1 + 10 · panicking share), L = fall − threshold."""
    beyond = max(fall - threshold, 0.0)
    return min(p.panic_scale * math.expm1(p.panic_slope * beyond) * (1.0 + p.contagion * panic), 1.0)
