# SPDX-License-Identifier: Apache-2.0
"""LettersWaiting: how many letters wait for a person, counted now and then, beside all requests."""

import threading
import time
from collections.abc import Callable

from oslo_config import cfg
from oslo_log import log

from ceilobatch import errors
from ceilobatch.letter import Standing
from ceilobatch.recovery.opening import opened
from ceilobatch.telemetry.levels import Series
from ceilobatch.telemetry.measurements import LETTERS_WAITING

LOG = log.getLogger(__name__)

SERVICE = "recovery"
# Intervals after which a count that could not be renewed is told no longer.
_LASTS = 3
_JOIN = 5.0


class LettersWaiting:
    """Counts at most every ``[api] letters_interval`` seconds, in a thread of its own.

    The thread begins with :meth:`start`, or with the first question. A store that hangs holds up
    this thread and nobody else.

    :param clock: seconds, never set back.
    """

    def __init__(self, conf: cfg.ConfigOpts, clock: Callable[[], float] = time.monotonic) -> None:
        self._conf = conf
        self._interval: float = conf.api.letters_interval
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._found: tuple[float, int] | None = None

    def start(self) -> None:
        """Begin to count, unless that is under way or has ended."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                # A daemon, so that a store that hangs does not keep the process from ending.
                self._thread = threading.Thread(
                    target=self._run, name="letters waiting", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread as long as is reasonable."""
        self._stop.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(_JOIN)

    def series(self) -> list[Series]:
        """What was counted last, or nothing where that is unknown; never waits for anything."""
        self.start()
        found = self._found
        if found is None or self._clock() - found[0] > _LASTS * self._interval:
            return []
        dimensions = {"service": SERVICE, "hostname": self._conf.host}
        return [Series(LETTERS_WAITING, None, dimensions, found[1])]

    def _run(self) -> None:
        while not self._stop.is_set():
            self._count()
            self._stop.wait(self._interval)

    def _count(self) -> None:
        try:
            self._found = (self._clock(), self._waiting())
        except (errors.Refused, errors.ConfigurationError) as error:
            LOG.info("Letters that wait are not counted: %s", error)
        except errors.Unavailable as error:
            LOG.warning("Letters that wait cannot be counted: %s", error)
        except Exception:
            # Of a driver; the service goes on without this one figure.
            LOG.exception("Letters that wait cannot be counted")

    def _waiting(self) -> int:
        count = 0
        with opened(self._conf) as recovery:
            for entry in recovery.entries():
                count += entry.standing is Standing.WAITING
                if self._stop.is_set():
                    break
        return count
