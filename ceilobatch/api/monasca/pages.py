# SPDX-License-Identifier: Apache-2.0
"""Pages of what is in groups: a page has so many rows, of one group or of several."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ceilobatch.api.monasca.groups import Group
from ceilobatch.api.monasca.refusals import unprocessable

Row = Sequence[Any]


class Offset(NamedTuple):
    """Where a page begins.

    :ivar number: of the group; None for the same time in all groups.
    :ivar time: as the last row of the page before has it.
    """

    number: int | None
    time: str | None


class Rows(NamedTuple):
    """What of a group is on a page.

    :ivar number: of the group, among those of the whole answer.
    """

    number: int
    group: Group
    rows: Sequence[Row]


def offset(text: str | None) -> Offset:
    """The offset of a link: a time, or the number of a group, ``_`` and a time.

    :raises falcon.HTTPError: it is something else.
    """
    number, mark, time = (text or "").rpartition("_")
    if not mark:
        return Offset(None, text)
    if not (number.isascii() and number.isdigit()):
        raise unprocessable(f"Invalid offset: {text}")
    return Offset(int(number[:9]), time)


def rest(
    groups: Sequence[Group], begin: Offset, after: Callable[[str], int], grouped: bool
) -> Iterator[tuple[int, Group]]:
    """The groups with what is left of them, and their numbers.

    :param after: from the time of an offset to the first millisecond that is left.
    :param grouped: whether there may be several; a single one is numbered as the offset says.
    """
    first = None if begin.time is None else after(begin.time)
    for place, group in enumerate(groups):
        number = place if grouped else begin.number or 0
        if first is None or (begin.number is not None and number > begin.number):
            yield number, group
        elif begin.number is None or number == begin.number:
            left = [moment for moment in group.moments if moment.time >= first]
            yield number, group._replace(moments=left)


def page(
    parts: Iterator[Rows], limit: int, described: Callable[[Rows], str]
) -> tuple[list[Rows], str | None]:
    """As many rows as a page has, and the offset of the next one; None after the last.

    A page that is full has a next one, which may be empty.

    :param described: the offset after the last of these rows.
    """
    found: list[Rows] = []
    for part in parts:
        if len(part.rows) >= limit:
            last = part._replace(rows=part.rows[: _border(part.rows, limit)])
            return [*found, last], described(last)
        if part.rows:
            found.append(part)
            limit -= len(part.rows)
    return found, None


def _border(rows: Sequence[Row], limit: int) -> int:
    """Where to cut: not between rows of the same time, which an offset cannot tell apart."""
    for place in chain(range(limit, 0, -1), range(limit + 1, len(rows))):
        if place == len(rows) or rows[place][0] != rows[place - 1][0]:
            return place
    return len(rows)
