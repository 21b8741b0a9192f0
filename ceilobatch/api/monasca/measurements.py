# SPDX-License-Identifier: Apache-2.0
"""Measurements: the numbers of series as they were sampled."""

from collections.abc import Iterator
from typing import Any

import falcon

from ceilobatch.api.access import require
from ceilobatch.api.history import History
from ceilobatch.api.monasca import times
from ceilobatch.api.monasca.groups import Asked, groups
from ceilobatch.api.monasca.links import answer
from ceilobatch.api.monasca.numbers import plain
from ceilobatch.api.monasca.pages import Offset, Rows, offset, page, rest
from ceilobatch.api.monasca.query import Query

COLUMNS = ("timestamp", "value", "value_meta")


class Measurements:
    """``/v2.0/metrics/measurements``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        require(req, "figures:read")
        query = Query(req)
        asked, begin, limit = Asked.of(query), offset(query.first("offset")), query.limit()
        found, following = page(self._parts(asked, begin), limit, _following)
        answer(req, resp, [_element(asked.name, one) for one in found], following)

    def _parts(self, asked: Asked, begin: Offset) -> Iterator[Rows]:
        known = groups(self._history, asked)
        for number, group in rest(known, begin, times.first_after, bool(asked.group_by)):
            yield Rows(number, group, group.moments)


def _following(last: Rows) -> str:
    return f"{last.number}_{times.with_milliseconds(last.rows[-1][0])}"


def _element(name: str, part: Rows) -> dict[str, Any]:
    return {
        "name": name,
        "id": str(part.number),
        "columns": COLUMNS,
        "measurements": [
            [times.with_milliseconds(time), plain(value), {}] for time, value in part.rows
        ],
        "dimensions": part.group.dimensions,
    }
