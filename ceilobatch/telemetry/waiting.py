# SPDX-License-Identifier: Apache-2.0
"""How much waits on a bus, and how old it is: looked at now and then, since looking costs."""

import time
from collections.abc import Callable

from oslo_log import log

from ceilobatch import errors
from ceilobatch.message import Delivery, decode

LOG = log.getLogger(__name__)

# Seconds between two looks at the age of what comes; each has to decode a notification.
LAG_INTERVAL = 1.0


class Lag:
    """How old notifications are when they are taken in; written by the loop's thread.

    :param clock: seconds, monotonic.
    :param wall: seconds since the epoch.
    :ivar seconds: of the one looked at last, 0 since nothing waits any more; None before that.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self.seconds: float | None = None
        self._clock = clock
        self._wall = wall
        self._next = clock()

    def look(self, delivery: Delivery) -> None:
        """Take the age of this one, unless another one has just been looked at."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + LAG_INTERVAL
        try:
            sent = decode(delivery).timestamp.timestamp()
        except errors.Malformed:
            return
        self.seconds = max(0.0, self._wall() - sent)

    def nothing_waits(self) -> None:
        """The bus was listened to and nothing came."""
        if self.seconds is not None:
            self.seconds = 0.0


class Depth:
    """How much waits, asked seldom; used by the thread that tells the figures.

    :param ask: see :meth:`~ceilobatch.plugins.transports.source.Source.depth`.
    :param interval: tells the seconds between two questions.
    """

    def __init__(
        self,
        ask: Callable[[], int | None],
        interval: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._interval = interval
        self._clock = clock
        self._next = clock()
        self._known: int | None = None

    def messages(self) -> int | None:
        """As it was told last; None where it was not."""
        if self._clock() >= self._next:
            self._known = self._asked()
            self._next = self._clock() + self._interval()
        return self._known

    def _asked(self) -> int | None:
        try:
            return self._ask()
        except Exception as error:  # noqa: BLE001  (a driver's fault must not cost the other figures)
            LOG.debug("How much waits cannot be told: %r", error)
            return None
