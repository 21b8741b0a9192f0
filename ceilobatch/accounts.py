# SPDX-License-Identifier: Apache-2.0
"""The books as people ask for them: sums, whether they balance and why not, one message's story."""

import datetime
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.letter import Entry
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Bookkeeper
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_audit import Audit, audit, story
from ceilobatch.plugins.storage.sql_connection import state_url
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.recovery.exposition import change_fields
from ceilobatch.recovery.opening import opened

LOG = logging.getLogger(__name__)

OUTCOMES = ("stored", "duplicate", "recovered", "ignored", "requeued", "in_flight")
NUMBERS = ("received", *OUTCOMES, "unaccounted", "events")
KEYS = ("hour", "worker", "pool", "event_type")
BY = {"worker": "worker", "hour": "hour", "type": "event_type", "pool": "pool"}
Row = dict[str, Any]


class Account(NamedTuple):
    """The books of all workers.

    :ivar rows: with :data:`KEYS`, the hour as a text, and :data:`NUMBERS`.
    :ivar problems: why they do not balance, a sentence each.
    """

    rows: Sequence[Row]
    problems: Sequence[str]

    def by(self, *keys: str) -> list[Row]:
        """One row for each value of some of :data:`KEYS`, added up; in the order of the rows."""
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows:
            groups.setdefault(tuple(row[key] for key in keys), []).append(row)
        return [
            {**dict(zip(keys, values, strict=True)), **_sums(members)}
            for values, members in groups.items()
        ]

    @property
    def total(self) -> dict[str, int]:
        """The sums of everything."""
        return _sums(self.rows)


def account(conf: cfg.ConfigOpts, since: datetime.datetime | None = None) -> Account:
    """The books as of now.

    :param since: not older than this hour.
    :raises Refused: a driver keeps them that only knows itself how to read them.
    :raises ConfigurationError: the database cannot be used.
    :raises Unavailable: it is away or has no tables.
    """
    found = audit(with_database(conf), books_url(conf), since)
    rows = [
        {**row, "hour": row["hour"].isoformat(), "unaccounted": unaccounted(row)}
        for row in found.rows
    ]
    return Account(rows, list(problems(rows, found)))


def trace(conf: cfg.ConfigOpts, message_id: str) -> Row:
    """The story of one message: each time it came, its event, its samples, its letters.

    :raises Unknown: nothing is known of it.
    :raises Refused: as :func:`account`, also ConfigurationError and Unavailable.
    """
    known = story(with_database(conf), message_id, books_url(conf))
    letters = list(_letters(conf, message_id))
    if not any((*known, letters)):
        raise errors.Unknown(f"nothing is known of a message {message_id!r}")
    return {
        "message_id": message_id,
        "arrivals": known.arrivals,
        "event": known.event,
        "samples": known.samples,
        "letters": letters,
    }


def books_url(conf: cfg.ConfigOpts) -> sa.URL | None:
    """Where the books are; None for the database of ``[storage_sql] connection``.

    :raises Refused: a driver keeps them that only knows itself how to read them.
    """
    for driver in conf.storage.events:
        keeper = loader.load(loader.STORAGE, driver, "[storage] events")
        if issubclass(keeper, SqlStorage):
            return None
        if issubclass(keeper, Bookkeeper):
            raise errors.Refused(
                f"the driver {driver!r} of [storage] events keeps the books for itself"
            )
    return state_url(conf)


def unaccounted(row: Row) -> int:
    """Messages received that no column tells of."""
    return int(row["received"] - sum(row[name] for name in OUTCOMES))


def problems(rows: Iterable[Row], found: Audit) -> Iterator[str]:
    """Why the books do not balance."""
    off = [row["unaccounted"] for row in rows if row["unaccounted"]]
    if off:
        yield f"{sum(map(abs, off))} messages unaccounted for in {len(off)} rows"
    booked = sum(row["events"] for row in found.rows)
    if booked != found.shelves:
        yield f"{booked} events in the books, {found.shelves} on the shelves"


def _sums(rows: Sequence[Row]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in NUMBERS}


def _letters(conf: cfg.ConfigOpts, message_id: str) -> Iterator[Row]:
    try:
        with opened(conf) as recovery:
            for entry in recovery.entries():
                if entry.letter.message_id == message_id:
                    yield _letter(entry)
    except errors.Refused as error:  # it can only be added to from here: the rest is told anyway
        LOG.warning("Letters are left out: %s", error)


def _letter(entry: Entry) -> Row:
    letter = entry.letter
    return {
        "id": letter.id,
        "recorded": letter.recorded.isoformat(),
        "stage": letter.stage.value,
        "reason": letter.reason,
        "batch_id": letter.batch_id,
        "worker": f"{letter.host}/{letter.worker}",
        "seen": entry.seen,
        "standing": entry.standing.value,
        "history": [change_fields(change) for change in entry.history],
    }
