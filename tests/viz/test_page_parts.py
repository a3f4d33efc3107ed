"""The plain parts of the page: words, series, colours, layout, pixels, the command."""

from __future__ import annotations

import math
import re
import socket
from typing import get_args

import numpy as np
import pytest
from fake_world import FakeWorld

from abm import scenario as scenarios
from abm.scenario import Scenario
from abm.vocabulary import Rule
from viz import __main__ as command
from viz import levers, network_layout, pixels, series, server, session, theme, words


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (12.41e9, "12.4 billion USD"),
        (9.85e12, "9.85 trillion USD"),
        (999_960_000.0, "1.00 billion USD"),
        (-2.1e6, "−2.10 million USD"),
        (31_250.0, "31\u202f250 USD"),
        (0.0, "0 USD"),
        (math.nan, "–"),
    ],
)
def test_amounts_have_three_figures_and_a_unit(usd, text):
    assert words.dollars(usd) == text


def test_shares_and_months_in_words():
    assert words.percent(0.43) == "43\u202f%"
    assert words.percent(0.0312) == "3.1\u202f%"
    assert words.percent(-0.2) == "−20\u202f%"
    assert words.percent(math.nan) == "–"
    assert words.month_name("2031-09") == "September 2031"
    assert words.whole(20_000) == "20\u202f000"


def test_rules_follow_the_vocabulary():
    assert [name.upper().replace(" ", "_") for name in words.RULES] == [rule.name for rule in Rule]


def test_every_lever_offers_exactly_what_the_scenario_allows():
    for pick, allowed in (
        (levers.RULE, scenarios.RuleName),
        (levers.RESCUE, scenarios.Doctrine),
        (levers.ADOPTION, scenarios.Speed),
    ):
        assert list(pick.choices) == list(get_args(allowed))
        assert pick.field in scenarios.Policy.model_fields
    assert {kind for kind, *_ in levers.SHOCKS} <= set(get_args(scenarios.ShockKind))
    for field, *_ in levers.DOORS:
        assert scenarios.Policy.model_fields[field].annotation is bool
    for cap in levers.CAPS:
        scenarios.Policy(crypto_cap=cap)


def test_a_world_too_large_is_refused_with_its_size():
    class Nobody:
        def restart(self, **values):
            raise AssertionError("it must not be built")

    fault = levers._refused(lambda: levers._restart(Nobody(), "720 000 000", "1"))
    assert re.search(r"720\u202f000\u202f000 savers need about .* GB; this computer allows", fault)


def test_a_seed_that_is_no_number_is_refused_by_name():
    made = session.Session(FakeWorld, Scenario(participants=200))
    fault = levers._refused(lambda: levers._restart(made, "200", "seven"))
    assert "seed" in fault
    assert "seven" in fault
    made.close()


def test_history_keeps_rows_and_what_it_lacks_is_nan():
    history = series.History(room=2)
    for month in range(5):
        history.append({"price_usd": 100.0 + month, "approval": 45.0})
    assert history.rows.shape == (5, len(series.COLUMNS))
    assert history.rows[4, series.COLUMNS.index("price_usd")] == 104.0
    assert history.rows[0, series.COLUMNS.index("approval")] == np.float32(0.45)
    assert np.isnan(history.rows[:, series.COLUMNS.index("depth_usd")]).all()
    price = series.CHARTS[0]
    sent = np.frombuffer(series.packed(history.rows, price), "<f4").reshape(len(price.columns), 5)
    np.testing.assert_array_equal(sent[0], history.rows[:, 0])


def test_the_price_is_never_called_a_forecast():
    legends = [
        name for chart in series.CHARTS for panel in chart.panels for c, name, *_ in panel.series if "price" in c
    ]
    assert legends
    assert all("not a forecast" in legend for legend in legends)


def test_both_themes_have_every_variable_and_enough_contrast():
    for palette in (theme.LIGHT, theme.DARK):
        assert theme.variables(palette).count("--") == 14
        assert _contrast(palette.text, palette.panel) >= 13
        assert _contrast(palette.muted, palette.panel) >= 6
        for mark in (palette.plus, palette.minus, palette.event, *palette.categories):
            assert _contrast(mark, palette.panel) >= 2.9, mark
    used = set(re.findall(r"var\(--([\w-]+)\)", theme.style()))
    known = set(re.findall(r"--([\w-]+):", theme.variables(theme.LIGHT))) | {"dot"}
    assert used <= known


def _contrast(a, b):
    """Contrast ratio of WCAG 2."""

    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_discs_do_not_overlap_and_leave_the_hall_free():
    counts = np.sort(np.random.default_rng(3).zipf(1.6, 250).clip(1, 3_000))[::-1]
    discs = network_layout.arrange(counts)
    gap = np.hypot(discs.x[:, None] - discs.x, discs.y[:, None] - discs.y) - discs.radius[:, None] - discs.radius
    np.fill_diagonal(gap, np.inf)
    assert gap.min() > 0
    assert (np.hypot(discs.x / network_layout.WIDTH, discs.y) > discs.hall).all()


def test_layout_puts_every_saver_in_its_own_place():
    world = FakeWorld(Scenario(participants=5_000))
    layout = network_layout.lay_out(world.people.employer, world.sponsors.manager, len(world.managers))
    assert layout.savers.shape == (5_000, 2)
    assert len(np.unique(layout.savers, axis=0)) > 4_950
    again = network_layout.lay_out(world.people.employer, world.sponsors.manager, len(world.managers))
    np.testing.assert_array_equal(layout.savers, again.savers)
    # The savers of the largest employer stand nearer to its centre than those of any other.
    counts = np.bincount(world.people.employer[world.people.employer >= 0])
    largest = int(np.argmax(counts))
    distance = np.hypot(*(layout.savers.astype(float) - layout.employers[0]).T)
    here = world.people.employer[layout.rows] == largest
    assert distance[here].max() < distance[~here].min()
    assert layout.links[0] == world.sponsors.manager[largest]


def test_large_worlds_are_sampled_and_small_employers_share_a_disc():
    luck = np.random.default_rng(1)
    employer = luck.integers(0, 2_000, 60_000).astype(np.int32)
    layout = network_layout.lay_out(employer, np.zeros(2_000, np.int32), 5)
    assert len(layout.rows) == network_layout.SHOWN
    assert len(layout.employers) == network_layout.LARGEST + 1
    assert layout.links[-1] == -1


@pytest.mark.parametrize("employer", [[-1, -1, -1], [0], [0, 0, 1]])
def test_tiny_worlds_have_a_layout(employer):
    layout = network_layout.lay_out(np.array(employer), np.zeros(2, np.int32), 1)
    assert layout.savers.shape == (len(employer), 2)


def test_bytes_tell_sleeve_from_own_choice_and_grow_with_the_share():
    share = np.array([0.0, 0.0005, 0.01, 0.3, 0.0005, 0.01, 0.9])
    chosen = np.array([False, False, False, False, True, True, True])
    painted = pixels.holdings_bytes(chosen, share)
    assert painted[0] == 0
    assert 1 <= painted[1] < painted[2] < painted[3] <= 127
    assert 128 <= painted[4] < painted[5] < painted[6] <= 255
    fallen = pixels.losses_bytes(np.array([False, True, True, True]), np.array([0.5, 0.0, 0.3, 0.7]))
    assert fallen.tolist() == [0, 1, 128, 255]


def test_exposure_adds_up_for_one_saver():
    world = FakeWorld(Scenario(participants=400))
    people, price = world.people, 100_000.0
    employer = int(np.argmax(world.sponsors.accepts_sleeve))
    people.employer[5], people.managed[5], people.plan_core[5], people.plan_crypto[5] = employer, 1, 50_000.0, 0.1
    people.ira_core[5] = 10_000.0
    manager = world.sponsors.manager[employer]
    world.managers.coins[manager], world.managers.assets[manager] = 2e5, 4e11
    own, sleeve, balance = pixels.exposure(world, np.array([5]), price)
    assert own[0] == pytest.approx(10_000.0)
    assert sleeve[0] == pytest.approx(50_000.0 * 2e5 * price / 4e11)
    assert balance[0] == pytest.approx(70_000.0)
    people.employer[5] = -1
    assert pixels.exposure(world, np.array([5]), price)[1][0] == 0.0


def test_a_taken_port_is_a_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(server.PortTakenError, match=f"Port {port} of 127.0.0.1 is taken"):
            server.listen(port)


def test_the_command_refuses_in_one_sentence(capsys, monkeypatch):
    assert command.main(["--port", "70000"]) == 2
    assert "must be from 0 to 65535" in capsys.readouterr().err
    assert command.main(["missing.toml"]) == 2
    assert "missing.toml" in capsys.readouterr().err
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None if name == "anywidget" else True)
    assert command.main([]) == 2
    assert "anywidget" in (said := capsys.readouterr().err)
    assert said.count("\n") == 1


def test_settings_keep_the_page_to_itself():
    assert server.HOST == "127.0.0.1"
    assert server.SETTINGS["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert server.SETTINGS["SOLARA_ASSETS_CDN"].startswith("http://127.0.0.1:")


def test_modules_load_nothing_from_elsewhere():
    from pathlib import Path

    for script in Path(server.__file__).parent.rglob("*.js"):
        assert not re.search(r"https?://|\bimport\b|innerHTML|\beval\(", script.read_text()), script.name
    sheet = theme.style()
    assert not re.search(r"url\(|@import|https?:", sheet)
