# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery stats``: how much there is, of what, and how old."""

import argparse
import datetime
from collections.abc import Sequence

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Row, short
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.totals import Total, totals

COLUMNS = ("by", "value", "letters", "messages", "bytes", "oldest")
_TOP = 10
_WIDTH = 100


class CountLetters(Lister):
    """Count the letters: all, by standing, and those that wait by stage, age and reason.

    messages is how often they came; bytes are those of the messages as they came, each once;
    oldest is when the first was recorded: that of the oldest that waits stands beside waiting.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the number of reasons."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--top",
            type=arguments.count,
            default=_TOP,
            metavar="COUNT",
            help="so many reasons, those with most messages (default: %(default)s)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a count."""
        now = datetime.datetime.now(datetime.UTC)
        with opened(self.conf) as recovery:
            found = totals(recovery.entries(), now, parsed_args.top)
        return COLUMNS, [_row(total) for total in found]

    def human(self, column: str, value: object) -> object:
        """Reasons in one line."""
        return short(value, _WIDTH) if column == "value" else value


def _row(total: Total) -> Row:
    oldest = total.oldest.isoformat() if total.oldest else None
    return (*total[:-1], oldest)
