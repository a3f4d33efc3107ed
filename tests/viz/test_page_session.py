"""One world in one thread: controls, snapshots, back-pressure, and that worlds go away."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest
from fake_world import FakeWorld

from abm.errors import BooksError, ScenarioError
from abm.scenario import Scenario
from viz import series
from viz.pixels import describe
from viz.publisher import Desk, Publisher
from viz.registry import Sessions
from viz.session import Session

SMALL = Scenario(participants=300, months=1_000)


def until(condition, seconds=120.0):
    """Wait for a condition; fail when it does not come true, however busy the machine is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def session():
    made = Session(FakeWorld, SMALL)
    until(lambda: made.snapshot.state == "ready")
    yield made
    made.close()


def test_before_the_first_month_the_page_says_what_to_do(session):
    assert session.snapshot.steps == 0
    assert "Press play or step" in session.snapshot.line
    assert session.snapshot.layout is not None


def test_building_is_announced_and_does_not_block():
    go_on = threading.Event()

    def slow(scenario):
        go_on.wait()
        return FakeWorld(scenario)

    made = Session(slow, SMALL)  # comes back although the world is not there yet
    assert made.snapshot.state == "building"
    assert "300 savers" in made.snapshot.line
    made.step()
    go_on.set()
    until(lambda: made.snapshot.state == "ready" and made.snapshot.steps == 1)
    made.close()


def settle(session):
    """Wait until the world thread has done all that it was asked before this."""
    done = threading.Event()
    session._ask(done.set)
    assert done.wait(120.0)


def test_a_step_is_one_month(session):
    session.step()
    settle(session)
    assert session.snapshot.steps == 1
    assert session.snapshot.month == "2026-01"
    assert session.snapshot.rows.shape == (1, len(series.COLUMNS))


def test_steps_that_are_asked_for_quickly_are_all_taken(session):
    for _ in range(7):
        session.step()
    until(lambda: session.snapshot.steps == 7)


def test_play_runs_at_its_pace_and_pause_stops_it(session):
    session.set_pace(100.0)
    session.play()
    until(lambda: session.snapshot.steps >= 10)
    session.pause()
    settle(session)
    assert not session.snapshot.playing
    stopped = session.snapshot.steps
    time.sleep(0.1)
    assert session.snapshot.steps == stopped


def test_the_pace_is_not_exceeded(session):
    """However busy the machine: a session may fall behind its pace, and catches up half a second at most."""
    session.set_pace(20.0)
    begun = time.monotonic()
    session.play()
    until(lambda: session.snapshot.steps >= 15)
    seen, took = session.snapshot.steps, time.monotonic() - begun
    assert seen <= 20.0 * (took + 0.5) + 2


def test_no_month_is_lost_when_nobody_reads(session):
    session.set_pace(1_000.0)
    session.play()
    until(lambda: session.snapshot.steps >= 300)
    session.pause()
    until(lambda: not session.snapshot.playing)
    shown = session.snapshot
    assert len(shown.rows) == shown.steps
    alone = FakeWorld(SMALL)
    prices = []
    for _ in range(shown.steps):
        alone.step()
        prices.append(alone.latest()["price_usd"])
    np.testing.assert_array_equal(shown.rows[:, series.COLUMNS.index("price_usd")], np.array(prices, np.float32))


def test_what_was_handed_out_is_not_written_again(session):
    session.step()
    until(lambda: session.snapshot.steps == 1)
    kept = session.snapshot
    rows, losses = kept.rows.copy(), kept.pixels.losses.copy()
    for _ in range(300):
        session.step()
    until(lambda: session.snapshot.steps == 301)
    np.testing.assert_array_equal(kept.rows, rows)
    np.testing.assert_array_equal(kept.pixels.losses, losses)


def test_a_lever_holds_from_the_next_month_and_stands_in_the_scenario(session):
    session.step()
    session.change(rule="promote", crypto_cap=0.2)
    until(lambda: "rule promote" in session.snapshot.line)
    session.step()
    until(lambda: session.snapshot.steps == 2)
    assert session.snapshot.figures[2].value == "Promote"
    assert Scenario.of(_toml(session.reproduce())).changes[0].month == "2026-02"
    assert session.scenario.policy_asked("2026-01").rule == "permit"
    assert session.scenario.policy_asked("2026-02").crypto_cap == 0.2


def _toml(text):
    import tomllib

    return tomllib.loads(text)


@pytest.mark.parametrize(
    "levers", [{"rule": "forbid"}, {"crypto_cap": 1.5}, {"crypto_cap": float("nan")}, {"rul": "x"}]
)
def test_a_lever_out_of_range_is_refused_and_nothing_changes(session, levers):
    with pytest.raises(ScenarioError):
        session.change(**levers)
    session.step()
    until(lambda: session.snapshot.steps == 1)
    assert session.scenario.changes == ()


def test_a_shock_is_announced_then_told(session):
    session.shock("theft", 0.01)
    until(lambda: "robbed" in session.snapshot.line)
    session.step()
    until(lambda: "A shock struck: theft" in session.snapshot.line)
    assert session.snapshot.marks == ((0, "shock"),)
    with pytest.raises(ScenarioError):
        session.shock("flood", 1.0)


def test_back_to_the_start_keeps_the_levers(session):
    session.step()
    session.change(rule="prohibit")
    session.shock("news", -0.3)
    session.step()
    until(lambda: session.snapshot.steps == 2)
    session.restart(participants=500, seed=9)
    until(lambda: session.snapshot.state == "ready" and session.snapshot.steps == 0)
    assert session.scenario.policy.rule == "prohibit"
    assert (session.scenario.participants, session.scenario.seed) == (500, 9)
    assert session.scenario.changes == session.scenario.shocks == ()
    with pytest.raises(ScenarioError):
        session.restart(participants=0)


def test_the_horizon_ends_the_playing():
    made = Session(FakeWorld, SMALL.with_values({"months": 3}))
    made.set_pace(500.0)
    made.play()
    until(lambda: made.snapshot.steps == 3 and not made.snapshot.playing)
    made.step()
    settle(made)
    assert made.snapshot.steps == 3
    made.close()


def test_a_world_that_breaks_says_so_and_a_restart_heals():
    class Broken(FakeWorld):
        def step(self):
            if self.steps == 2 and self.scenario.seed == 1:
                raise BooksError("2026-03", "market makers", 12.0, "coins", "gained")
            super().step()

    made = Session(Broken, SMALL)
    made.set_pace(500.0)
    made.play()
    until(lambda: made.snapshot.state == "failed")
    assert "market makers" in made.snapshot.line
    assert "12 coins" in made.snapshot.line
    assert len(made.snapshot.rows) == 2, "what was seen stays"
    made.restart(seed=2)
    made.step()
    until(lambda: made.snapshot.steps == 1)
    made.close()


def test_a_saver_is_described(session):
    session.step()
    session.inspect(7)
    until(lambda: "Saver 7," in session.snapshot.inspected)
    assert "USD" in session.snapshot.inspected
    session.inspect(-1)
    until(lambda: session.snapshot.inspected == "")


def test_a_saver_at_his_high_is_not_told_below_it():
    world = FakeWorld(SMALL)
    row, price = int(np.argmax(world.people.plan_crypto)), 130_000.005  # 130 000.008 in single precision
    for mark, below in ((price, False), (1.01 * price, True)):
        world.people.high_water = np.full(len(world.people), mark, np.float32)
        assert ("below its high-water mark" in describe(world, row, price)) == below


def test_a_closed_session_frees_its_world():
    worlds = []

    def build(scenario):
        world = FakeWorld(scenario)
        worlds.append(weakref.ref(world))
        return world

    made = Session(build, SMALL)
    made.play()
    until(lambda: made.snapshot.steps >= 1)
    made.close()
    made._thread.join(120.0)
    assert not made._thread.is_alive()
    gc.collect()
    assert worlds[0]() is None


def test_a_restart_frees_the_world_before():
    worlds = []

    def build(scenario):
        world = FakeWorld(scenario)
        worlds.append(weakref.ref(world))
        return world

    made = Session(build, SMALL)
    until(lambda: made.snapshot.state == "ready")
    made.restart(seed=4)
    until(lambda: len(worlds) == 2 and made.snapshot.state == "ready")
    gc.collect()
    assert worlds[0]() is None
    made.close()


def test_sessions_belong_to_who_made_them():
    sessions = Sessions(FakeWorld, SMALL, grace=60.0)
    key, mine = sessions.attach("", "me")
    assert sessions.attach(key, "me") == (key, mine)
    other, theirs = sessions.attach(key, "somebody else")
    assert other != key
    assert theirs is not mine
    for each in (mine, theirs):
        each.close()


def test_a_world_without_a_page_pauses_and_goes_after_the_grace():
    sessions = Sessions(FakeWorld, SMALL, grace=3600.0)
    key, session = sessions.attach("", "me")
    session.play()
    until(lambda: session.snapshot.playing)
    sessions.detach(key)
    until(lambda: not session.snapshot.playing)
    assert sessions.attach(key, "me")[1] is session, "a reload within the grace finds it"
    sessions._free(key)  # the timer fires although the page is back
    assert len(sessions) == 1
    assert not session.closed
    sessions._grace = 0.05
    sessions.detach(key)
    until(lambda: session.closed)
    assert len(sessions) == 0


class Page:
    """A publisher on a session, with a browser that answers when it is told to."""

    def __init__(self, session, answers=True):
        self.desk, self.told, self.frames = Desk("2026-01"), [], []
        self.desk.header.observe(self._drawn, "frame")
        self.answers = answers
        self.publisher = Publisher(session, self.desk, self.told.append)
        self.thread = threading.Thread(target=self.publisher.run, daemon=True)
        self.thread.start()

    def _drawn(self, change):
        self.frames.append((time.monotonic(), self.desk.charts["price"].months))
        if self.answers:
            self.desk.header.ack = change["new"]

    def leave(self):
        self.publisher.stop()
        self.thread.join(120.0)
        assert not self.thread.is_alive()


def test_frames_are_at_most_ten_a_second_and_carry_the_whole_history(session):
    page = Page(session)
    session.set_pace(100.0)
    session.play()
    until(lambda: session.snapshot.steps >= 120)
    session.pause()
    until(lambda: page.frames[-1][1] == session.snapshot.steps and not session.snapshot.playing)
    page.leave()
    seconds = page.frames[-1][0] - page.frames[0][0]
    assert len(page.frames) <= 10 * seconds + 2
    sent = np.frombuffer(page.desk.charts["price"].data, "<f4").reshape(2, -1)
    np.testing.assert_array_equal(sent[0], session.snapshot.rows[:, 0])
    assert True in page.told
    assert page.told[-1] is False


def test_a_browser_that_does_not_answer_holds_frames_back_but_not_months(session, monkeypatch):
    monkeypatch.setattr("viz.publisher.PATIENCE", 0.3)
    page = Page(session, answers=False)
    session.set_pace(50.0)
    session.play()
    until(lambda: session.snapshot.steps >= 5)  # months go on although the browser is silent
    until(lambda: not session.snapshot.playing)  # until the page is given up
    page.leave()
    assert len(page.frames) <= 4, "one frame and two that were sent in doubt"


def test_the_other_mode_is_sent_at_once(session):
    session.step()
    until(lambda: session.snapshot.steps == 1)
    page = Page(session)
    until(lambda: page.desk.network.values)
    assert page.desk.network.values == session.snapshot.pixels.holdings.tobytes()
    page.desk.network.mode = "losses"
    assert page.desk.network.values == session.snapshot.pixels.losses.tobytes()
    page.leave()
