# SPDX-License-Identifier: Apache-2.0
"""Letters discarded, and settled ones removed for good."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ceilobatch.letter import Action, Change, Entry, Standing, digest
from ceilobatch.plugins.base import Recovery

AT_ONCE = 2000


class Discard(NamedTuple):
    """What is to be discarded, without its message.

    :ivar body: the digest of the message.
    """

    letter_id: str
    revision: int
    standing: Standing
    body: str


class Discarded(NamedTuple):
    """What became of one discard.

    :ivar done: it was discarded by this call.
    :ivar result: a sentence.
    """

    letter_id: str
    done: bool
    result: str


def to_discard(entry: Entry) -> Discard:
    """What has to be remembered of an entry until it is discarded."""
    return Discard(entry.id, entry.revision, entry.standing, digest(entry.body))


def discard(
    recovery: Recovery, wanted: Iterable[Discard], who: str, why: str
) -> Iterator[Discarded]:
    """Discard those that wait; one answer each, in order.

    :raises Unavailable: those that were answered are discarded.
    """
    items = iter(wanted)
    while some := list(itertools.islice(items, AT_ONCE)):
        waiting = [item for item in some if item.standing is Standing.WAITING]
        now = datetime.datetime.now(datetime.UTC)
        changes = [_change(item, who, why, now) for item in waiting]
        taken = dict(zip(waiting, recovery.change(changes), strict=True)) if changes else {}
        yield from (_answer(item, taken.get(item)) for item in some)


def settled_at(entry: Entry) -> datetime.datetime:
    """When something happened to an entry last: when its message came, or a change."""
    return max([entry.last, *(change.when for change in entry.history)])


def remove(recovery: Recovery, letter_ids: Iterable[str]) -> int:
    """Remove letters for good, some at a time; how many there were.

    :raises Unavailable: some may be removed; the others are whole.
    """
    ids, removed = iter(letter_ids), 0
    while some := list(itertools.islice(ids, AT_ONCE)):
        removed += recovery.remove(some)
    return removed


def _change(item: Discard, who: str, why: str, now: datetime.datetime) -> Change:
    return Change(
        item.letter_id, item.revision, Action.DISCARDED, who, now, item.body, item.body, why
    )


def _answer(item: Discard, taken: bool | None) -> Discarded:
    if taken is None:
        return Discarded(item.letter_id, False, f"left as it is: it was {item.standing.value}")
    if taken:
        return Discarded(item.letter_id, True, "discarded")
    return Discarded(item.letter_id, False, "changed meanwhile: look at it again")
