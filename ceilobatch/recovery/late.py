# SPDX-License-Identifier: Apache-2.0
"""LateData: finds messages that are older than what a storage driver still takes."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from ceilobatch import errors
from ceilobatch.letter import Entry
from ceilobatch.message import decode
from ceilobatch.plugins.base import StorageCharacteristics
from ceilobatch.recovery.trial import delivery_of


class LateData:
    """Counts the letters whose message a driver would drop.

    :param drivers: names with what the drivers declare.
    """

    def __init__(self, drivers: Iterable[tuple[str, StorageCharacteristics]]) -> None:
        self._limits = {
            name: datetime.timedelta(seconds=declared.late_after)
            for name, declared in drivers
            if declared.late_after is not None
        }
        self._late: Counter[str] = Counter()
        self._seen = 0
        self._now = datetime.datetime.now(datetime.UTC)

    def look(self, entry: Entry) -> None:
        """Take a letter into account; one that cannot be decoded is stored nowhere."""
        self._seen += 1
        if not self._limits:
            return
        try:
            age = self._now - decode(delivery_of(entry)).timestamp
        except errors.Malformed:
            return
        self._late.update(name for name, limit in self._limits.items() if age > limit)

    def problems(self) -> Iterator[str]:
        """One sentence for each driver that would drop something."""
        for name, count in self._late.items():
            limit = int(self._limits[name].total_seconds())
            yield (
                f"the storage driver {name!r} may drop what is older than {limit} s and say that "
                f"it is stored; {count} of {self._seen} letters are older"
            )
