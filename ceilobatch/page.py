# SPDX-License-Identifier: Apache-2.0
"""Page: what goes into the books about one batch with one transaction."""

import datetime
import enum
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ceilobatch.model import Result

TEXT_LIMIT = 255
NAME_LIMIT = 191
Types = Mapping[str, int]


class Step(enum.Enum):
    """What a page says about its batch.

    Every page may be written again after nobody knows whether it was: the books remember each
    batch, so that it opens once and ends once.
    """

    OPEN = "received, in flight from now on"
    ADD = "more of it was stored"
    CLOSE = "in flight no longer, the outcomes are known"
    WHOLE = "received, and the outcomes are known"
    RETURN = "given back"
    ABANDON = "whatever an earlier worker of this name has in flight is given back"


class Arrival(NamedTuple):
    """One coming of one message that left no event to remember it by."""

    message_id: str
    outcome: str


class Page(NamedTuple):
    """Plain data for a :class:`~ceilobatch.plugins.base.Bookkeeper`.

    :ivar batch_id: empty for ``ABANDON``.
    :ivar worker: host and name, such as ``compute1/w0``.
    :ivar received: when the batch was taken in, aware, UTC; its hour is the one booked under.
    :ivar types: how many messages of each event type the batch has; ``""`` is the type of what
        could not be decoded.
    :ivar counts: what to add, by event type and column: the outcomes, and ``events`` for those
        that this very transaction adds to the shelves.
    """

    step: Step
    batch_id: str
    worker: str
    pool: str
    received: datetime.datetime
    types: Types = {}
    counts: Mapping[str, Mapping[str, int]] = {}
    arrivals: Sequence[Arrival] = ()


class Booking(NamedTuple):
    """What is to be booked together with items that are stored.

    :ivar batch_id: of the batch that the items came with.
    :ivar received: when that was taken in, aware, UTC.
    :ivar pages: makes the pages out of the results of the items; it has no effect of its own
        and may be called several times.
    """

    batch_id: str
    received: datetime.datetime
    pages: Callable[[Sequence[Result]], Sequence[Page]]


def tally(pairs: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """How often each pair of event type and column comes, as :attr:`Page.counts` has it."""
    counts: dict[str, Counter[str]] = {}
    for (event_type, column), number in Counter(pairs).items():
        counts.setdefault(name(event_type, TEXT_LIMIT), Counter())[column] += number
    return counts


def count_types(event_types: Iterable[str]) -> dict[str, int]:
    """How often each event type comes, as :attr:`Page.types` has it."""
    counts = Counter[str]()
    for event_type, number in Counter(event_types).items():
        counts[name(event_type, TEXT_LIMIT)] += number
    return counts


def name(text: str, limit: int) -> str:
    """A name as every database keeps it: no NUL, no half of a surrogate pair, not too long."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "\ufffd")[:limit]
