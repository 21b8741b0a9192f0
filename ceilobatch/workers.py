# SPDX-License-Identifier: Apache-2.0
"""Supervisor: keeps a number of worker processes alive, each in a futurist pool of its own.

A process pool is broken for good by one killed child, so every slot has a single-worker pool: a
death stays local, and the slot gets a new pool. Workers are started by a fork server, which has
no threads and no sockets of ours, and are given plain data.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import futurist
from oslo_config import cfg
from oslo_log import log

from ceilobatch.gate import Backoff

LOG = log.getLogger(__name__)

OPTIONS = [
    cfg.IntOpt(
        "graceful_shutdown_timeout",
        default=60,
        min=1,
        help="Seconds that workers have, after SIGTERM, to finish their batch and exit.",
    ),
]

# A worker that lived so long (seconds) was not part of a crash loop.
STEADY = 30.0
PATIENCE = 1.0
# SIGHUP: load again; SIGUSR2: report.
PASSED_ON = (signal.SIGHUP, signal.SIGUSR2)
# Who stops a service may send this to every process of it, the fork server included, which must
# outlive the workers; and a worker that is just being born has to hear it, but later.
HELD_BACK = (signal.SIGTERM,)


class Slot:
    """One worker process, and its successors."""

    def __init__(self, name: str, run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.name = name
        self.pid: int | None = None
        self.restart_at: float | None = None
        self._run = run
        self._arguments = arguments
        self._pool: futurist.ProcessPoolExecutor | None = None
        self._started = 0.0
        self._backoff = Backoff(first=0.1, longest=30.0)

    def start(self, on_exit: Callable[[str, Future[Any]], None]) -> None:
        """Start a process and run the worker in it; ``on_exit`` is called from another thread."""
        self.restart_at = None
        self._started = time.monotonic()
        context = multiprocessing.get_context("forkserver")
        self._pool = futurist.ProcessPoolExecutor(max_workers=1, mp_context=context)
        with _held_back():
            born = self._pool.submit(os.getpid)
        future = self._pool.submit(self._run, self.name, *self._arguments)
        try:
            self.pid = born.result()
        except Exception as error:  # noqa: BLE001  (its death is told by the other future)
            LOG.debug("Worker %s died at birth: %s", self.name, error)
        future.add_done_callback(lambda done: on_exit(self.name, done))

    def ended(self) -> float:
        """Tidy up after its process; seconds to wait before the next one is started."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
        self._pool = self.pid = None
        if time.monotonic() - self._started > STEADY:
            self._backoff.succeeded()
        wait = self._backoff.failed()
        self.restart_at = time.monotonic() + wait
        return wait

    def signal(self, number: int) -> None:
        """Send its process a signal."""
        if self.pid is not None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                LOG.debug("Worker %s (%s) is gone already", self.name, self.pid)

    def join(self) -> None:
        """Wait for its process to be gone."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None


class Supervisor:
    """Runs a function in worker processes until it is told to stop.

    :param run: a module-level function, called in each worker with its name (``w0``, ``w1``, ...)
        and ``arguments``; it installs signal handlers, calls :func:`listen`, drains on SIGTERM
        and then returns.
    :param count: how many workers.
    :param arguments: plain data.
    :param timeout: seconds that workers have to drain.
    :param preload: modules that the fork server imports once for all workers.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        count: int,
        arguments: tuple[Any, ...],
        timeout: float,
        preload: tuple[str, ...] = (),
    ) -> None:
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(preload))
        self._slots = {
            name: Slot(name, run, arguments) for name in (f"w{place}" for place in range(count))
        }
        self._timeout = timeout
        # SimpleQueue.put is safe inside a signal handler; an Event's set is not.
        self._happenings: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; the exit code of the daemon.

        SIGHUP and SIGUSR2 are passed on to the workers. Must be called from the main thread.
        """
        for number in (signal.SIGTERM, signal.SIGINT, *PASSED_ON):
            signal.signal(number, self._on_signal)
        for slot in self._slots.values():
            self._start(slot)
        while True:
            kind, value = self._next(self._until_restart())
            if kind == "signal" and value in PASSED_ON:
                self._tell(value)
            elif kind == "signal":
                LOG.info("%s: draining", signal.Signals(value).name)
                return self._drain()
            elif kind == "exit":
                self._on_exit(*value)
            self._restart_due()

    def _on_signal(self, number: int, _frame: Any) -> None:
        self._happenings.put(("signal", number))

    def _start(self, slot: Slot) -> None:
        slot.start(lambda name, future: self._happenings.put(("exit", (name, future))))
        LOG.info("Worker %s started as process %s", slot.name, slot.pid)

    def _next(self, timeout: float) -> tuple[str, Any]:
        try:
            return self._happenings.get(timeout=timeout)
        except queue.Empty:
            return "nothing", None

    def _until_restart(self) -> float:
        due = [slot.restart_at for slot in self._slots.values() if slot.restart_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else PATIENCE

    def _restart_due(self) -> None:
        for slot in self._slots.values():
            if slot.restart_at is not None and slot.restart_at <= time.monotonic():
                self._start(slot)

    def _on_exit(self, name: str, future: Future[Any]) -> None:
        wait = self._slots[name].ended()
        reason = _reason(future)
        LOG.error("Worker %s ended (%s); replaced in %.1f s", name, reason, wait)

    def _tell(self, number: int) -> None:
        for slot in self._slots.values():
            slot.signal(number)

    def _drain(self) -> int:
        """Let every worker finish, or kill it when its time is up."""
        deadline = time.monotonic() + self._timeout
        running = {name for name, slot in self._slots.items() if slot.pid is not None}
        failed = False
        self._tell(signal.SIGTERM)
        while running and (left := deadline - time.monotonic()) > 0:
            kind, value = self._next(left)
            if kind == "exit":
                name, future = value
                running.discard(name)
                failed |= future.exception() is not None
                LOG.info("Worker %s drained (%s)", name, _reason(future))
        for name in running:
            LOG.error("Worker %s did not drain within %s s: killed", name, self._timeout)
            self._slots[name].signal(signal.SIGKILL)
        for slot in self._slots.values():
            slot.join()
        return 1 if running or failed else 0


def listen() -> None:
    """Let signals through; for a worker, once its handlers are installed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Processes that are started meanwhile begin with signals held back, as do their children."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _reason(future: Future[Any]) -> str:
    error = future.exception()
    if error is None:
        return f"finished with {future.result()}"
    return f"{type(error).__name__}: {error}"
