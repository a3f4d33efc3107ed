"""One world in one thread: what the controls ask is done between months, what the page needs is copied out.

The controls never touch the world. They put functions into an inbox; the world thread runs them between two months,
steps when a month is due, and leaves a `Snapshot` in one slot. A page that is slow skips snapshots, never months.
"""

from __future__ import annotations

import gc
import queue
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from abm.errors import DoubleBindError, ScenarioError
from abm.scenario import Change, Scenario, Shock
from viz import network_layout, pixels, series, story, words
from viz.snapshot import Snapshot

RELAID = 12
"""Months after which savers are shown at their present employers again."""


class Session:
    """A world that runs in its own thread.

    Args:
        build: makes a world from a scenario; called in the world thread, it may take its time.
        scenario: the first world.

    Attributes:
        scenario: what the present world runs, changes and shocks of the page included.
        snapshot: the newest.
        pace: months a second that are due while playing.
        asked: how often it was asked to play or to pause.
    """

    def __init__(self, build: Callable[[Scenario], Any], scenario: Scenario) -> None:
        self.scenario = scenario
        self._build = build
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._news = threading.Condition()
        self._closed = False
        self.pace = 5.0
        self.asked = self._answered = 0
        self._playing, self._due = False, 0.0
        self._clicked: int | None = None
        self._asked = ""
        self._serial = 0
        self._forget()
        self.snapshot = self._snap("building", _building(scenario))
        self._ask(lambda: self._begin(scenario))
        self._thread = threading.Thread(target=self._live, name="world", daemon=True)
        self._thread.start()

    # What the controls may ask, from any thread; each returns at once.

    def play(self) -> None:
        """Let months follow each other."""
        self._request(True)

    def pause(self) -> None:
        """Stop after the month that is being simulated."""
        self._request(False)

    def step(self) -> None:
        """Simulate one month more."""
        self._ask(self._advance)

    def set_pace(self, months_a_second: float) -> None:
        """How many months a second are due while playing."""
        self._ask(lambda: setattr(self, "pace", float(months_a_second)))

    def change(self, **levers: Any) -> None:
        """Ask for policy levers from the next month on.

        Raises:
            ScenarioError: a lever is unknown or out of range; nothing was asked.
        """
        Change.read({"month": self.scenario.start} | levers, "page", ScenarioError)
        self._ask(lambda: self._change(levers))

    def shock(self, kind: str, size: float) -> None:
        """Let something happen in the next month.

        Raises:
            ScenarioError: the kind is unknown or the size out of range; nothing was asked.
        """
        Shock.read({"month": self.scenario.start, "kind": kind, "size": size}, "page", ScenarioError)
        self._ask(lambda: self._shock(kind, size))

    def inspect(self, row: int) -> None:
        """Say one saver in a sentence, this month and in those that follow; a row that is not drawn clears it."""
        self._ask(lambda: self._inspect(row))

    def restart(self, **values: Any) -> None:
        """Build the world again from its first month, the levers as they stand now.

        Args:
            values: dotted fields of the scenario to change, such as `participants` or `seed`.

        Raises:
            ScenarioError: a value is out of range; the old world goes on.
        """
        standing = fresh(self.scenario, self.snapshot.month).with_values(values, "page")
        self._ask(lambda: self._begin(standing))

    def reproduce(self) -> str:
        """TOML of a scenario that reproduces what was seen, as long as it was seen."""
        months = max(self.snapshot.steps, 1)
        return self.scenario.with_values({"months": months}, "page").to_toml()

    def close(self) -> None:
        """End the thread after the month that is being simulated, and free the world."""
        self._closed = True
        self._ask(lambda: None)

    def await_news(self, seen: int, timeout: float) -> Snapshot:
        """The newest snapshot, as soon as its serial is above `seen`, or after `timeout` seconds whatever it is."""
        with self._news:
            self._news.wait_for(lambda: self.snapshot.serial > seen or self._closed, timeout)
            return self.snapshot

    @property
    def closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    # The world thread.

    def _ask(self, command: Callable[[], None]) -> None:
        self._inbox.put(command)

    def _request(self, playing: bool) -> None:
        with self._news:  # several threads may ask
            self.asked += 1
        self._ask(lambda: self._answer(playing))

    def _live(self) -> None:
        while not self._closed:
            try:
                self._inbox.get(timeout=self._patience())()
            except queue.Empty:
                self._advance()
            except Exception as problem:  # a broken command must not leave a page that waits for ever
                self._fail(problem)
        self._forget()
        gc.collect()  # a Mesa model is a cycle of references
        with self._news:
            self._news.notify_all()

    def _patience(self) -> float | None:
        """Seconds to wait for a command before the next month is due; None: for ever."""
        return max(0.0, self._due - time.monotonic()) if self._playing else None

    def _begin(self, scenario: Scenario) -> None:
        self._playing, self._clicked, self._asked = False, None, ""
        self._forget()
        self._publish("building", _building(scenario))
        self.scenario = scenario
        self._world = self._build(scenario)
        self._lay_out()
        self._publish("ready")

    def _forget(self) -> None:
        self._world: Any = None
        self._history = series.History()
        self._chronicle = story.Chronicle()
        self._layout: network_layout.Layout | None = None
        self._month: dict[str, Any] = {}

    def _answer(self, playing: bool) -> None:
        self._answered += 1
        self._set_playing(playing)

    def _set_playing(self, playing: bool) -> None:
        self._playing = playing and self._world is not None and self._world.running
        self._due = time.monotonic()
        self._publish("ready" if self._world is not None else self.snapshot.state)

    def _change(self, levers: dict[str, Any]) -> None:
        if self._world is None:
            return
        self._world.change(**levers)
        self.scenario = self._world.scenario
        self._asked = story.asked(levers)
        self._publish("ready")

    def _shock(self, kind: str, size: float) -> None:
        if self._world is None:
            return
        self._world.shock(kind, size)
        self.scenario = self._world.scenario
        self._asked = story.announced(kind, size)
        self._publish("ready")

    def _inspect(self, row: int) -> None:
        self._clicked = row if self._world is not None and 0 <= row < len(self._world.people) else None
        self._publish("ready")

    def _advance(self) -> None:
        """One month, and its snapshot."""
        world = self._world
        if world is None or not world.running:
            self._set_playing(False)
            return
        try:
            world.step()
        except Exception as problem:  # the page says what happened; the rest of it stays
            self._fail(problem)
            return
        self._due = max(self._due + 1.0 / self.pace, time.monotonic() - 0.5)
        self._month = world.records.latest()
        self._history.append(self._month)
        self._chronicle.note(world)
        self._asked = ""
        if world.steps % RELAID == 0:
            self._lay_out()
        self._playing = self._playing and world.running
        self._publish("ready")

    def _fail(self, problem: Exception) -> None:
        self._playing = False
        if not isinstance(problem, DoubleBindError):
            traceback.print_exception(problem)  # a fault of ours: the terminal gets it whole
        when = f"In {words.month_name(self.snapshot.month)} or just after" if self.snapshot.month else "At the start"
        self._publish("failed", words.sentence(f"{when}: {problem}") + " Go back to the start to try other levers.")

    def _lay_out(self) -> None:
        world = self._world
        self._layout = network_layout.lay_out(world.people.employer, world.sponsors.manager, len(world.managers))

    def _publish(self, state: str, line: str = "") -> None:
        fresh_one = self._snap(state, line)
        with self._news:
            self.snapshot = fresh_one
            self._news.notify_all()

    def _snap(self, state: str, line: str) -> Snapshot:
        world, month = self._world, self._month
        shown, inspected = None, ""
        self._serial += 1
        price = float(month.get("price_usd", 0.0))
        if world is not None and self._layout is not None and month:
            shown = pixels.paint(world, self._layout.rows, price)
            inspected = pixels.describe(world, self._clicked, price) if self._clicked is not None else ""
        return Snapshot(
            serial=self._serial,
            state=state,
            playing=self._playing,
            answered=self._answered,
            steps=len(self._history.rows),
            month=str(month.get("month", "")),
            line=line or self._asked or self._chronicle.line(),
            figures=series.figures(month),
            rows=self._history.rows,
            marks=self._chronicle.marks,
            layout=self._layout,
            pixels=shown,
            inspected=inspected,
        )


def fresh(scenario: Scenario, month: str) -> Scenario:
    """The same world at its first month, with the levers that are asked for in `month` and none of the shocks."""
    policy = scenario.policy_asked(month or scenario.start)
    later = [change for change in scenario.changes if month and change.month > month]
    for change in later:  # asked for, not yet in force: it stands as well
        policy = policy.model_copy(update=change.model_dump(exclude={"month"}, exclude_none=True))
    return scenario.model_copy(update={"policy": policy, "changes": (), "shocks": ()})


def _building(scenario: Scenario) -> str:
    return (
        f"Building a world of {words.whole(scenario.participants)} savers. "
        "The first time on a computer this takes a minute, because the fast parts are compiled."
    )
