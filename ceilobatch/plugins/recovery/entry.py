# SPDX-License-Identifier: Apache-2.0
"""Entry: a letter together with how often its message came to recovery."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from ceilobatch.letter import Letter
from ceilobatch.plugins.base import Recovery


class Entry(NamedTuple):
    """One letter as a person sees it.

    :ivar letter: as it was recorded first.
    :ivar seen: how often a letter with this id was added; a redelivered message adds one more.
    :ivar last: when it was added last, aware, UTC.
    """

    letter: Letter
    seen: int
    last: datetime.datetime


@runtime_checkable
class Counting(Protocol):
    """A recovery driver that knows how often it was given each letter."""

    def entries(self) -> Iterator[Entry]:
        """One entry for each letter id, by the time of the first, oldest first."""


def entries(recovery: Recovery) -> Iterator[Entry]:
    """The entries of any driver; ``seen`` is 1 where the driver does not count.

    :raises Unavailable: recovery cannot be read.
    """
    if isinstance(recovery, Counting):
        yield from recovery.entries()
        return
    for letter in recovery.letters():
        yield Entry(letter, 1, letter.recorded)
