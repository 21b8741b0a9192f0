# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope show``: all that is known of one scope."""

import argparse
from collections.abc import Sequence

from ceilobatch.cmd.base import Row, ShowOne
from ceilobatch.processor.assembly import build_calendar
from ceilobatch.processor.wishes import describe, opened


class ShowScope(ShowOne):
    """Show one scope: how far it has come, its corrections, its reprocessings under way.

    Periods up to revisited need no second look any more. corrections counts what second looks
    have found; usage list --corrections shows it. progress of a reprocessing is in percent.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("id", metavar="ID", help="as scope list shows it")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """All fields."""
        with opened(self.conf) as storage:
            fields = describe(storage, parsed_args.id, build_calendar(self.conf))
        return tuple(fields), tuple(fields.values())
