"""The market as a whole: nothing is lost or below zero, nothing moves that should not, and flows move the price."""

import numpy as np
import pytest
from market_toys import Bid, Stance, World, funds, market, orders, total_coins

from abm.crypto_market.agent import CryptoMarketParameters
from abm.errors import ClearingError
from abm.scenario import Loops, Shock
from abm.vocabulary import Sector

THEFT = Shock(month="2026-01", kind="theft", size=0.01)
FAILURE = Shock(month="2026-01", kind="venue_failure", size=1.0)


def crash(size=-0.45):
    return Shock(month="2026-01", kind="news", size=size)


def test_coins_and_cents_are_exact_with_everybody_on():
    """Ten years of thefts, a failing venue, a bid that buys, sleeves in and out, savers in and out."""
    world = World(market(accounts=1000.0))
    made = total_coins(world.market)
    bought = stolen = liquidated = spent = 0.0
    for month in range(120):
        trades = world.trade(
            orders=orders(usd=2e9, coins=5000.0 * (month % 3)),
            funds=funds(assets=3e12, weight=(0.01, 0.02, 0.0)[month // 12 % 3]),
            bid=Bid(np.log(0.7 * world.market.high), 2e10, 0.05),
            shocks=(THEFT, FAILURE, crash()) if month % 40 == 20 else (),
        )
        made += round(trades.issued * 1e8)
        assert total_coins(world.market) == made == world.market.supply * 1e8
        held = [*world.market.coins_held().values(), *world.market.cash_held().values(), world.market.accounts_coins]
        assert min(held) >= 0.0
        assert min(world.market.state()["_coins"].min(), world.market.state()["_cash"].min()) >= 0.0
        assert (trades.spent <= 2e9).all()
        bought, stolen = bought + trades.bid_coins, stolen + trades.stolen
        spent += trades.bid_spent
        liquidated += trades.days["liquidated_coins"].sum()
    assert bought > 0.0
    assert stolen > 600_000.0  # three thefts of one per cent of supply, and those that are drawn
    assert liquidated > 0.0
    assert world.market.coins_held()[Sector.GOVERNMENT] == round(bought * 1e8)
    assert spent > 0.0


def test_books_name_payers_and_payees():
    """What the books say of accounts and government is what the trades say, to the cent and the satoshi."""
    world = World(market(accounts=100_000.0))
    floor = np.log(world.market.price) + 1.0
    trades = world.trade(
        orders=orders(usd=1e9, coins=1000.0), funds=funds(assets=1e12, weight=0.02), bid=Bid(floor, 1e9)
    )
    net_usd = trades.received.sum() - trades.spent.sum() - trades.fund_spent.sum()
    net_coins = trades.bought.sum() - trades.sold.sum() + trades.fund_coins.sum()
    assert world.books.usd.net(Sector.ACCOUNTS) == pytest.approx(net_usd, abs=0.01)
    assert world.books.coins.net(Sector.ACCOUNTS) == pytest.approx(net_coins * 1e8, abs=1.0)
    assert world.books.usd.net(Sector.GOVERNMENT) == pytest.approx(-trades.bid_spent, abs=0.01)
    assert trades.bid_spent == pytest.approx(1e9, rel=1e-6)
    assert trades.sold.sum() == 3000.0


def test_repeated_runs_are_the_same_bits():
    runs = [World(market(seed=4)).run(12, orders=orders(usd=1e9)) for _ in range(2)]
    assert runs[0].tobytes() == runs[1].tobytes()


@pytest.mark.parametrize(
    "nothing",
    [
        {"bid": Bid(np.log(1.0), 1e12, 0.05)},
        {"bid": Bid(np.log(1e9), 0.0, 0.05)},
        {"funds": funds(assets=1e12, weight=0.0)},
        {"shocks": (crash(0.0), Shock(month="2026-01", kind="theft", size=0.0))},
    ],
    ids=["bid far below", "bid without budget", "sleeves of weight zero", "shocks of size zero"],
)
def test_nothing_changes_nothing(nothing):
    base, other = World(market()).run(6), World(market()).run(6, **nothing)
    assert base.tobytes() == other.tobytes()


def test_one_trader_more_changes_no_common_draw():
    """News, incidents and everybody else's moves keep their draws: the two markets stay close."""
    few, more = World(market(traders=999)), World(market(traders=1000))
    first, second = few.run(12), more.run(12)
    returns = [np.diff(np.log(days["price"])) for days in (first, second)]
    assert np.corrcoef(*returns)[0, 1] > 0.99
    same = few.market.state()["_chartist"][:999] == more.market.state()["_chartist"][:999]
    assert same.mean() > 0.95


def test_more_traders_approach_a_limit():
    """Common draws carry the market: private luck dies out as numbers grow."""
    logs = {count: np.diff(np.log(World(market(traders=count)).run(24)["price"])) for count in (200, 2000, 8000)}
    gaps = [np.std(logs[count] - logs[8000]) / np.std(logs[8000]) for count in (200, 2000)]
    assert gaps[1] < gaps[0]
    assert gaps[1] < 0.12


def test_mid_run_state_goes_on_exactly():
    through, first = World(market(accounts=500.0)), World(market(accounts=500.0))
    outside = {"orders": orders(usd=1e9), "funds": funds(assets=1e12, weight=0.01)}
    through.run(5, **outside)
    first.run(5, **outside)
    second = World(market(accounts=500.0))
    second.market.restore(first.market.state())
    second.clock.month = first.clock.month
    second.books = first.books
    shocks = (crash(-0.2), FAILURE)
    assert through.run(4, shocks=shocks, **outside).tobytes() == second.run(4, shocks=shocks, **outside).tobytes()
    assert through.market.outlook == second.market.outlook


def test_restoring_replaces_every_lasting_value():
    """Each entry of the state matters: a fresh market differs from one that has traded in all but the constant ones."""
    kept, fresh = World(market()), market().state()
    kept.run(3, funds=funds(assets=1e12, weight=0.01), stance=Stance(0.2, 0.9), shocks=(FAILURE,))
    same = {name for name, value in kept.market.state().items() if np.array_equal(value, fresh[name])}
    assert same == {"_neutral"}


def impact(slow, day, seeds=3, fast=37.0):
    """Median multiplier `day` days after 0.05 % of value was bought at once, in paired worlds."""
    found = []
    for seed in range(seeds):
        base, moved = (World(market(seed, slow_multiplier=slow, fast_multiplier=fast, traders=1000)) for _ in range(2))
        for world in (base, moved):
            world.run(6)
        usd = 0.0005 * moved.market.supply * moved.market.price
        bought = moved.run(1, bid=Bid(50.0, usd, 1.0))  # a bid without a limit spends all on the first day
        prices = [
            np.concatenate([bought["price"], moved.run(day // 30 + 1)["price"]]),
            base.run(day // 30 + 2)["price"],
        ]
        found.append(np.log(prices[0][day] / prices[1][day]) / 0.0005)
    return float(np.median(found))


@pytest.mark.parametrize(("slow", "fast"), [(13.0, 37.0), (5.0, 37.0), (13.0, 74.0)])
def test_one_day_flow_has_the_fast_multiplier(slow, fast):
    """On its day within 30 % of the dial: volatility and the ladder move it from day to day."""
    assert impact(slow, 0, seeds=12, fast=fast) == pytest.approx(fast, rel=0.3)


@pytest.mark.parametrize("slow", [5.0, 13.0, 40.0])
def test_lasting_flow_has_the_slow_multiplier(slow):
    """After 250 days within a factor of two: a dozen paired worlds are a thin sample: moods part them."""
    assert slow / 2.0 < impact(slow, 250, seeds=12) < slow * 2.0


def test_sleeves_lean_against_a_fall_and_a_lump_does_not():
    """B1: with the curve a sleeve spends more when the price falls; cut, it spends what it would have anyway."""
    spent = {}
    for curve in (True, False):
        for fall in (0.0, -0.3):
            world = World(market(loops=Loops(rebalancing=curve)))
            world.run(6, funds=funds(assets=2e12, weight=0.02))
            trades = world.trade(funds=funds(assets=2e12, weight=0.02), shocks=(crash(fall),))
            spent[curve, fall] = trades.fund_spent.sum()
    assert spent[True, -0.3] > spent[True, 0.0] + 2e9
    assert spent[False, -0.3] == pytest.approx(spent[False, 0.0], rel=1e-6)


def test_liquidations_deepen_a_crash_and_the_switch_stops_them():
    """R5: the same news with and without the ladder."""
    days = {on: World(market(loops=Loops(liquidations=on))).run(1, shocks=(crash(-0.25),)) for on in (True, False)}
    assert days[False]["liquidated_coins"].sum() == 0.0
    assert days[True]["liquidated_coins"][0] > 10_000.0
    assert days[True]["price"][0] < 0.98 * days[False]["price"][0]


def test_standing_bid_holds_a_falling_price():
    worlds = [World(market()) for _ in range(2)]
    bid = Bid(np.log(0.7 * worlds[0].market.price), 1e11, 0.05)
    without = worlds[0].run(1, shocks=(crash(-0.6),))
    trades = worlds[1].trade(bid=bid, shocks=(crash(-0.6),))
    assert trades.bid_spent > 1e9
    assert trades.days["price"][-1] > 1.05 * without["price"][-1]


def test_institutions_follow_clarity_and_stay_away_without_change():
    """B4: clarity above its start brings depth; at its start, or with the loop cut, nothing at all."""
    steady, clearer, cut = World(market()), World(market()), World(market(loops=Loops(institutions=False)))
    for world in (steady, clearer, cut):
        world.trade(stance=Stance(0.2))
    for _ in range(24):
        steady.trade(stance=Stance(0.2))
        clearer.trade(stance=Stance(0.9))
        cut.trade(stance=Stance(0.9))
    brought = [world.market.state()["_now"]["institutions"][0] for world in (steady, clearer, cut)]
    assert brought[0] == brought[2] == 0.0
    assert 0.05 < brought[1] < 0.25
    held = [world.market.institutions_coins for world in (steady, clearer, cut)]
    assert held[0] == held[2] == 0.0
    assert held[1] == pytest.approx(0.7 * 0.03 * (1.0 - (23 / 24) ** 24) * clearer.market.supply, rel=0.02)
    assert clearer.market.float_share < steady.market.float_share
    for _ in range(120):  # what clarity brought, its loss takes away again
        clearer.trade(stance=Stance(0.1))
    assert clearer.market.institutions_coins < 0.02 * held[1]
    assert total_coins(clearer.market) == clearer.market.supply * 1e8


def test_impossible_market_says_so():
    """A market whose makers stand aside and whose traders have no cash cannot take a sale."""
    poor = CryptoMarketParameters()
    poor = poor.but(
        traders=poor.traders.model_dump() | {"cash_share": 0.01, "largest": 0.2},
        liquidity=poor.liquidity.model_dump() | {"makers_limit": 0.001},
    )
    world = World(market(accounts=15_000_000.0, parameters=poor))
    with pytest.raises(ClearingError) as caught:
        world.trade(orders=orders(coins=5_000_000.0))
    assert caught.value.excess_low < 0.0
    assert caught.value.excess_high < 0.0


def test_moments_are_in_the_region_of_the_data():
    """Eight years of one seed, a thin sample: bands are several standard errors wide. The benchmark has the table."""
    days = World(market(seed=3, traders=1000), seed=3).run(96)
    returns = 100.0 * np.diff(np.log(days["price"]))
    size = np.abs(returns)
    assert 2.5 < returns.std() < 4.5
    assert abs(np.corrcoef(returns[1:], returns[:-1])[0, 1]) < 0.12
    assert 0.08 < np.corrcoef(size[1:], size[:-1])[0, 1] < 0.35
    assert np.percentile(returns, 1) < -7.0
    assert np.percentile(returns, 99) > 6.0


def test_volatility_dial_is_followed():
    calm, wild = (
        np.diff(np.log(World(market(seed=5, volatility=level)).run(48)["price"])).std() * np.sqrt(360)
        for level in (0.45, 0.9)
    )
    assert calm == pytest.approx(0.45, rel=0.3)
    assert wild == pytest.approx(0.9, rel=0.3)
