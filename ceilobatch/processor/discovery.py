# SPDX-License-Identifier: Apache-2.0
"""Discovery: which scopes there are, and when a new one begins."""

import datetime
import time
from collections.abc import Collection, Mapping, Sequence

from oslo_log import log

from ceilobatch.plugins.processing import Collector, ScopeSource
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.happenings import Discovered

LOG = log.getLogger(__name__)

# Seconds until sources that did not answer are asked again.
AGAIN = 10.0


class Discovery:
    """Asks the sources of scopes from time to time; one worker of all does.

    :param start: when new scopes begin; None: with their first data, else with the month.
    :param interval: seconds between two looks.
    """

    NAME = "ceilobatch scopes"

    def __init__(
        self,
        sources: Sequence[tuple[str, ScopeSource]],
        collector: Collector,
        calendar: Calendar,
        start: datetime.datetime | None,
        interval: float,
    ) -> None:
        self._sources = sources
        self._collector = collector
        self._calendar = calendar
        self._start = start
        self._interval = interval
        self._due_at = 0.0
        self._known: Collection[str] = ()

    def due(self) -> bool:
        """Whether it is time to look."""
        return time.monotonic() >= self._due_at

    def begin(self, known: Collection[str]) -> None:
        """Note the time and what is known; :meth:`discover` follows, in another thread."""
        self._known = known
        self._due_at = time.monotonic() + self._interval

    def discover(self) -> Discovered:
        """Ask every source; one that does not answer leaves all scopes as they are."""
        found: set[str] = set()
        whole = True
        for name, source in self._sources:
            try:
                found.update(source.scopes())
            except Exception as error:  # noqa: BLE001  (a source's bug must not end the worker)
                LOG.warning("Scopes of %s: %s: %s", name, type(error).__name__, error)
                whole = False
                self._due_at = min(self._due_at, time.monotonic() + AGAIN)
        new = sorted(found.difference(self._known))
        return Discovered(found if whole else None, self._starts(new) if new else {})

    def close(self) -> None:
        """Close the sources."""
        for _, source in self._sources:
            source.close()

    def _starts(self, new: Sequence[str]) -> Mapping[str, datetime.datetime]:
        if self._start is not None:
            return dict.fromkeys(new, self._calendar.floor(self._start))
        try:
            first = self._collector.first(new)
        except Exception as error:  # noqa: BLE001  (a collector's bug must not go unnoticed)
            LOG.warning(
                "New scopes wait until their first data is known: %s: %s",
                *(type(error).__name__, error),
            )
            return {}
        now = self._calendar.now()
        month = self._calendar.floor(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
        return {scope: self._calendar.floor(first.get(scope, month)) for scope in new}
