# SPDX-License-Identifier: Apache-2.0
"""What persons want of scopes: to be reset, or a past span again; inside a transaction."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.usage_storage import sql_scope, sql_writing
from ceilobatch.plugins.usage_storage.sql_rows import clean
from ceilobatch.plugins.usage_storage.sql_schema import REPROCESSING, SCOPE
from ceilobatch.usage import Order

_ORDER = [REPROCESSING.c[name] for name in ("id", "scope", "period_begin", "period_end", "done")]


class Ordered(NamedTuple):
    """An order, when it was made, and by whom."""

    order: Order
    ordered: datetime.datetime
    who: str


def unfinished(connection: sa.Connection) -> list[Order]:
    """The orders that are not done, oldest first."""
    query = sa.select(*_ORDER).where(REPROCESSING.c.done < REPROCESSING.c.period_end)
    return [Order._make(row) for row in connection.execute(query.order_by(REPROCESSING.c.id))]


def all_orders(connection: sa.Connection, scopes: Sequence[str] | None) -> list[Ordered]:
    """Every order that there ever was for these scopes, or for all, oldest first."""
    query = sa.select(REPROCESSING).order_by(REPROCESSING.c.id)
    if scopes is not None:
        query = query.where(REPROCESSING.c.scope.in_(scopes))
    return [
        Ordered(
            Order(row.id, row.scope, row.period_begin, row.period_end, row.done),
            row.ordered,
            row.who,
        )
        for row in connection.execute(query)
    ]


def advance(connection: sa.Connection, order: Order, end: datetime.datetime) -> Order:
    """Move ``done`` of an order.

    :raises Conflict: it is another, or the order is gone, or ends before.
    """
    moved = connection.execute(
        sa.update(REPROCESSING)
        .where(
            REPROCESSING.c.id == order.id,
            REPROCESSING.c.done == order.done,
            REPROCESSING.c.period_end >= end,
        )
        .values(done=end)
    )
    if not moved.rowcount:
        raise Conflict(f"the reprocessing {order.id} is not at {order.done.isoformat()} any more")
    return order._replace(done=end)


def place(
    connection: sa.Connection,
    scope: str,
    begin: datetime.datetime,
    end: datetime.datetime,
    who: str,
) -> Ordered:
    """Add an order.

    :raises Conflict: the scope is gone, or has not processed all of the span.
    """
    state = sql_scope.lock(connection, scope)
    if begin < state.started:
        raise Conflict(f"the scope {scope!r} begins only at {state.started.isoformat()}")
    if end > state.last_processed:
        raise Conflict(
            f"the scope {scope!r} is processed only up to {state.last_processed.isoformat()}"
        )
    ordered = datetime.datetime.now(datetime.UTC)
    row = {
        "scope": scope,
        "period_begin": begin,
        "period_end": end,
        "done": begin,
        "ordered": ordered,
        "who": clean(who),
    }
    key = connection.execute(sa.insert(REPROCESSING).values(row)).inserted_primary_key
    number = int(key[0]) if key else 0
    return Ordered(Order(number, scope, begin, end, begin), ordered, clean(who))


def withdraw(connection: sa.Connection, order_id: int) -> bool:
    """Remove an order that is not done; whether there was one. What is done stays."""
    unfinished = REPROCESSING.c.done < REPROCESSING.c.period_end
    delete = sa.delete(REPROCESSING).where(REPROCESSING.c.id == order_id, unfinished)
    return bool(connection.execute(delete).rowcount)


def reset(connection: sa.Connection, scope: str, to: datetime.datetime) -> int:
    """Forget everything of a scope from a time on; how many usages there were.

    :raises Conflict: the scope is gone, or has not come so far.
    """
    state = sql_scope.lock(connection, scope)
    if to > state.last_processed:
        raise Conflict(f"the scope {scope!r} is only at {state.last_processed.isoformat()}")
    moments = {name: min(getattr(state, name), to) for name in ("started", "revisited")}
    change: dict[str, Any] = {**moments, "last_processed": to}
    connection.execute(sa.update(SCOPE).where(SCOPE.c.scope == scope).values(change))
    _shorten_orders(connection, scope, to)
    return sql_writing.remove(connection, scope, to)


def _shorten_orders(connection: sa.Connection, scope: str, to: datetime.datetime) -> None:
    mine = REPROCESSING.c.scope == scope
    begin, end, done = (REPROCESSING.c[name] for name in ("period_begin", "period_end", "done"))
    connection.execute(sa.delete(REPROCESSING).where(mine, begin >= to))
    connection.execute(sa.update(REPROCESSING).where(mine, done > to).values(done=to))
    connection.execute(sa.update(REPROCESSING).where(mine, end > to).values(period_end=to))
