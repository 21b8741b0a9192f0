# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch ledger``: the books of all workers, and the story of one message."""

import argparse
import sys
from collections.abc import Sequence

from ceilobatch.accounts import BY, KEYS, NUMBERS, account, trace
from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import TABLE, Lister, Row, ShowOne, Structure

OFF = 3
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
        found = account(self.conf, parsed_args.since)
        self.problems = found.problems
        keys = KEYS if parsed_args.by is None else (BY[parsed_args.by],)
        grouped = [tuple(row.values()) for row in found.by(*keys)]
        total = (TOTAL, *[""] * (len(keys) - 1), *found.total.values())
        return (*keys, *NUMBERS), [*grouped, total]


class TraceMessage(ShowOne):
    """Tell the story of one message: each time it came, its event, its samples, its letters.

    A message whose id could not be read is found among the letters, by recovery list --stage
    decode.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the message id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("message_id", metavar="MESSAGE_ID")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """What the books, the storage and recovery know of it."""
        fields = trace(self.conf, parsed_args.message_id)
        shown = (Structure(one) if isinstance(one, dict) else one for one in fields.values())
        return tuple(fields), tuple(shown)
