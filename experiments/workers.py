"""Many tasks in several processes: a worker may die, a task may fail, and the others still finish.

`ProcessPoolExecutor` breaks as a whole when one process dies, without saying which task did it. So only as many tasks
are in flight as there are workers; those in flight when a pool breaks are tried again alone, where blame is certain.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, NamedTuple

TRIES = 2
ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Failure(NamedTuple):
    """A task that could not be done.

    Attributes:
        index: which task.
        tries: how often it was tried, without those that another task's death may have cut short.
        error: one line.
        traceback: where it failed; empty when the process died.
    """

    index: int
    tries: int
    error: str
    traceback: str


class Crew:
    """A few worker processes and the tasks they are given.

    Attributes:
        work: what is done with a task, in a worker; a function of a module.
        tasks: the tasks.
        workers: processes at a time.
        done: called with the index of each task that is done.
        failed: called with each failure.
    """

    def __init__(
        self,
        work: Callable[[Any], None],
        tasks: Sequence[Any],
        workers: int,
        done: Callable[[int], None],
        failed: Callable[[Failure], None],
    ) -> None:
        self.work, self.tasks, self.workers, self.done, self.failed = work, tasks, workers, done, failed
        self._tries = [0] * len(tasks)
        self._shared, self._alone = deque(range(len(tasks))), deque()

    def run(self) -> None:
        """Work until every task is done or has failed; KeyboardInterrupt stops the workers and goes on up."""
        with one_thread_each():
            while self._shared or self._alone:
                if self._shared:
                    self._pool(self._shared, self.workers)
                else:
                    self._pool(self._alone, 1)

    def _pool(self, queue: deque[int], width: int) -> None:
        """Work through a queue with one pool, until the queue is empty or the pool breaks."""
        spawn = multiprocessing.get_context("spawn")
        stop = spawn.Event()
        flying: dict[Future, int] = {}
        with ProcessPoolExecutor(width, mp_context=spawn, initializer=_prepare, initargs=(stop,)) as pool:
            try:
                while queue or flying:
                    while queue and len(flying) < width:
                        index = queue.popleft()
                        self._tries[index] += 1
                        with _ctrl_c_held():  # a worker may be started here, and inherits this
                            flying[pool.submit(_attempt, self.work, self.tasks[index])] = index
                    for future in wait(flying, return_when=FIRST_COMPLETED).done:
                        self._settle(flying[future], future.result(), queue)
                        del flying[future]
            except BrokenProcessPool:
                self._blame([*flying.values()], certain=width == 1)
            except BaseException:
                stop.set()  # workers leave their world at the end of its month
                raise

    def _settle(self, index: int, problem: tuple[str, str] | None, queue: deque[int]) -> None:
        if problem is None:
            self.done(index)
        elif self._tries[index] < TRIES:
            queue.append(index)
        else:
            self.failed(Failure(index, self._tries[index], *problem))

    def _blame(self, suspects: list[int], certain: bool) -> None:
        """Tasks that were in flight when a worker died: tried again alone; failed if they were alone already."""
        for index in suspects:
            if certain and self._tries[index] >= TRIES:
                self.failed(Failure(index, self._tries[index], "The worker process died.", ""))
                continue
            if not certain:  # it may have been cut short by another's death, which says nothing of it
                self._tries[index] -= 1
            self._alone.append(index)


class Stopped(Exception):  # noqa: N818
    """The crew was told to stop; raised in a worker by `keep_going`."""


_stop: Any = None


def keep_going(_: Any = None) -> None:
    """Raise Stopped in a worker whose crew was told to stop; a watch for long tasks."""
    if _stop is not None and _stop.is_set():
        raise Stopped


def _prepare(stop: Any) -> None:
    """Set up a worker: Ctrl-C is the parent's to answer, and an orphan ends at once."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Hold SIGINT back; processes started inside never see it, and ours comes right after."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _attempt(work: Callable[[Any], None], task: Any) -> tuple[str, str] | None:
    """Do a task in a worker; None, or the error in one line and its traceback."""
    try:
        work(task)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}".splitlines()[0], traceback.format_exc()
    return None


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let processes that are started inside use one thread each: worlds in parallel are faster, and equal."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
