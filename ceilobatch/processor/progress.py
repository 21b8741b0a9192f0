# SPDX-License-Identifier: Apache-2.0
"""Progress: tells in the log how a worker comes along, seldom enough to be read."""

import math
import time

from oslo_log import log

LOG = log.getLogger(__name__)

# Seconds between two lines.
EVERY = 60.0


class Progress:
    """A line a minute while there is much to do, and one when all is done."""

    def __init__(self) -> None:
        self._stored = 0
        self._since = 0.0
        self._told = -math.inf

    def stored(self, periods: int) -> None:
        """Count periods of scopes."""
        if not self._stored:
            self._since = time.monotonic()
        self._stored += periods

    def tell(self, left: int) -> None:
        """Tell, if it is time.

        :param left: periods of scopes that are still to be stored.
        """
        now = time.monotonic()
        is_due = not left or now - self._since >= EVERY
        if not self._stored or not is_due or now - self._told < EVERY:
            return
        rest = f"{left} are left" if left else "nothing is left to do"
        LOG.info("Stored %d periods of scopes in %.0f s; %s", self._stored, now - self._since, rest)
        self._stored = 0
        self._told = now
