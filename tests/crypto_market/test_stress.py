"""Incidents, leverage and depth: what befalls the market, whom it reaches, and how long it lasts."""

import numpy as np
import pytest
from market_toys import Bid, World, market, orders, total_coins

from abm.crypto_market.agent import CryptoMarketParameters
from abm.crypto_market.dials import VALUE_SHARE, dialled
from abm.crypto_market.traders_kernels import CLASSES
from abm.scenario import MarketDials, Shock
from abm.vocabulary import Sector

QUIET = {"theft_rate": 0.0, "failure_rate": 0.0, "adoption_rate": 0.0}


def quiet(**groups):
    """Parameters without drawn incidents, with groups changed."""
    p = CryptoMarketParameters()
    changes = {"venues": QUIET} | groups
    return p.but(**{name: getattr(p, name).model_dump() | values for name, values in changes.items()})


def shock(kind, size):
    return Shock(month="2026-01", kind=kind, size=size)


def test_stolen_coins_come_to_the_market_over_weeks():
    """One per cent of supply is taken at once; thieves sell 1/30 of theirs a day and keep 36 % for a month."""
    world = World(market(parameters=quiet()))
    supply = world.market.supply
    trades = world.trade(shocks=(shock("theft", 0.01),))
    assert trades.stolen == pytest.approx(0.01 * supply, rel=1e-6)
    left = world.market.coins_held()[Sector.REST] / 1e8
    assert left == pytest.approx(0.01 * supply * (29 / 30) ** 30, rel=1e-3)
    world.run(5)
    assert world.market.coins_held()[Sector.REST] / 1e8 < 0.005 * left * 2.0
    assert total_coins(world.market) == world.market.supply * 1e8


def test_selling_the_loot_weighs_on_the_price_for_weeks():
    """The same theft with thieves who keep what they took: the difference grows while the others sell."""
    worlds = [World(market(parameters=quiet(venues=QUIET | {"loot_sold": sold}))) for sold in (1.0 / 30.0, 0.0)]
    sold, kept = (world.run(1, shocks=(shock("theft", 0.01),))["price"] for world in worlds)
    gap = np.log(sold / kept)
    assert gap[20] < gap[5] < gap[0] < 0.0
    assert gap[20] < -0.05


def test_one_failed_venue_thins_the_whole_market_and_hurts_value():
    """Contagion: the leading venue fails, and depth everywhere falls by its 35 %, to come back 4.5 % a day."""
    struck, plain = (World(market(parameters=quiet())) for _ in range(2))
    hit, base = struck.run(3, shocks=()), plain.run(3)
    assert hit.tobytes() == base.tobytes()
    hit, base = struck.run(1, shocks=(shock("venue_failure", 1.0),)), plain.run(1)
    depth = (hit["depth_usd"] / hit["price"]) / (base["depth_usd"] / base["price"])
    assert depth[0] == pytest.approx(0.65, rel=0.01)
    assert hit["log_value"][0] - base["log_value"][0] == pytest.approx(-0.175, abs=1e-9)
    later, calm = struck.run(4), plain.run(4)
    back = (later["depth_usd"] / later["price"]) / (calm["depth_usd"] / calm["price"])
    assert back[-30:].mean() > 0.85


def test_liquidity_shock_of_a_scenario_thins_the_book_and_says_so():
    struck, plain = (World(market(parameters=quiet())) for _ in range(2))
    hit = struck.run(1, shocks=(shock("liquidity", 0.7),))
    told = struck.market.events[0].text
    base = plain.run(1)
    assert (hit["depth_usd"][0] / base["depth_usd"][0]) == pytest.approx(0.3, rel=0.05)
    assert told == "Market makers withdrew 70% of their quotes."
    assert struck.run(1, shocks=(shock("liquidity", 0.0),)).size == 30


def test_makers_buy_no_more_than_their_capital_pays_for():
    """With hardly any capital makers cannot take a sale, and the price falls further."""
    falls = {}
    for capital in (0.04, 0.0001):
        p = quiet(liquidity={"makers_capital": capital})
        world, plain = (World(market(accounts=500_000.0, parameters=p)) for _ in range(2))
        sold, base = world.run(1, orders=orders(coins=40_000.0)), plain.run(1)
        falls[capital] = np.log(sold["price"] / base["price"]).min()
        assert world.market.cash_held()[Sector.MARKET_MAKERS] >= 0.0
    assert falls[0.0001] < falls[0.04] - 0.01


def test_an_order_of_usd_is_the_same_money_whoever_brings_it():
    """A bid without a limit and savers who buy for the same USD on one day reach the same price to a cent's worth."""
    bid, savers = (World(market(parameters=quiet())) for _ in range(2))
    usd = 5e8
    spent = bid.trade(bid=Bid(50.0, usd, 1.0))
    opened_usd = np.zeros(3)
    assert spent.bid_spent == pytest.approx(usd, abs=1.0)
    bought = savers.trade(orders=orders(usd=usd / opened_usd.size))
    assert bought.spent.sum() == pytest.approx(usd, abs=1.0)
    assert savers.market.price == pytest.approx(bid.market.price, rel=0.05)


@pytest.mark.parametrize("slow", [5.0, 13.0, 30.0, 60.0])
def test_slow_dial_by_the_straight_line_theory_of_the_classes(slow):
    """The level 250 days after a purchase over 60 days, classes and makers written out as linear equations.

    q_k ← q_k + a_k (−ζ y − q_k), I ← I − K F (y − y₋₁) − δ I, everything sums to the flow: y is within 8 % of the dial.
    """
    p = dialled(CryptoMarketParameters(), MarketDials(slow_multiplier=slow))
    k = np.arange(CLASSES)
    speed = p.traders.value_speed * VALUE_SHARE * CLASSES * 0.5**k / (2.0 - 0.5 ** (CLASSES - 1))
    held, zeta, slope = 0.97, p.traders.mean_slope, p.liquidity.makers_slope * 0.97
    bought, inventory, level = np.zeros(CLASSES), 0.0, 0.0
    for day in range(251):
        flow = 1.0 / 60.0 if day < 60 else 0.0
        pull = held / CLASSES * speed.sum() * zeta + slope
        now = (flow - held / CLASSES * np.sum(speed * bought) + slope * level) / pull
        now -= p.liquidity.inventory_decay * inventory / pull
        inventory += -slope * (now - level) - p.liquidity.inventory_decay * inventory
        bought += speed * (-zeta * now - bought)
        level = now
    assert level == pytest.approx(slow, rel=0.08)
