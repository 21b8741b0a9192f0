# SPDX-License-Identifier: Apache-2.0
"""Gate: open while what is consumed can be stored, closed with a reason and a backoff while not."""

import random
import threading
import time
from collections.abc import Callable

from oslo_log import log

from ceilobatch import errors

LOG = log.getLogger(__name__)

FIRST_WAIT = 0.5
LONGEST_WAIT = 5.0


class Backoff:
    """Waits that double up to a limit, with jitter so that many workers do not come at once."""

    def __init__(self, first: float = FIRST_WAIT, longest: float = LONGEST_WAIT) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def failed(self) -> float:
        """Count a failure; seconds to wait before the next try."""
        wait = min(self._first * 2.0**self._failures, self._longest)
        self._failures = min(self._failures + 1, 30)
        return wait * random.uniform(0.75, 1.0)

    def succeeded(self) -> None:
        """Begin again with the first wait."""
        self._failures = 0


class Gate:
    """Whether to consume.

    :ivar reason: why it is closed; None while it is open.
    :ivar closed_at: monotonic time of its closing; None while it is open.
    :ivar closings: how often it was closed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reason: str | None = None
        self.closed_at: float | None = None
        self.closings = 0
        self._backoff = Backoff()

    @property
    def is_open(self) -> bool:
        """Whether to consume now."""
        return self.reason is None

    @property
    def closed_for(self) -> float:
        """Seconds since its closing; 0 while it is open."""
        closed_at = self.closed_at
        return 0.0 if closed_at is None else time.monotonic() - closed_at

    def close(self, reason: str) -> None:
        """Stop consuming; the reason is logged once, however long it stays closed."""
        if self.is_open:
            self.closed_at = time.monotonic()
            self.closings += 1
            LOG.warning("Gate of %s closed, consuming stops: %s", self.name, reason)
        self.reason = reason

    def wait_until_open(self, probe: Callable[[], None], stop: threading.Event) -> None:
        """Probe with backoff until the probe returns; returns early when ``stop`` is set.

        :param probe: raises Unavailable while the gate has to stay closed.
        """
        while not self.is_open and not stop.wait(self._backoff.failed()):
            try:
                probe()
            except errors.Unavailable as error:
                self.reason = str(error)
                LOG.debug("Gate of %s stays closed: %s", self.name, error)
            else:
                self._open()

    def handled(self) -> None:
        """A batch was handled: the next closing begins with the shortest wait again."""
        self._backoff.succeeded()

    def _open(self) -> None:
        closed_for = self.closed_for
        self.reason = self.closed_at = None
        LOG.info("Gate of %s open again after %.1f s", self.name, closed_for)
