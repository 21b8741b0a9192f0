# SPDX-License-Identifier: Apache-2.0
"""Trouble: tells in the log that requests keep failing, seldom enough to be read."""

import math
import time
from collections.abc import Sequence

from oslo_log import log

LOG = log.getLogger(__name__)

# Seconds between two lines; which scopes fail, and why, is in their states.
EVERY = 60.0


class Trouble:
    """A line when requests begin to fail again and again, and one a minute while they do."""

    def __init__(self) -> None:
        self._scopes: set[str] = set()
        self._told = -math.inf
        self._rejected: dict[str, str] = {}

    def failed(self, scopes: Sequence[str], reason: str) -> None:
        """Requests for these scopes have failed too often."""
        self._scopes.update(scopes)
        if time.monotonic() - self._told < EVERY:
            return
        LOG.warning(
            "Requests keep failing (scopes since the last such line: %d), such as that for %s: %s",
            *(len(self._scopes), scopes[0], reason),
        )
        self._scopes.clear()
        self._told = time.monotonic()

    def rejected(self, metric: str, reason: str) -> None:
        """A metric can never be read: told once, however many scopes and periods want it."""
        if self._rejected.get(metric) != reason:
            LOG.warning("%s is left out, it cannot be read: %s", metric, reason)
        self._rejected[metric] = reason
