# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch db purge``: old rows of the SQL storage removed."""

import argparse
import datetime
from collections.abc import Sequence

from ceilobatch import retention
from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.cmd.confirm import add_yes, confirm


class Purge(Lister):
    """Remove what is older than a time: pages of the books or, where told so, events or samples.

    Events go by the time when they were generated, samples by their timestamp, and the books by
    whole hours of taking in. The books balance afterwards: events that are removed are subtracted
    from the hours that count them, and rows of the ledger stay while events that they count are
    there, or messages in flight (the column kept). Agents may run: each transaction removes a
    thousand rows, and leaves the database to others for as long as it took. A purge that was
    interrupted goes on when it is started again. Meant for a timer. Letters have a purge of their
    own.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the time and the choice."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--before",
            required=True,
            type=arguments.moment,
            metavar="TIME",
            help="older than this: ISO 8601 (UTC where no zone is named), or ago: 12h, 30d, 8w",
        )
        parser.add_argument(
            "--what",
            action="append",
            choices=retention.WHAT,
            help="may be given several times; the books, which are called ledger, are the default",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="remove nothing, and print what would be removed as things are now",
        )
        add_yes(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a table."""
        before, what = parsed_args.before, set(parsed_args.what or [retention.BOOKS])
        if before > datetime.datetime.now(datetime.UTC):
            raise Refused(f"--before {before.isoformat()} is still to come")
        if not parsed_args.dry_run:
            named = " and ".join(one for one in retention.WHAT if one in what)
            time = before.isoformat(timespec="seconds")
            confirm(f"Remove {named} before {time} for good?", parsed_args)
        removals = retention.purge(self.conf, before, what, dry=parsed_args.dry_run)
        return retention.Removal._fields, list(removals)
