# SPDX-License-Identifier: Apache-2.0
"""Reads usage and corrections back, and adds quantities up, exactly.

PostgreSQL adds decimals without limits. Elsewhere the database only counts equal quantities, and
they are added here.
"""

import datetime
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact
from typing import Any

import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_filters import matches
from ceilobatch.plugins.usage_storage.sql_exactly import exactly
from ceilobatch.plugins.usage_storage.sql_schema import SCOPE_USAGE, USAGE_CORRECTION

Run = Callable[[Callable[[sa.Connection], Any]], Any]

COLUMNS = ("scope", "begin", "end", "metric", "unit", "quantity", "groupby", "metadata")
TIMES = {"day": 10, "month": 7}
ROWS_AT_ONCE = 500
_EXACT = Context(prec=100_000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact])
_LISTED = [
    SCOPE_USAGE.c[name]
    for name in (
        *("scope", "period_begin", "period_end", "metric"),
        *("unit", "quantity", "groupby", "metadata"),
    )
]
_IDENTITY = ("scope", "period_begin", "metric", "digest")
_ORDER = [SCOPE_USAGE.c[name] for name in ("period_begin", "scope", "metric", "digest")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which usage is meant: all conditions that are given hold.

    :ivar scopes: any of these ids.
    :ivar metric: the name, or a pattern with ``*``, ``?`` and ``[...]``.
    :ivar since: the earliest begin of a period.
    :ivar until: the moment before which the period must have begun.
    :ivar attributes: names and values of ``groupby``.
    """

    scopes: Sequence[str] = ()
    metric: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    attributes: Sequence[tuple[str, str]] = ()

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same as SQL."""
        columns = SCOPE_USAGE.c
        if self.scopes:
            yield columns.scope.in_(self.scopes)
        if self.metric is not None:
            yield matches(columns.metric, self.metric)
        if self.since is not None:
            yield columns.period_begin >= self.since
        if self.until is not None:
            yield columns.period_begin < self.until
        for name, value in self.attributes:
            yield exactly(columns.groupby[name].as_string()) == value


def attribute(text: str) -> tuple[str, str]:
    """A name and a value of ``groupby``, as they are written: ``NAME=VALUE``.

    :raises ValueError: it is not that; in one sentence.
    """
    name, separator, value = text.partition("=")
    if not separator:
        raise ValueError(f"{text!r} is not NAME=VALUE")
    return key(name), value


def key(name: str) -> str:
    """What sums can be kept apart by, see :func:`sums`.

    :raises ValueError: it cannot be the name of an attribute; in one sentence.
    """
    if not name or any(character in name for character in '"\\'):
        raise ValueError(f"{name!r} is not the name of an attribute")
    return name


def usages(run: Run, wanted: Wanted, limit: int | None) -> Iterator[tuple[Any, ...]]:
    """Scope, begin, end, metric, unit, quantity, groupby and metadata; oldest first.

    They are read some at a time; between the reads nothing is held.

    :param run: runs its argument in a transaction.
    :param limit: None for all.
    """
    left, after = limit, None
    while left is None or left > 0:
        count = ROWS_AT_ONCE if left is None else min(left, ROWS_AT_ONCE)
        rows, after = usages_after(run, wanted, count, after)
        if not rows:
            return
        yield from rows
        left = None if left is None else left - len(rows)


def usages_after(
    run: Run, wanted: Wanted, count: int, after: Sequence[Any] | None
) -> tuple[list[tuple[Any, ...]], Sequence[Any] | None]:
    """So many rows as :func:`usages` gives them, and the place of the last: its begin, scope,
    metric and digest.

    :param after: the place of the row before; None for the first.
    """
    query = sa.select(*_LISTED, SCOPE_USAGE.c.digest).where(*wanted.conditions()).order_by(*_ORDER)
    if after is not None:
        # The first is there for MariaDB, which would read everything for the second.
        query = query.where(_ORDER[0] >= after[0], sa.tuple_(*_ORDER) > sa.tuple_(*after))
    rows = run(functools.partial(_rows, query=query.limit(count)))
    place = [getattr(rows[-1], column.name) for column in _ORDER] if rows else None
    return [tuple(row[:-1]) for row in rows], place


def corrections(
    connection: sa.Connection, wanted: Wanted, limit: int | None
) -> list[tuple[Any, ...]]:
    """Scope, begin, metric, unit, old and new quantity, when it was found, groupby; oldest first.

    The old quantity is None where there was no usage.
    """
    found = USAGE_CORRECTION.c
    same = (SCOPE_USAGE.c[name] == found[name] for name in _IDENTITY)
    query = (
        sa.select(
            *(SCOPE_USAGE.c[name] for name in ("scope", "period_begin", "metric", "unit")),
            *(found.old_quantity, found.new_quantity, found.found, SCOPE_USAGE.c.groupby),
        )
        .join_from(USAGE_CORRECTION, SCOPE_USAGE, sa.and_(*same))
        .where(*wanted.conditions())
        .order_by(found.id)
        .limit(limit)
    )
    return [tuple(row) for row in connection.execute(query)]


def count_corrections(connection: sa.Connection, scope: str) -> int:
    """How many there are of a scope."""
    query = sa.select(sa.func.count()).where(USAGE_CORRECTION.c.scope == scope)
    return int(connection.execute(query).scalar_one())


def sums(
    connection: sa.Connection, wanted: Wanted, keys: Sequence[str]
) -> list[tuple[tuple[Any, ...], str, Decimal, int]]:
    """Values of the keys, unit, exact sum and number of usages, in the order of the keys.

    :param keys: ``scope``, ``metric``, ``period`` (its begin), ``day`` or ``month`` (texts, UTC),
        or the name of an attribute of ``groupby``.
    """
    adds = connection.dialect.name == "postgresql"
    columns = [_key(name, connection).label(f"key{place}") for place, name in enumerate(keys)]
    groups = [*columns, SCOPE_USAGE.c.unit]
    quantity = SCOPE_USAGE.c.quantity
    amount: Any = sa.func.sum(quantity, type_=quantity.type) if adds else quantity
    query = sa.select(*groups, amount, sa.func.count()).where(*wanted.conditions())
    query = query.group_by(*groups) if adds else query.group_by(*groups, quantity)
    totals: dict[tuple[Any, ...], tuple[Decimal, int]] = {}
    for *group, number, count in _streamed(connection, query):
        total, counted = totals.get(tuple(group), (Decimal(0), 0))
        added = number if adds else _EXACT.multiply(number, count)
        totals[tuple(group)] = (_EXACT.add(total, added), counted + count)
    ordered = sorted(totals.items(), key=lambda item: [(v is None, v or "") for v in item[0]])
    return [(group[:-1], group[-1], total, count) for group, (total, count) in ordered]


def _key(name: str, connection: sa.Connection) -> sa.ColumnElement[Any]:
    columns = SCOPE_USAGE.c
    if name in ("scope", "metric"):
        return columns[name]
    if name == "period":
        return columns.period_begin
    if name in TIMES:
        moment = _TEXT[connection.dialect.name](columns.period_begin)
        return sa.func.substr(moment, 1, TIMES[name], type_=sa.String)
    return exactly(columns.groupby[name].as_string())


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[Any]:
    return connection.execute(query).all()


def _streamed(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    options = connection.execution_options(yield_per=ROWS_AT_ONCE)
    with options.execute(query) as found:
        yield from found


# A moment as a text that begins with the day, in UTC.
_TEXT: dict[str, Callable[[Any], Any]] = {
    "postgresql": lambda column: sa.func.to_char(sa.func.timezone("UTC", column), "YYYY-MM-DD"),
    "mysql": lambda column: sa.func.date_format(column, "%Y-%m-%d"),
    "sqlite": lambda column: sa.type_coerce(column, sa.String),
}
