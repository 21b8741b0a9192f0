# SPDX-License-Identifier: Apache-2.0
"""What is in the store, counted: by standing, stage, age and reason."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ceilobatch.letter import Entry, Stage, Standing
from ceilobatch.recovery.groups import Group, count
from ceilobatch.recovery.kinds import kind_of

_DAY = datetime.timedelta(days=1)
AGES: Sequence[tuple[str, datetime.timedelta]] = (
    ("under 1h", datetime.timedelta(hours=1)),
    ("1h to 1d", _DAY),
    ("1d to 7d", 7 * _DAY),
    ("7d to 30d", 30 * _DAY),
    ("over 30d", datetime.timedelta.max),
)


class Total(NamedTuple):
    """A count.

    :ivar by: ``all``, ``standing``, ``stage``, ``age`` or ``reason``; the last three are of the
        letters that wait.
    :ivar value: such as ``waiting`` for ``standing``.
    :ivar letters: how many.
    :ivar messages: how often they came, altogether.
    :ivar size: of their messages, in bytes.
    :ivar oldest: when the first was recorded, or None where there is none.
    """

    by: str
    value: str
    letters: int = 0
    messages: int = 0
    size: int = 0
    oldest: datetime.datetime | None = None


def totals(entries: Iterable[Entry], now: datetime.datetime, top: int) -> list[Total]:
    """All counts, those of nothing too.

    :param now: what ages count from, aware.
    :param top: how many reasons, those with most messages.
    """
    groups: dict[tuple[str | None, ...], Group] = {}
    for entry in entries:
        for key in _keys(entry, now):
            count(groups, key, entry)
    reasons = sorted(
        (group for group in groups.values() if group.values[0] == "reason"),
        key=lambda group: (-group.messages, group.oldest),
    )
    fixed = [Total(by, value) for by, value in _fixed()]
    found = [_total(groups[line[:2]]) if line[:2] in groups else line for line in fixed]
    return found + [_total(group) for group in reasons[:top]]


def _keys(entry: Entry, now: datetime.datetime) -> Iterator[tuple[str, str]]:
    yield "all", ""
    yield "standing", entry.standing.value
    if entry.standing is Standing.WAITING:
        yield "stage", entry.letter.stage.value
        yield "age", _age(now - entry.letter.recorded)
        yield "reason", kind_of(entry.letter.reason)


def _fixed() -> Iterator[tuple[str, str]]:
    yield "all", ""
    yield from (("standing", standing.value) for standing in Standing)
    yield from (("stage", stage.value) for stage in Stage)
    yield from (("age", name) for name, _ in AGES)


def _age(age: datetime.timedelta) -> str:
    return next(name for name, limit in AGES if age < limit)


def _total(group: Group) -> Total:
    by, value = group.values
    return Total(str(by), str(value), group.letters, group.messages, group.size, group.oldest)
