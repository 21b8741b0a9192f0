# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch event``: what the SQL storage holds of events."""

import argparse
import itertools
from collections.abc import Iterator, Sequence

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Refused, Row, ShowOne, Structure
from ceilobatch.plugins.storage import sql_conditions, sql_query
from ceilobatch.plugins.storage.sql_options import with_database

COLUMNS = ("message_id", "event_type", "generated", "traits")


class ListEvents(Lister):
    """List stored events, newest first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--type", metavar="PATTERN", help="event type, with * and ?, such as compute.*"
        )
        arguments.add_common_filters(parser)
        parser.add_argument(
            "--trait",
            action="append",
            default=[],
            type=arguments.read(sql_conditions.condition),
            metavar="CONDITION",
            help="NAME[:TYPE] followed by =, >=, <=, > or < and a value, such as state=active or "
            "memory_mb:int>=512; can be repeated, then all must hold. Naming the type (text, int, "
            "float, datetime) lets the database search, which is faster",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row an event."""
        wanted = parsed_args.trait
        open_ones = sql_conditions.open_ones(wanted)
        found = sql_query.list_events(
            with_database(self.conf),
            event_type=parsed_args.type,
            traits=sql_conditions.filters(wanted),
            limit=None if open_ones else parsed_args.limit,
            **arguments.common_filters(parsed_args),
        )
        rows = (
            (event["message_id"], event["event_type"], event["generated"], _traits(event["traits"]))
            for event in found
            if sql_conditions.hold(open_ones, event["traits"])
        )
        return COLUMNS, itertools.islice(rows, parsed_args.limit)

    def human(self, column: str, value: object) -> object:
        """Traits without their types."""
        if column == "traits" and isinstance(value, dict):
            return {name: trait["value"] for name, trait in value.items()}
        return value


class ShowEvent(ShowOne):
    """Show one stored event, with the whole notification where that was stored."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the message id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("message_id", metavar="MESSAGE_ID")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """All fields."""
        event = sql_query.get_event(with_database(self.conf), parsed_args.message_id)
        if event is None:
            raise Refused(f"there is no event {parsed_args.message_id!r}")
        event["traits"] = _traits(event["traits"])
        if event["raw"] is not None:
            event["raw"] = Structure(event["raw"])
        return tuple(event), tuple(event.values())


def _traits(traits: dict[str, dict[str, object]]) -> Structure:
    return Structure(sorted(traits.items()))
