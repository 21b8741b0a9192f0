# SPDX-License-Identifier: Apache-2.0
"""Reads and moves the states of scopes, inside the transaction of whoever calls.

Every move compares what is there with what was expected and sets what is new in one statement,
which locks the row of the scope until the end of the transaction.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.storage.sql_schema import TEXT_LIMIT, LongText, UtcDateTime
from ceilobatch.plugins.usage_storage.sql_rows import clean
from ceilobatch.plugins.usage_storage.sql_schema import SCOPE
from ceilobatch.usage import ScopeState

# Older SQLite takes no more than 999 parameters in a statement.
IDS_PER_QUERY = 500
_STATE = [SCOPE.c[name] for name in ScopeState._fields]


def states(connection: sa.Connection, scopes: Sequence[str] | None) -> list[ScopeState]:
    """The states of these scopes, or of all, by id."""
    query = sa.select(*_STATE).order_by(SCOPE.c.scope)
    if scopes is None:
        return [ScopeState._make(row) for row in connection.execute(query)]
    return [
        ScopeState._make(row)
        for some in slices(sorted(set(scopes)))
        for row in connection.execute(query.where(SCOPE.c.scope.in_(some)))
    ]


def enroll(connection: sa.Connection, starts: Mapping[str, datetime.datetime]) -> int:
    """Add the scopes that are not there; how many."""
    new = []
    for some in slices(sorted(starts)):
        found = connection.execute(sa.select(SCOPE.c.scope).where(SCOPE.c.scope.in_(some)))
        there = set(found.scalars())
        new += [_new(name, starts[name]) for name in some if name not in there]
    if new:
        connection.execute(sa.insert(SCOPE), new)
    return len(new)


def activate(connection: sa.Connection, wanted: Collection[str]) -> None:
    """Make exactly these scopes active."""
    names = frozenset(wanted)
    query = sa.select(SCOPE.c.scope, SCOPE.c.active).order_by(SCOPE.c.scope)
    wrong: dict[bool, list[str]] = {True: [], False: []}
    for name, active in connection.execute(query):
        if active is not (name in names):
            wrong[not active].append(name)
    for value, scopes in wrong.items():
        change(connection, scopes, active=value)


def change(connection: sa.Connection, scopes: Iterable[str], **values: object) -> int:
    """Set columns of these scopes; how many there are."""
    return sum(
        connection.execute(sa.update(SCOPE).where(SCOPE.c.scope.in_(some)).values(values)).rowcount
        for some in slices(sorted(set(scopes)))
    )


def move(
    connection: sa.Connection,
    scope: str,
    expected: datetime.datetime,
    end: datetime.datetime,
    *,
    worker: str,
    error: str,
    final: bool,
) -> None:
    """Move ``last_processed``, and ``revisited`` with it where it is final and was there, too.

    :raises Conflict: it is not there, or the scope is paused or gone.
    """
    parameters = {
        "its_scope": scope,
        "expected": expected,
        "its_end": end,
        # None is no moment at which it could be.
        "revisited_from": expected if final else None,
        "its_worker": worker[:TEXT_LIMIT],
        "its_error": clean(error),
        "now": datetime.datetime.now(datetime.UTC),
    }
    moved = connection.execute(_MOVE, parameters)
    if not moved.rowcount:
        raise Conflict(f"it is not at {expected.isoformat()} any more, or paused, or gone")


def revisit(
    connection: sa.Connection, scope: str, expected: datetime.datetime, end: datetime.datetime
) -> None:
    """Move ``revisited``.

    :raises Conflict: it is not there, or would pass ``last_processed``.
    """
    moved = connection.execute(
        sa.update(SCOPE)
        .where(SCOPE.c.scope == scope, SCOPE.c.revisited == expected, SCOPE.c.last_processed >= end)
        .values(revisited=end)
    )
    if not moved.rowcount:
        raise Conflict(f"its second look is not at {expected.isoformat()} any more")


def claim(
    connection: sa.Connection, scopes: Sequence[str], worker: str, seconds: float
) -> list[str]:
    """Reserve those that nobody else has claimed."""
    now = datetime.datetime.now(datetime.UTC)
    free = sa.or_(
        SCOPE.c.claimed_until.is_(None),
        SCOPE.c.claimed_until <= now,
        SCOPE.c.claimed_by == worker[:TEXT_LIMIT],
    )
    query = sa.select(SCOPE.c.scope).where(free).order_by(SCOPE.c.scope).with_for_update()
    got = [
        name
        for some in slices(sorted(set(scopes)))
        for name in connection.execute(query.where(SCOPE.c.scope.in_(some))).scalars()
    ]
    until = now + datetime.timedelta(seconds=seconds)
    change(connection, got, claimed_by=worker[:TEXT_LIMIT], claimed_until=until)
    return [name for name in scopes if name in set(got)]


def fail(connection: sa.Connection, scopes: Sequence[str], error: str) -> None:
    """Note why these scopes cannot go on."""
    parameters = {"its_error": clean(error), "now": datetime.datetime.now(datetime.UTC)}
    for some in slices(sorted(set(scopes))):
        connection.execute(_FAIL.where(SCOPE.c.scope.in_(some)), parameters)


def lock(connection: sa.Connection, scope: str) -> Any:
    """The row of a scope, which nobody else changes until the end of the transaction.

    :raises Conflict: there is none.
    """
    query = sa.select(SCOPE).where(SCOPE.c.scope == scope).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        raise Conflict(f"there is no scope {scope!r}")
    return found


def slices(names: Iterable[str]) -> Iterator[list[str]]:
    """As many as fit into a statement."""
    rest = iter(names)
    while some := list(islice(rest, IDS_PER_QUERY)):
        yield some


def _new(name: str, start: datetime.datetime) -> dict[str, Any]:
    moments = dict.fromkeys(("started", "last_processed", "revisited"), start)
    texts = dict.fromkeys(("worker", "claimed_by", "error"), "")
    return {"scope": name, "active": True, "paused": False, **moments, **texts}


def _failure() -> list[tuple[sa.Column[Any], Any]]:
    """Sets ``its_error``, and since when it has been this one: ``now`` if it is another.

    The time first: MariaDB compares with what was set before in the same statement.
    """
    error = sa.bindparam("its_error", type_=LongText)
    since = sa.case(
        (error == "", sa.null()),
        (SCOPE.c.error == error, SCOPE.c.error_at),
        else_=sa.bindparam("now", type_=UtcDateTime),
    )
    return [(SCOPE.c.error_at, since), (SCOPE.c.error, error)]


def _moment(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=UtcDateTime)


# Made once, because making a statement takes as long as sending it.
_MOVE = (
    sa.update(SCOPE)
    .where(
        SCOPE.c.scope == sa.bindparam("its_scope"),
        SCOPE.c.last_processed == _moment("expected"),
        ~SCOPE.c.paused,
    )
    .ordered_values(
        *_failure(),
        (SCOPE.c.worker, sa.bindparam("its_worker")),
        (SCOPE.c.last_processed, _moment("its_end")),
        (
            SCOPE.c.revisited,
            sa.case(
                (SCOPE.c.revisited == _moment("revisited_from"), _moment("its_end")),
                else_=SCOPE.c.revisited,
            ),
        ),
    )
)
_FAIL = sa.update(SCOPE).ordered_values(*_failure())
