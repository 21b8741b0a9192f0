# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch ledger``: the books of all workers, and the story of one message."""

import argparse
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.cmd import arguments, letters
from ceilobatch.cmd.base import TABLE, Lister, Refused, Row, ShowOne, Structure
from ceilobatch.cmd.database import with_database
from ceilobatch.cmd.exposition import change_fields
from ceilobatch.letter import Entry
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Bookkeeper
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_audit import Audit, audit, story
from ceilobatch.plugins.storage.sql_connection import state_url

LOG = logging.getLogger(__name__)

OFF = 3
OUTCOMES = ("stored", "duplicate", "recovered", "ignored", "requeued", "in_flight")
NUMBERS = ("received", *OUTCOMES, "unaccounted", "events")
KEYS = ("hour", "worker", "pool", "event_type")
BY = {"worker": "worker", "hour": "hour", "type": "event_type", "pool": "pool"}
TOTAL = "total"


class ShowLedger(Lister):
    """Show the books, say whether they balance, and exit with 3 where they do not.

    They balance when, in every row, received = stored + duplicate + recovered + ignored +
    requeued + in_flight, and when the events that they say were added are as many as there are.
    The last row is the total.
    """

    problems: Sequence[str] = ()

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the time and the grouping."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--since",
            type=arguments.moment,
            metavar="TIME",
            help="not older than this hour: ISO 8601 (UTC where no zone is named), or ago: 2h, 1d",
        )
        parser.add_argument("--by", choices=sorted(BY), help="one row for each of these")
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print rows and verdict."""
        code = super().run(parsed_args)
        verdict = "not balanced: " + "; ".join(self.problems) if self.problems else "balanced"
        # Programs get nothing but the rows on standard output.
        out = self.app.stdout if parsed_args.formatter == TABLE else sys.stderr
        out.write(f"{verdict}\n")
        return code or (OFF if self.problems else 0)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a group, and the total."""
        found = audit(with_database(self.conf), books_url(self.conf), parsed_args.since)
        rows = [
            {**row, "hour": row["hour"].isoformat(), "unaccounted": unaccounted(row)}
            for row in found.rows
        ]
        self.problems = list(problems(rows, found))
        keys = KEYS if parsed_args.by is None else (BY[parsed_args.by],)
        grouped = _grouped(rows, keys)
        total = (TOTAL, *[""] * (len(keys) - 1), *_sums(rows))
        return (*keys, *NUMBERS), [*grouped, total]


class TraceMessage(ShowOne):
    """Tell the story of one message: each time it came, its event, its samples, its letters.

    A message that could not be decoded has no id: it is found among the letters, by recovery
    list --stage decode.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the message id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("message_id", metavar="MESSAGE_ID")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """What the books, the storage and recovery know of it."""
        wanted = parsed_args.message_id
        known = story(with_database(self.conf), wanted, books_url(self.conf))
        found = list(_letters(self.conf, wanted))
        if not any((*known, found)):
            raise Refused(f"nothing is known of a message {wanted!r}")
        fields = {
            "message_id": wanted,
            "arrivals": known.arrivals,
            "event": None if known.event is None else Structure(known.event),
            "samples": Structure(known.samples),
            "letters": found,
        }
        return tuple(fields), tuple(fields.values())


def books_url(conf: cfg.ConfigOpts) -> sa.URL | None:
    """Where the books are; None for the database of ``[storage_sql] connection``.

    :raises Refused: a driver keeps them that only knows itself how to read them.
    """
    for driver in conf.storage.events:
        keeper = loader.load(loader.STORAGE, driver, "[storage] events")
        if issubclass(keeper, SqlStorage):
            return None
        if issubclass(keeper, Bookkeeper):
            raise Refused(f"the driver {driver!r} of [storage] events keeps the books for itself")
    return state_url(conf)


def unaccounted(row: dict[str, Any]) -> int:
    """Messages received that no column tells of."""
    return int(row["received"] - sum(row[name] for name in OUTCOMES))


def problems(rows: Iterable[dict[str, Any]], found: Audit) -> Iterator[str]:
    """Why the books do not balance."""
    off = [row["unaccounted"] for row in rows if row["unaccounted"]]
    if off:
        yield f"{sum(map(abs, off))} messages unaccounted for in {len(off)} rows"
    booked = sum(row["events"] for row in found.rows)
    if booked != found.shelves:
        yield f"{booked} events in the books, {found.shelves} on the shelves"


def _grouped(rows: Iterable[dict[str, Any]], keys: Sequence[str]) -> list[Row]:
    groups: dict[Row, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return [(*group, *_sums(members)) for group, members in groups.items()]


def _sums(rows: Sequence[dict[str, Any]]) -> list[int]:
    return [sum(row[name] for row in rows) for name in NUMBERS]


def _letters(conf: cfg.ConfigOpts, message_id: str) -> Iterator[dict[str, Any]]:
    try:
        with letters.opened(conf) as recovery:
            for entry in recovery.entries():
                if entry.letter.message_id == message_id:
                    yield _letter(entry)
    except Refused as error:  # it can only be added to from here: the rest is told all the same
        LOG.warning("Letters are left out: %s", error)


def _letter(entry: Entry) -> dict[str, Any]:
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
