"""Which worlds live in this process: found by the key in the address, owned by the browser that made them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from abm.scenario import Scenario
from viz.session import Session

GRACE = 120.0
"""Seconds that a world waits, paused, for its page to come back."""


class Sessions:
    """Sessions by key.

    Args:
        build: makes a world from a scenario.
        scenario: what a new page starts with.
        grace: seconds that a world without a page is kept.
    """

    def __init__(self, build: Callable[[Scenario], Any], scenario: Scenario, grace: float = GRACE) -> None:
        self._build, self._scenario, self._grace = build, scenario, grace
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def attach(self, key: str, owner: str) -> tuple[str, Session]:
        """The session of a key if this owner made it, else a new one with a key of its own."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or not secrets.compare_digest(entry.owner.encode(), owner.encode()):
                key = secrets.token_hex(8)
                entry = self._entries[key] = _Entry(owner, Session(self._build, self._scenario))
            entry.pages += 1
            entry.stop_waiting()
            return key, entry.session

    def detach(self, key: str) -> None:
        """A page has gone: without any other page its world pauses, and is freed after the grace."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return
            entry.pages -= 1
            if entry.pages == 0:
                entry.session.pause()
                entry.wait(self._grace, lambda: self._free(key))

    def __len__(self) -> int:
        """Worlds that are kept."""
        return len(self._entries)

    def _free(self, key: str) -> None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.pages:  # the page came back while the timer fired
                return
            del self._entries[key]
        entry.session.close()


class _Entry:
    """A session, whose it is, and how many pages show it."""

    def __init__(self, owner: str, session: Session) -> None:
        self.owner, self.session, self.pages = owner, session, 0
        self._timer: threading.Timer | None = None

    def wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, then)
        self._timer.daemon = True
        self._timer.start()

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
