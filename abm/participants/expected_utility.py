"""Expected utility: what a saver who looks holds under constant relative risk aversion and learned moments.

    w = μ̂ / (γ σ²),   μ̂ = (1 − k) μ₀ + k x̂,   σ² → σ² (1 − c · believed rescue)         (Merton 1969; Samuelson 1969)

One number decides all: with μ₀ = 0 nobody holds, with 5 % and γ = 5 everyone who looks holds about 3 %, with history's
mean a fifth of the account. Attention, doors, caps, forced sales and settlement are those of the first rule; there is
no panic and no peer, and whoever looks trades to w from either side.
"""

from __future__ import annotations

import math

from numba import njit

from abm.participants.choice_kernels import (
    AVERSION,
    CASH_OUT,
    DEATH,
    concerned,
    forced_sales,
    holders,
    ira_account,
    looks,
    nothing_decided,
    pass_time,
    plan_account,
    room,
)
from abm.quantities import Quantities, quantity
from abm.streams import normal


class ExpectedUtilityParameters(Quantities):
    """Beliefs and risk aversion."""

    prior_mean: float = quantity(0.05, unit="1/year", low=-0.5, high=1.0, source="assumed, range 0–0.2; decides all")
    """μ₀: excess return expected before any experience."""
    learning: float = quantity(0.1, unit="share", low=0.0, high=1.0, source="assumed, range 0–0.5")
    """k: weight of the extrapolated return in the learned mean."""
    risk_aversion: float = quantity(5.0, unit="ratio", low=0.1, high=100.0, source="assumed, range 2–10")
    """Median γ."""
    aversion_spread: float = quantity(0.5, unit="log", low=0.0, high=3.0, source="assumed, range 0–1")
    """Spread of γ among persons."""
    rescue_cover: float = quantity(0.5, unit="share", low=0.0, high=1.0, source="assumed: rescues pay half; 0–1")
    """c: part of the variance that a certain rescue would take away."""
    least_share: float = quantity(0.005, unit="share of account", low=0.0, high=0.5, source="assumed, range 0–0.02")
    """Smaller shares are not worth the trouble."""


@njit(cache=True, nogil=True)
def merton_share(extrapolation, volatility, rescue, aversion, u):
    """Share of an account, μ̂ / (γ σ²) with the variance cut by a believed rescue; 0 below the least share."""
    mean = (1.0 - u.learning) * u.prior_mean + u.learning * extrapolation
    variance = max(volatility * volatility * (1.0 - u.rescue_cover * rescue), 1e-6)
    share = mean / (aversion * variance)
    return min(share, 1.0) if share >= u.least_share else 0.0


@njit(cache=True, nogil=True)
def expected_utility(savers, coins, paid_plan, paid_ira, menus, circle, rest, news, keys, p, u):
    """Everyone's decisions; arguments as for `inertia_and_peers`, with u the record of ExpectedUtilityParameters."""
    out = nothing_decided(savers.size, coins.target, coins.sidelined, savers.outside)
    holding = holders(savers, coins)
    pass_time(savers, holding, circle, rest, news, keys[0], p, out)
    awake = looks(savers, coins, paid_plan, holding, news, keys, p)
    out.looked[:] = awake.plan
    for i in concerned(coins, awake):
        forced_sales(i, savers, coins, news, menus, out)
        if savers[i].exit == DEATH:
            continue
        taste = math.exp(u.aversion_spread * normal(keys[1], savers[i].seat, savers[i].generation, AVERSION))
        share = merton_share(news.extrapolation, news.volatility, news.rescue, u.risk_aversion * taste, u)
        if out.sell_plan[i] == 0.0 and savers[i].exit != CASH_OUT:
            account = plan_account(i, savers, coins, paid_plan[i], menus, awake, news, p)
            out.buy_plan[i], out.sell_plan[i] = rebalance(i, account, share, news, out)
        account = ira_account(i, savers, coins, paid_ira[i], awake, news, p)
        out.buy_ira[i], out.sell_ira[i] = rebalance(i, account, share, news, out)
    return out


@njit(cache=True, nogil=True)
def rebalance(i, account, share, news, out):
    """USD to buy and coins to sell in one account: to the share for one who looks, contributions for a holder."""
    value = account.held * news.price
    if account.looked and (account.is_open or account.held > 0.0):
        out.adopted[i] = out.adopted[i] or (account.held == 0.0 and share > 0.0)
        out.target[i] = share
        gap = min(share, account.cap) * account.balance - value
        if gap < 0.0:
            return 0.0, min(-gap / news.price, account.held)
        return (room(account, value, gap) if account.is_open else 0.0), 0.0
    if account.is_open and account.held > 0.0:
        return room(account, value, account.paid * min(out.target[i], account.cap)), 0.0
    return 0.0, 0.0
