"""Compiled core of the crypto market: thirty days, each with its draws, its orders, its auction and its settlement.

The order of a day: mood, thefts, switching; news and depth; turnover of levered positions and orders; the auction;
settlement in whole satoshi and whole cents, rounding left to the market makers; averages and the gap. At the end of the
month incomes are paid and capital is restored. `docs/model.md`, 4.6. Money is cents, coins are satoshi, both whole.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from abm.crypto_market.clearing_kernels import CENTS_TO_SATOSHI, CLEARED, REACH, RUNG, RUNGS, Book, clear, excess
from abm.crypto_market.settlement_kernels import DOORS, record_type, settle
from abm.crypto_market.traders_kernels import CLASSES, form_wants, pay_incomes, steal, switch
from abm.streams import normal, uniform
from abm.vocabulary import DAYS_A_MONTH, MONTHS_A_YEAR

DAYS_A_YEAR = DAYS_A_MONTH * MONTHS_A_YEAR
SATOSHI = 1e8
_MOOD, _ORDERS, _NEWS_SIZE, _NEWS_SIGN = 0, 1, 2, 3  # slots of the market's stream
_CALM_LIMITS = 0.35, 2.0  # of the answer of depth to volatility


class Month(NamedTuple):
    """What is known of a month before it trades.

    Its number, and by day (30,): `drift` of value with stocks and jumps, log; `depth_loss`, share; satoshi to be
    `stolen` and `issued`, and those that institutions buy (`entering`, negative when they sell).
    """

    number: int
    drift: np.ndarray
    depth_loss: np.ndarray
    stolen: np.ndarray
    issued: np.ndarray
    entering: np.ndarray


class Rules(NamedTuple):
    """Parameters as records, keys of the draws, and whether the ladder is swept (loop R5)."""

    traders: np.void
    liquidity: np.void
    leverage: np.void
    venues: np.void
    traders_key: np.uint64
    market_key: np.uint64
    liquidations: bool


MARKET = record_type(
    "log_price value mood index gap gap_mean variance_fast variance_slow venues_open institutions fundamental scale "
    "supply neutral traders_coins makers_coins makers_cash levered_coins levered_cash thieves_coins accounts_coins "
    "government_coins institutions_coins"
)
"""The market's own state. Prices and values are logs, variances daily. `index`: attractiveness of value trading; `gap`:
what value traders have still to trade, log, and its slow mean; `venues_open` and 1 + `institutions` multiply depth;
`fundamental`: share of neutral holdings that trades on value; `neutral`: those holdings at the start, satoshi; `scale`:
their growth with supply."""

DAY = record_type(
    "price log_value volume_usd depth_usd slope_usd volatility liquidated_coins open_interest_coins "
    "fundamental_share makers_coins stolen_coins passes"
)
"""What is recorded of a day: USD per coin, log, USD, USD per 1 %, 1/√year, coins, share. `depth_usd` is the makers'
book, as a trader sees it; `slope_usd` adds those who would trade at another price without quoting one."""


@njit(cache=True, nogil=True, error_model="numpy")
def volatility(now, t):
    """Daily volatility: the root of a mix of a fast and a slow average of squared returns."""
    return math.sqrt((1.0 - t.slow_weight) * now.variance_fast + t.slow_weight * now.variance_slow)


@njit(cache=True, nogil=True, error_model="numpy")
def depth_factor(now, t, liquidity):
    """What multiplies willingness to trade at once: clip((σ̄/σ)^θ, 0.35, 2) · venues · institutions."""
    calm = (t.calm_volatility / volatility(now, t)) ** liquidity.depth_elasticity
    return min(max(calm, _CALM_LIMITS[0]), _CALM_LIMITS[1]) * now.venues_open * (1.0 + now.institutions)


@njit(cache=True, nogil=True, error_model="numpy")
def attractiveness(now, t):
    """How much value trading draws: a₀ + aₙ (2 n_f − 1) + a_p (d − d̄)² + A − a_σ ln(σ/σ̄)."""
    gap = now.gap - now.gap_mean if t.gap_against_mean > 0.0 else now.gap
    heat = math.log(volatility(now, t) / t.calm_volatility)
    herd = t.herding * (2.0 * now.fundamental - 1.0)
    return t.predisposition + herd + t.gap_pull * gap * gap + now.mood - t.fear * heat


@njit(cache=True, nogil=True, error_model="numpy")
def bring_news(now, t, drift, key, time):
    """Move consensus value; returns its change, log.

    Δv = drift, stocks, jumps + s_v (N_f + r N_c)(σ/σ̄)^θv · t_ν;    t_ν by Bailey (1994), scaled to variance one
    """
    size, angle = uniform(key, 0, time, _NEWS_SIZE), uniform(key, 0, time, _NEWS_SIGN)
    nu = t.news_freedom
    draw = math.sqrt((nu - 2.0) * (size ** (-2.0 / nu) - 1.0)) * math.cos(2.0 * math.pi * angle)
    readers = now.fundamental + t.trend_reaction * (1.0 - now.fundamental)
    change = drift + t.news_size * readers * (volatility(now, t) / t.calm_volatility) ** t.news_heat * draw
    now.value += change
    return change


@njit(cache=True, nogil=True, error_model="numpy")
def turn_over(ladder, target, turnover, first, places):
    """Close a share of open interest and open a share of the target at uniform rungs; returns the net opening."""
    held = 0.0
    for j in range(RUNGS):
        held += ladder[j]
        ladder[j] *= 1.0 - turnover
    for j in range(first, first + places):
        ladder[j % RUNGS] += turnover * target / places
    return turnover * (target - held)


@njit(cache=True, nogil=True, error_model="numpy")
def renew_positions(ladders, now, leverage):
    """Turn over longs below and shorts above the price; returns the satoshi that opening them buys in this market."""
    target, places = leverage.open_interest * now.supply, int(leverage.ladder_reach / RUNG)
    first = math.floor(now.log_price / RUNG)
    longs = turn_over(ladders[0], target, leverage.turnover, first - places + 1, places)
    shorts = turn_over(ladders[1], target, leverage.turnover, first, places)
    return np.rint(leverage.long_share * longs) - np.rint(leverage.short_share * shorts)


@njit(cache=True, nogil=True, error_model="numpy")
def cross(ladder, last, p, falling):
    """Remove the rungs between yesterday's log price and today's."""
    rung = math.floor(last / RUNG)
    for _ in range(RUNGS):
        if not (p < rung * RUNG if falling else p > (rung + 1) * RUNG):
            break
        ladder[rung % RUNGS] = 0.0
        rung += -1 if falling else 1


@njit(cache=True, nogil=True, error_model="numpy")
def open_book(now, traders, ladders, flows, day, depth, news, fixed, rules):
    """Everybody's wants of one day as a `Book`; `fixed`: satoshi that miners, thieves and levered buy at any price."""
    liquidity, leverage = rules.liquidity, rules.leverage
    cents = 0.0
    for door in range(DOORS):
        cents += flows.usd[day, door]
        fixed -= flows.coins[day, door]
    # Coins that are locked away make no depth: makers' slope is a share of what traders hold
    tilt = liquidity.makers_slope * now.traders_coins * depth
    start = now.log_price + liquidity.news_quoted * news
    surplus = now.makers_coins - liquidity.makers_inventory * now.supply
    limit = liquidity.makers_limit * now.supply
    capital = now.makers_cash * CENTS_TO_SATOSHI * math.exp(-now.log_price)
    return Book(
        traders.level,
        traders.tilt,
        traders.coins,
        traders.cash,
        tilt * start - liquidity.inventory_decay * surplus,
        tilt,
        min(-limit - surplus, 0.0),
        min(max(limit - surplus, 0.0), capital),
        flows.fund_assets,
        flows.fund_coins,
        flows.fund_weight,
        flows.fund_speed,
        flows.fund_cents,
        flows.fund_sale,
        cents,
        fixed,
        flows.bid[0],
        flows.bid[1],
        flows.bid[2] * now.supply,
        ladders[0],
        ladders[1],
        leverage.long_share if rules.liquidations else 0.0,
        leverage.short_share if rules.liquidations else 0.0,
        now.log_price,
        start,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def follow(now, momentum, p, rules):
    """Update averages, the gap and the venues after a day that closed at log price p."""
    t = rules.traders
    change = p - now.log_price
    now.log_price = p
    weight = 2.0 * (t.fall_weight if change < 0.0 else 1.0) / (1.0 + t.fall_weight)  # mean one over both signs
    now.variance_fast += t.fast_memory * (weight * change * change - now.variance_fast)
    now.variance_slow += t.slow_memory * (change * change - now.variance_slow)
    for k in range(CLASSES):
        memory = 0.5 ** (k + 1)
        momentum[k] += memory * (change - momentum[k])
    now.gap = now.value - p - (now.traders_coins / (now.neutral * now.scale) - 1.0) / t.mean_slope
    now.gap_mean += t.gap_memory * (now.gap - now.gap_mean)
    now.venues_open += rules.venues.depth_return * (1.0 - now.venues_open)


@njit(cache=True, nogil=True, error_model="numpy")
def sale_that_moves(book, found, fall):
    """Cents of a further sale that would have left today's price lower by a share `fall`, liquidations included."""
    p, rung, forced = found.log_price + math.log(1.0 - fall), math.floor(book.last / RUNG), 0.0
    while p < rung * RUNG:
        forced -= book.long_share * book.longs[rung % RUNGS]
        rung -= 1
    while p > (rung + 1) * RUNG:
        forced += book.short_share * book.shorts[rung % RUNGS]
        rung += 1
    return excess(book, p, forced)[0] / CENTS_TO_SATOSHI * math.exp(found.log_price) * (1.0 - 0.5 * fall)


@njit(cache=True, nogil=True, error_model="numpy")
def write(record, now, book, found, ladders, t, volume, forced, stolen):
    """Record a day: satoshi traded, forced and stolen become coins and USD."""
    price = math.exp(found.log_price)
    record.price, record.log_value = price, now.value
    record.volume_usd = 0.5 * volume / SATOSHI * price
    record.depth_usd = 0.01 * book.makers_tilt / SATOSHI * price
    record.slope_usd = 0.01 * found.slope / SATOSHI * price
    record.volatility = volatility(now, t) * math.sqrt(DAYS_A_YEAR)
    record.liquidated_coins = forced / SATOSHI
    record.open_interest_coins = (ladders[0].sum() + ladders[1].sum()) / SATOSHI
    record.fundamental_share, record.makers_coins = now.fundamental, now.makers_coins / SATOSHI
    record.stolen_coins, record.passes = stolen / SATOSHI, found.passes


@njit(cache=True, nogil=True, error_model="numpy")
def trade_day(now, traders, momentum, ladders, flows, month, day, rules, total, record):
    """One market day; returns CLEARED or NO_PRICE."""
    t, time = rules.traders, month.number * DAYS_A_MONTH + day
    now.mood = t.mood_memory * now.mood + t.mood_size * normal(rules.market_key, 0, time, _MOOD)
    now.index = attractiveness(now, t)
    stolen = steal(traders, month.stolen[day] / now.traders_coins) if month.stolen[day] > 0.0 else 0.0
    now.traders_coins -= stolen
    now.thieves_coins += stolen
    total.stolen += stolen
    now.venues_open *= 1.0 - month.depth_loss[day]
    now.fundamental, swing = switch(traders, now.index, now.neutral, t, rules.traders_key, time)
    news = bring_news(now, t, month.drift[day], rules.market_key, time)
    depth = depth_factor(now, t, rules.liquidity)
    opened = renew_positions(ladders, now, rules.leverage)
    orders = normal(rules.market_key, 0, time, _ORDERS) - normal(rules.market_key, 0, time - 1, _ORDERS)
    form_wants(traders, now, t, momentum, depth, orders, swing)
    loot = math.ceil(rules.venues.loot_sold * now.thieves_coins)
    rest = month.entering[day] - loot - month.issued[day]
    book = open_book(now, traders, ladders, flows, day, depth, news, opened + rest, rules)
    found = clear(book)
    if found.status != CLEARED:
        total.excess_low = excess(book, book.last - REACH, 0.0)[0]
        total.excess_high = excess(book, book.last + REACH, 0.0)[0]
        return found.status

    if day == DAYS_A_MONTH - 1:
        total.sale_1_cents, total.sale_2_cents = sale_that_moves(book, found, 0.01), sale_that_moves(book, found, 0.02)
    now.thieves_coins -= loot
    now.institutions_coins += month.entering[day]
    volume, forced = settle(now, traders, flows, book, found, day, opened, rest, total)
    if rules.liquidations:
        cross(ladders[0], now.log_price, found.log_price, True)
        cross(ladders[1], now.log_price, found.log_price, False)
    total.issued += month.issued[day]
    now.supply += month.issued[day]
    locked = now.accounts_coins + now.government_coins + now.institutions_coins
    now.scale *= 1.0 + month.issued[day] / (now.supply - locked)
    follow(now, momentum, found.log_price, rules)

    write(record, now, book, found, ladders, t, volume, forced, stolen)
    return found.status


@njit(cache=True, nogil=True, error_model="numpy")
def trade_days(now, traders, momentum, ladders, flows, month, first, stop, rules, total, days):
    """The market days from `first` up to `stop` of a month, in place; the thirtieth ends with the month's incomes.

    Args:
        now, total: `MARKET` and `TOTALS`, one entry each. momentum: average returns by class, shape (6,).
        ladders: open interest of longs and shorts by place, satoshi, shape (2, 1024). days: `DAY`, shape (30,).

    Returns:
        −1, or the day on which no price cleared the market.
    """
    market, sums = now[0], total[0]
    for day in range(first, stop):
        if trade_day(market, traders, momentum, ladders, flows, month, day, rules, sums, days[day]) != CLEARED:
            return day
    if stop < DAYS_A_MONTH:
        return -1
    sums.income = pay_incomes(traders, market, rules.traders, rules.traders_key, month.number)
    worth = math.exp(market.log_price) / CENTS_TO_SATOSHI * market.supply
    capital = np.rint(rules.liquidity.makers_capital * worth)
    sums.recapitalisation += capital - market.makers_cash
    market.makers_cash = capital
    leverage = rules.leverage
    spot = (leverage.long_share + leverage.short_share) * leverage.open_interest
    funding = np.rint(leverage.cash_multiple * spot * worth)
    sums.lending = funding - market.levered_cash
    market.levered_cash = funding
    return -1
