# SPDX-License-Identifier: Apache-2.0
"""``/v1/usage``: what scopes have used, row by row or added up."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import falcon

from ceilobatch import isotime
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters
from ceilobatch.api.v1.paging import cut, offset, page, paged
from ceilobatch.plugins.period_handlers.decimals import text
from ceilobatch.plugins.usage_storage import sql_query
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_query import COLUMNS, Wanted, attribute, key
from ceilobatch.processor.wishes import opened


def _place(value: Any) -> int | list[Any]:
    if isinstance(value, int):
        return offset(value)
    begin, scope, metric, digest = value
    texts = reading.text(scope), reading.text(metric), reading.text(digest)
    return [isotime.utc(begin), *texts]


PARAMETERS = {
    "scope": Given(reading.name, many=True),
    "metric": Given(reading.pattern),
    "from": Given(reading.moment),
    "to": Given(reading.moment),
    "attribute": Given(lambda value: attribute(reading.name(value)), many=True),
    "group_by": Given(lambda value: key(reading.name(value)), many=True),
    **paged(_place),
}


def add_routes(app: App, context: Context) -> None:
    """Answer it."""
    app.add_route("/v1/usage", Usage(context))


class Usage:
    """Usage of all scopes, oldest first."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of rows; with ``group_by``, of sums. Quantities are texts, and exact."""
        require(req, "usage:read")
        asked = parameters(req, PARAMETERS)
        wanted = Wanted(
            asked["scope"], asked["metric"], asked["from"], asked["to"], asked["attribute"]
        )
        keys = list(dict.fromkeys(asked["group_by"]))
        with opened(self._conf) as storage:
            read = _sums if keys else _rows
            send(resp, read(req, asked, storage, wanted, keys))


def _rows(
    req: falcon.Request, asked: dict[str, Any], storage: SqlUsage, wanted: Wanted, _: Any
) -> dict[str, Any]:
    marker = asked["marker"] or None
    if isinstance(marker, int):
        marker = None
    limit = asked["limit"]
    rows, place = sql_query.usages_after(storage.read, wanted, limit, marker)
    elements = [_shown(zip(COLUMNS, row, strict=True)) for row in rows]
    following = [_plain(one) for one in place] if place and len(rows) == limit else None
    return page(req, elements, following)


def _sums(
    req: falcon.Request,
    asked: dict[str, Any],
    storage: SqlUsage,
    wanted: Wanted,
    keys: list[str],
) -> dict[str, Any]:
    found = storage.read(lambda connection: sql_query.sums(connection, wanted, keys))
    start = asked["marker"] if isinstance(asked["marker"], int) else 0
    some, following = cut(found, {**asked, "marker": start})
    elements = [
        _shown({**dict(zip(keys, group, strict=True)), **_sum(*rest)}.items())
        for group, *rest in some
    ]
    return page(req, elements, following)


def _sum(unit: str, quantity: Decimal, usages: int) -> dict[str, Any]:
    return {"unit": unit, "quantity": quantity, "usages": usages}


def _shown(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in pairs}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return text(value)
    return value.isoformat() if isinstance(value, datetime.datetime) else value
