"""Single formulas of the crypto market against worked figures."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.crypto_market.agent import CryptoMarketParameters
from abm.crypto_market.dials import FITTED_FAST, dialled, inventory_decay, market_slope, own_scale, value_slope
from abm.crypto_market.history import History, HistoryParameters, remembered
from abm.crypto_market.institutions import InstitutionsParameters, added_depth, bought_coins
from abm.crypto_market.leverage import LeverageParameters, found_ladders
from abm.crypto_market.liquidity import LiquidityParameters, amihud, quoted_spread
from abm.crypto_market.orders import daily_issuance, daily_parts, fixed_gap
from abm.crypto_market.traders import TradersParameters, found_traders, limited, whole_parts
from abm.crypto_market.venues import Venues, VenuesParameters, expected_jump, hazard, theft_size
from abm.scenario import MarketDials, Shock

P = CryptoMarketParameters()


def test_dials_at_the_fit_change_nothing_but_the_slope():
    same = dialled(P, MarketDials(fast_multiplier=FITTED_FAST))
    assert same.liquidity.makers_slope == pytest.approx(P.liquidity.makers_slope, rel=1e-12)
    assert same.traders.mean_slope == value_slope(13.0) == pytest.approx(1.0 / (0.88 * 13.0))
    assert same.model_dump(exclude={"traders": {"mean_slope"}, "liquidity": {"makers_slope"}}) == P.model_dump(
        exclude={"traders": {"mean_slope"}, "liquidity": {"makers_slope"}}
    )


@pytest.mark.parametrize("slow", [5.0, 13.0, 30.0, 60.0])
@pytest.mark.parametrize("fast", [20.0, 37.0, 60.0])
def test_slope_of_the_market_is_one_over_the_fast_multiplier(slow, fast):
    p = dialled(P, MarketDials(slow_multiplier=slow, fast_multiplier=fast))
    base = market_slope(P.liquidity.makers_slope, P.traders.value_speed, 13.0)
    assert market_slope(p.liquidity.makers_slope, p.traders.value_speed, slow) == pytest.approx(
        base * FITTED_FAST / fast
    )
    assert base == pytest.approx(1.0 / FITTED_FAST, rel=0.12)  # the ladder and ordinary volatility take the rest


def test_volatility_dial_leaves_room_for_what_comes_from_outside():
    """0.9² = 0.23² + own²: the own part grows from √(0.64² − 0.23²) = 0.5972 to 0.8701."""
    assert own_scale(0.64) == pytest.approx(1.0)
    assert own_scale(0.9) == pytest.approx(0.8701 / 0.5972, rel=1e-3)
    assert 0.0 < own_scale(0.2) < own_scale(0.4) < 1.0


def test_inventory_decay_is_damped_on_both_sides():
    assert inventory_decay(0.068, 13.0) == 0.068
    assert [round(inventory_decay(0.068, slow), 3) for slow in (5.0, 30.0, 60.0)] == [0.026, 0.015, 0.015]


@settings(deadline=None)
@given(st.integers(50, 400), st.integers(0, 10**6))
def test_traders_own_exactly_what_there_is(count, seed):
    coins = 1_900_000_123_456_789.0
    people = found_traders(count, coins, 90_000.0, TradersParameters(), seed)
    assert people.coins.sum() == coins
    assert people.neutral.sum() == pytest.approx(coins, rel=1e-12)
    assert np.dot(people.neutral, people.slope) / coins == pytest.approx(TradersParameters().mean_slope)
    assert abs(np.dot(people.neutral * people.slope, people.belief)) / coins < 1e-12
    assert people.neutral.max() <= coins * max(0.01, 2.0 / count) * (1.0 + 1e-9)
    assert people.coins.size % 8 == 0
    assert not people.coins[count:].any()


def test_one_trader_more_keeps_everybodys_draws():
    few, more = (found_traders(count, 1e15, 9e4, TradersParameters(), 7) for count in (1000, 1001))
    assert np.array_equal(few.horizon[:1000], more.horizon[:1000])
    assert np.array_equal(few.chartist[:1000], more.chartist[:1000])
    assert few.slope[:1000] == pytest.approx(more.slope[:1000], rel=0.02)


def test_limited_shares():
    assert limited(np.array([8.0, 1.0, 1.0]), 0.5) == pytest.approx([0.5, 0.25, 0.25])
    assert limited(np.array([6.0, 3.0, 1.0]), 0.4) == pytest.approx([0.4, 0.4, 0.2])


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=30), st.integers(0, 10**15))
def test_whole_parts_add_up(weights, total):
    parts = whole_parts(np.array(weights), float(total))
    assert parts.sum() == total
    assert (parts >= 0.0).all()
    assert (parts == np.floor(parts)).all()


@given(st.integers(0, 10**14))
def test_thirty_portions_are_the_total(total):
    parts = daily_parts(np.array([float(total), 3.0]))
    assert parts.sum(axis=0).tolist() == [total, 3.0]
    assert (parts >= 0.0).all()
    assert (parts == np.floor(parts)).all()
    assert np.ptp(parts[:, 0]) <= 1.0


def test_ladder_holds_the_open_interest_next_to_the_price():
    p = LeverageParameters()
    ladders = found_ladders(math.log(90_000.0), 1e15, p)
    assert ladders.sum(axis=1) == pytest.approx([0.028e15, 0.028e15])
    assert (np.count_nonzero(ladders, axis=1) == 180).all()


def test_issuance_halves_every_four_years():
    dates = [(2026, 1), (2028, 3), (2028, 4), (2032, 3), (2032, 4), (2036, 4)]
    assert [daily_issuance(450.0, *date) for date in dates] == [450.0, 450.0, 225.0, 225.0, 112.5, 56.25]


def test_fixed_gap_buys_usd_and_sells_coins():
    """A fund of 900 + 100 aiming at 20 % buys 1/30 of 100 USD a day; one aiming at 0 sells 1/30 of its coins."""
    cents, coins = np.array([90_000.0, 90_000.0]), np.array([1e8, 1e8])
    bought, sold = fixed_gap(cents, coins, np.array([0.2, 0.0]), np.full(2, 1 / 30), 100.0)
    assert bought.tolist() == [333.0, 0.0]
    assert sold.tolist() == [0.0, 3_333_333.0]


def test_amihud_by_hand():
    assert amihud(np.array([100.0, 110.0, 99.0]), np.array([1e9, 2e9])) == pytest.approx(
        50.0 * (math.log(1.1) + math.log(110 / 99) / 2)
    )


def test_institutions_go_part_of_the_way():
    p = InstitutionsParameters(depth=0.3, holdings=0.02, speed=0.1)
    assert added_depth(0.05, 0.5, p) == pytest.approx(0.05 + 0.1 * (0.15 - 0.05))
    assert bought_coins(4e12, 0.5, 2e15, p) == pytest.approx(0.1 * (2e13 - 4e12))
    assert bought_coins(4e12, -0.5, 2e15, p) == pytest.approx(-0.1 * 4e12)
    assert bought_coins(0.0, 0.0, 2e15, p) == 0.0


def test_spread_is_the_volatility_of_one_trade():
    """3.2 % a day over 16 billion USD in trades of 4 000 USD: 4 million trades, 3.2 % / 2 000 each."""
    p = LiquidityParameters(mean_trade=4_000.0)
    found = quoted_spread(np.array([0.032 * math.sqrt(360.0)]), np.array([16e9]), p)
    assert found == pytest.approx(0.16)


def test_memory_of_returns():
    assert remembered(remembered(0.0, 1.0, 2.0), 0.0, 2.0) == pytest.approx((1 - 2**-0.5) * 2**-0.5)
    memory = History(100.0, HistoryParameters(start_high=0.0))
    memory.remember(100.0, np.linspace(101.0, 150.0, 30))
    memory.remember(150.0, np.full(30, 75.0))
    outlook = memory.outlook(75.0, 0.6, 1e9)
    assert outlook.month_return == pytest.approx(math.log(0.5))
    assert outlook.fall_12m == pytest.approx(0.5)
    assert outlook.drawdown == pytest.approx(1 - 75 / (150 * 0.99))
    assert -1.0 <= outlook.expected_return < 0.0


def test_thefts_have_a_pareto_tail_up_to_what_is_kept():
    p = VenuesParameters()
    sizes = np.array([theft_size(luck, 0.02, p) for luck in (np.arange(10_000) + 0.5) / 10_000])
    assert p.theft_smallest <= sizes.min()
    assert sizes.max() <= 0.02
    ratio = np.mean(sizes > 8e-4) / np.mean(sizes > 8e-5)
    tail = (8e-5 / 0.02) ** 0.9
    assert ratio == pytest.approx((0.1**0.9 - tail) / (1 - tail), rel=0.02)
    assert theft_size(0.5, 0.0, p) == 0.0


def test_clarity_and_enforcement_lower_the_hazard():
    p = VenuesParameters()
    base = hazard(2.5, 0.0, 0.0, p)
    assert base == pytest.approx(2.5 / 360, rel=0.01)
    assert hazard(2.5, 0.5, 0.0, p) < base
    assert hazard(2.5, 0.0, 0.5, p) < base


def test_policy_never_moves_an_incident_only_prevents_it():
    """Keyed draws: what happens under clear rules happens on the same day under unclear ones."""
    unclear, clear = Venues(VenuesParameters(), 5), Venues(VenuesParameters(), 5)
    before = {(month, i.kind, i.day) for month in range(240) for i in unclear.strike(month, 0.0, 0.0, ())}
    after = {(month, i.kind, i.day) for month in range(240) for i in clear.strike(month, 1.0, 1.0, ())}
    assert after < before
    years = 20
    kinds = [kind for _, kind, _ in before]
    assert kinds.count("theft") / years == pytest.approx(2.5, abs=4 * math.sqrt(2.5 / years))
    assert kinds.count("adoption") / years == pytest.approx(1.0, abs=4 * math.sqrt(1.0 / years))


def test_failed_venue_loses_its_customers_and_a_successor_grows():
    venues = Venues(VenuesParameters(theft_rate=0.0, failure_rate=0.0, adoption_rate=0.0), 1)
    start = venues.shares.copy()
    (incident,) = venues.strike(0, 0.0, 0.0, [Shock(month="2026-01", kind="venue_failure", size=1.0)])
    assert (incident.venue, venues.shares[0]) == (0, 0.0)
    assert incident.sentence(1e7) == "Venue 1 failed; value moved by -16.1%, depth fell by 35%."
    assert venues.shares.sum() == pytest.approx(1.0)
    for month in range(1, 200):
        venues.strike(month, 0.0, 0.0, ())
    assert venues.shares == pytest.approx(start, rel=0.1)


def test_drift_is_measured_against_the_mean_of_incidents():
    assert expected_jump(VenuesParameters()) == pytest.approx(-0.02 * 2.5 - 0.175 * 0.3 + 0.065)
