# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/letters``: the letters in recovery, one by one or in groups."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import falcon

from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters
from ceilobatch.api.v1.paging import cut, offset, page, paged
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery.exposition import group_fields, summary
from ceilobatch.recovery.groups import KEYS, grouped
from ceilobatch.recovery.masking import masked
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.selection import (
    PATTERNS,
    STANDINGS,
    Conditions,
    matcher,
    selected,
    stage_of,
)

FILTERS = {
    "stage": Given(lambda value: stage_of(reading.text(value))),
    "standing": Given(reading.choice(*STANDINGS), Conditions().standing),
    "older_than": Given(reading.moment),
    "newer_than": Given(reading.moment),
    **{name: Given(reading.pattern) for name in PATTERNS},
}


class Marker(NamedTuple):
    """Behind a letter, or among groups.

    :ivar recorded: of the letter; serves where that has been removed.
    """

    recorded: datetime.datetime | None
    letter_id: str = ""
    offset: int = 0


def _place(value: Any) -> Marker:
    if isinstance(value, int):
        return Marker(None, offset=offset(value))
    recorded, letter_id = value
    return Marker(reading.moment(recorded), reading.name(letter_id))


PARAMETERS = {
    **FILTERS,
    "group": Given(reading.choice(*KEYS), many=True),
    **paged(_place),
}


def add_routes(app: App, context: Context) -> None:
    """Answer ``GET /v1/letters``."""
    app.add_route("/v1/letters", Letters(context))


def conditions(asked: dict[str, Any]) -> Conditions:
    """What :data:`FILTERS` have read."""
    return Conditions(**{name: asked[name] for name in FILTERS})


class Letters:
    """The messages that wait for a person, oldest first."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of letters; with ``group``, of counts."""
        require(req, "letters:read")
        asked = parameters(req, PARAMETERS)
        keys = list(dict.fromkeys(asked["group"]))
        with opened(self._conf) as recovery:
            if keys:
                found = selected(recovery, conditions(asked))
                document = _groups(req, asked, keys, found)
            else:
                document = _letters(req, asked, recovery)
        send(resp, document)


def _groups(
    req: falcon.Request, asked: dict[str, Any], keys: list[str], found: Iterable[Entry]
) -> dict[str, Any]:
    groups = [masked(group_fields(group, keys)) for group in grouped(found, keys)]
    start = asked["marker"].offset if asked["marker"] else 0
    return page(req, *cut(groups, {**asked, "marker": start}))


def _letters(req: falcon.Request, asked: dict[str, Any], recovery: Recovery) -> dict[str, Any]:
    fits = matcher(conditions(asked))
    elements: list[Any] = []
    last = None
    for entry in filter(fits, _behind(recovery, asked["marker"])):
        if len(elements) == asked["limit"] and last is not None:
            return page(req, elements, [last.letter.recorded.isoformat(), last.id])
        elements.append(masked(summary(entry)))
        last = entry
    return page(req, elements, None)


def _behind(recovery: Recovery, marker: Marker | None) -> Iterator[Entry]:
    """The entries after the marked one, whatever has become of it."""
    if marker is None or marker.recorded is None:
        return recovery.entries()
    entries, recorded = recovery.entries(), marker.recorded
    if recovery.entry(marker.letter_id) is None:
        return (entry for entry in entries if entry.letter.recorded >= recorded)
    rest = itertools.dropwhile(lambda entry: entry.id != marker.letter_id, entries)
    return itertools.islice(rest, 1, None)
