"""Imposed prices, and the measures of `abm validate behaviour`, small."""

import numpy as np
import pandas as pd
import pytest

from abm.scenario import Scenario
from abm.streams import normals, stream
from experiments.labs.imposed import daily, imposed_world, lived
from experiments.validation import behaviour
from experiments.validation import behaviour_paths as paths
from experiments.validation import behaviour_sponsors as firms
from experiments.validation.diffusion_curves import Bass, fitted, smallest_gap
from experiments.validation.scorecard import load_targets

SMALL = 1500
OPEN = {"rule": "safe_harbour", "instrument": "rule", "rule_held": True, "adoption_speed": "fast"}


def test_the_price_is_the_imposed_one_and_the_books_close():
    prices = 90_000.0 * np.exp(0.2 * np.array([0, 1, -1, 2, 0, 1, -2, 0, 1]))
    providers = {"fast_innovation": 1.0, "inside_chance": 1.0}
    scenario = Scenario.of({"participants": SMALL, "policy": OPEN, "parameters": {"sleeves": providers}})
    world = imposed_world(scenario, prices)
    months = lived(world)  # the month refuses to end when an account gains or loses without a payer
    assert np.allclose(months["price_usd"], prices[1:])
    assert months["inflow_sleeve_usd"].abs().sum() > 0.0
    assert months["inflow_ira_usd"].abs().sum() > 0.0


def test_orders_do_not_move_an_imposed_price():
    prices = np.full(7, 90_000.0)
    keen = Scenario.of({"participants": SMALL, "parameters": {"choice": {"look_ira": 50.0, "owner": 3.0}}})
    assert lived(imposed_world(keen, prices))["price_usd"].nunique() == 1


def test_days_lead_from_one_month_end_to_the_next():
    days = daily(100.0, 200.0)
    assert days[-1] == pytest.approx(200.0)
    assert np.allclose(np.diff(np.log(days)), np.log(2.0) / 30)


def test_the_past_is_remembered_before_the_first_month():
    risen, flat = np.linspace(50.0, 100.0, 24), np.full(24, 100.0)
    outlooks = [imposed_world(Scenario(participants=50), [100.0, 100.0], past).market.outlook for past in (risen, flat)]
    assert outlooks[0].expected_return > 0.2
    assert outlooks[1].expected_return == 0.0
    assert outlooks[1].drawdown == 0.0


def test_a_line_is_found_with_its_error():
    x = normals(stream(1, "test.x"), np.arange(400), 0, 0)
    y = 2.0 + 0.3 * x + 0.5 * normals(stream(1, "test.y"), np.arange(400), 0, 0)
    found = paths.line(x, y)
    assert abs(found.slope - 0.3) < 3 * found.error
    assert found.error == pytest.approx(0.5 / np.sqrt(400), rel=0.15)
    assert paths.line(x, 2.0 + 0.3 * x).slope == pytest.approx(0.3)


def test_the_slope_is_taken_on_the_return_of_the_lag():
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    returns = 0.1 * normals(stream(2, "test.r"), np.arange(12), 0, 0)
    flow = 0.4 * np.append(0.0, returns[:-1])
    table = pd.DataFrame({"seed": 1, "path": months, "flow": flow, "value_before": 1.0, "month_return": returns})
    assert paths.flow_slope(table, 1).slope == pytest.approx(0.4)
    assert paths.flow_slope(table, 0).slope != pytest.approx(0.4)


def test_trades_of_two_years_are_shares_of_one_whole():
    figures = behaviour.watch_savers(1, SMALL, months=24)
    assert 0.0 < figures["one_trade"] < figures["no_trade"] <= 100.0
    assert figures["no_trade"] + figures["one_trade"] <= 100.0
    assert figures["looked"] <= 100.0 - figures["no_trade"] + 1e-9
    assert set(figures) <= set(load_targets("behaviour"))


def test_holders_rise_with_pay_and_follow_the_cells():
    from abm.model import RetirementModel

    figures = behaviour.holder_cells(RetirementModel(Scenario(participants=20_000)))
    assert figures["high_income"] > 1.5 * figures["low_income"]
    assert figures["men_young"] == pytest.approx(25.0, abs=3.0)
    assert figures["women_young"] == pytest.approx(8.0, abs=3.0)
    level = Scenario.of({"participants": 20_000, "parameters": {"traits": {"outside_pay": 0.0}}})
    even = behaviour.holder_cells(RetirementModel(level))
    assert even["high_income"] < 1.3 * even["low_income"]


def test_sponsors_start_at_the_published_level_and_the_speeds_differ():
    curves = firms.published_curves()
    fast, slow = curves["target-date funds", "Vanguard"], curves["in-plan annuities", "DOL and UBS"]
    quick = firms.curve_sample(fast, range(1, 5), 200)
    assert quick[:, 0].mean() == pytest.approx(fast.through()[0], abs=3.0)
    assert (np.diff(quick, axis=1) >= 0.0).all()
    assert quick[:, -1].mean() > 80.0
    assert firms.curve_sample(slow, range(1, 5), 200)[:, -1].mean() < 20.0
    gap, place = firms.largest_gap(fast.shares, np.array([fast.shares + np.arange(fast.shares.size)]))
    assert (gap, place) == (fast.shares.size - 1.0, fast.shares.size - 1)


@pytest.mark.parametrize("bass", [Bass(0.1, 0.05, 0.3, 0.8), Bass(0.3, 0.1, 0.0, 1.0), Bass(0.2, 0.0, 0.2, 1.0)])
def test_a_diffusion_curve_solves_its_equation_and_is_found_again(bass):
    share, steps = bass.start, 20_000
    for _ in range(steps):
        share += 10.0 / steps * (bass.innovation + bass.imitation * share / bass.ceiling) * (bass.ceiling - share)
    assert bass.at((0, 10)) == pytest.approx([bass.start, share], abs=1e-4)
    years = (0, 1, 3, 5, 8, 12, 16)
    points = tuple(bass.at(years).tolist())
    assert fitted(years, points).at(years) == pytest.approx(points, abs=1e-4)


def test_no_diffusion_falls_and_a_jump_is_out_of_reach():
    assert smallest_gap((0, 5), (0.11, 0.10)) == pytest.approx(0.005, abs=1e-5)
    assert fitted((0, 5), (0.11, 0.10)).at((0, 5)) == pytest.approx(0.105, abs=1e-5)
    assert Bass(0.2, 0.0, 0.0, 1.0).at((0, 9)).tolist() == [0.2, 0.2]
    mixed = firms.published_curves(mixed=True)["Roth option", "PSCA and Vanguard"]
    assert (np.diff(mixed.years) >= 0).all()
    assert 4.0 < mixed.smallest_gap() < np.max(np.abs(mixed.through() - mixed.shares))


def test_the_great_fall_drives_holders_out():
    fall = paths.great_fall(1, 4000)
    assert fall.holders < -20.0
    assert -100.0 <= fall.accounts < 0.0


@pytest.mark.slow
def test_the_whole_scorecard_is_written(tmp_path):
    verdicts, folder = behaviour.main(SMALL, 2, tmp_path / "card", sponsor_worlds=2)
    assert {verdict.target.name for verdict in verdicts} == set(load_targets("behaviour"))
    for name in ("scorecard.csv", "scorecard.png", "curves.png", "self_managed_funds.png", "flows.csv", "README.txt"):
        assert (folder / name).stat().st_size > 0
