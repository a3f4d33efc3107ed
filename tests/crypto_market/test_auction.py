"""The clearing against a slow twin, closed forms, and books that nothing can clear."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from naive_auction import RUNG
from naive_auction import find_price as naive_price

from abm.crypto_market.auction import book, find_price
from abm.errors import ClearingError

LAST = np.log(90_000.0)


def random_book(seed, pressure, leverage, tight, news, traders=37):
    """Any book: `pressure` sold or bought at any price, `leverage` on the ladders, `tight` budgets, `news` to value."""
    draw = np.random.default_rng(seed)
    size = draw.pareto(1.5, traders) + 1.0
    size *= 1e15 / size.sum()
    pace, slope = 0.04 * draw.random(traders), np.exp(draw.normal(size=traders)) / 13.0
    tilt = pace * slope * size * (draw.random(traders) < 0.8)
    purse = size * 90_000.0 / 1e6 * 0.15 * draw.random(traders)
    return book(
        LAST,
        level=tilt * (LAST + news) + 0.002 * size * draw.normal(size=traders),
        tilt=tilt,
        coins=size * (1e-3 * draw.random(traders) if tight else 1.0),
        cash=purse * (1e-3 if tight else 1.0),
        makers_level=0.024 * 1e15 * (LAST + 0.8 * news),
        makers_tilt=0.024 * 1e15,
        makers_low=-0.015 * 1e15,
        makers_high=0.015 * 1e15,
        fund_assets=1e13 * draw.random(3),
        fund_coins=1e13 * draw.random(3),
        fund_weight=0.2 * draw.random(3),
        fund_speed=np.full(3, 1.0 / 30.0),
        fund_cents=1e9 * draw.random(3),
        fund_sale=1e9 * draw.random(3),
        cents=1e10 * draw.random(),
        fixed=pressure * 1e15,
        floor=LAST - 0.2 * draw.random(),
        budget=1e12 * draw.random(),
        bid_slope=0.05 * 1e15,
        longs=leverage * 1e15 / 180.0 * draw.random(1024),
        shorts=leverage * 1e15 / 180.0 * draw.random(1024),
        long_share=0.166,
        short_share=0.1,
        start=LAST + 0.8 * news,
    )


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    pressure=st.floats(-0.02, 0.02),
    leverage=st.floats(0.0, 0.12),
    tight=st.booleans(),
    news=st.floats(-0.5, 0.5),
)
@example(seed=1, pressure=-0.004, leverage=0.1, tight=False, news=-0.1)  # a cascade downwards
@example(seed=2, pressure=0.004, leverage=0.1, tight=False, news=0.1)  # a squeeze upwards
@example(seed=3, pressure=-0.01, leverage=0.0, tight=True, news=0.0)  # nearly everybody at a limit
def test_price_is_the_slow_twins(seed, pressure, leverage, tight, news):
    wants = random_book(seed, pressure, leverage, tight, news)
    expected = naive_price(wants)
    if expected is None:
        with pytest.raises(ClearingError):
            find_price(wants)
        return
    assume(abs(expected / RUNG - round(expected / RUNG)) > 1e-5)  # on a rung both sides of it are right
    assert find_price(wants).log_price == pytest.approx(expected, abs=1e-9)


def test_cascade_closes_what_it_crosses():
    wants = random_book(1, -0.004, 0.1, False, -0.1)
    calm = find_price(wants._replace(long_share=0.0))
    found = find_price(wants)
    rungs = np.arange(int(np.floor(LAST / RUNG)), int(np.floor(LAST / RUNG)) - 300, -1)
    crossed = wants.longs[rungs[rungs * RUNG > found.log_price] % 1024].sum()
    assert found.log_price < calm.log_price - 0.01
    assert found.longs_closed == pytest.approx(crossed, rel=1e-12)
    assert found.shorts_closed == 0.0


def test_two_straight_lines():
    """One trader a − b p and makers K (p₋₁ − p): p = (a + K p₋₁ + fixed) / (b + K)."""
    wants = book(
        2.0,
        level=[30.0],
        tilt=[10.0],
        coins=[1e6],
        cash=[1e6],
        makers_level=80.0,
        makers_tilt=40.0,
        makers_low=-1e6,
        makers_high=1e6,
        fixed=-5.0,
    )
    found = find_price(wants)
    assert found.log_price == pytest.approx((30.0 + 80.0 - 5.0) / 50.0, abs=1e-12)
    assert found.slope == pytest.approx(50.0)


def test_purchase_of_usd_against_inelastic_coins():
    """2 USD a day against one coin offered: the price is 2 USD."""
    assert np.exp(find_price(book(0.0, cents=200.0, fixed=-1e8)).log_price) == pytest.approx(2.0, rel=1e-9)


def test_bid_spends_at_most_its_budget():
    wants = book(0.0, fixed=-2e8, floor=0.5, budget=100.0, bid_slope=1e12)
    assert np.exp(find_price(wants).log_price) == pytest.approx(0.5, rel=1e-9)  # one USD buys two coins


def test_no_buyer_no_price():
    with pytest.raises(ClearingError) as caught:
        find_price(book(LAST, level=[0.0], tilt=[0.0], coins=[1e8], cash=[0.0], fixed=-3e8), day=17)
    assert caught.value.day == 17
    assert caught.value.excess_low == caught.value.excess_high == -3.0


@pytest.mark.parametrize(
    "wrong", [{"level": [1.0], "tilt": [1.0, 2.0]}, {"longs": np.zeros(5)}, {"coins": [-1.0]}, {"fund_coins": [-1.0]}]
)
def test_door_refuses_a_broken_book(wrong):
    with pytest.raises(ValueError, match="must"):
        find_price(book(0.0, **wrong))
