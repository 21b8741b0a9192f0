# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery show``: one letter, and why it is there."""

import argparse
import sys
from collections.abc import Sequence

from ceilobatch.cmd.base import TABLE, Row, ShowOne, Structure
from ceilobatch.cmd.exposition import as_text
from ceilobatch.letter import Entry
from ceilobatch.recovery.explanation import explain, notes
from ceilobatch.recovery.exposition import as_fields, head, origin
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.payload import readable
from ceilobatch.recovery.selection import SHORTEST, one


class ShowLetter(ShowOne):
    """Show one letter: why it is here, the message with the place at fault marked, its history.

    fault is the place that keeps the message from being decoded: the byte that is not UTF-8, the
    position at which it stops being JSON, or the path of what is missing or wrong. definitions
    are those that made or should have made something of it, with file and line. In a table the
    places to look at are marked in the message with an arrow.

    Values that look like secrets, such as _context_auth_token or a password, are masked unless
    --secrets is given. --raw masks nothing.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the id and what is shown."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "id",
            metavar="ID",
            help=f"as recovery list shows it, or its first {SHORTEST} characters or more",
        )
        parser.add_argument(
            "--raw",
            action="store_true",
            help="nothing but the message, byte for byte as it came off the bus, secrets included",
        )
        parser.add_argument(
            "--current",
            action="store_true",
            help="the message as it was edited last and would be replayed, not as it came",
        )
        parser.add_argument(
            "--secrets", action="store_true", help="show tokens and passwords, do not mask them"
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print the fields, or the bytes alone."""
        if not parsed_args.raw:
            return super().run(parsed_args)
        sys.stdout.flush()
        sys.stdout.buffer.write(_body(self._entry(parsed_args), parsed_args))
        sys.stdout.buffer.flush()
        return 0

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """All fields, the message last."""
        entry = self._entry(parsed_args)
        body, secrets = _body(entry, parsed_args), parsed_args.secrets
        explanation = explain(self.conf, entry, body, secrets)
        kind, message = readable(body, secrets)
        marks = notes(explanation, entry.letter, message) if kind == "json" else {}
        exposition = as_text if parsed_args.formatter == TABLE else as_fields
        fields = {
            **head(entry),
            **exposition(explanation, entry, message, marks, secrets),
            **origin(entry, body, secrets),
        }
        fields["body_format"] = kind
        # The message is last, below all that is short.
        fields["body"] = fields.pop("message")
        columns, values = self.dict2columns(fields)
        return columns, tuple(Structure(one) if isinstance(one, dict) else one for one in values)

    def _entry(self, parsed_args: argparse.Namespace) -> Entry:
        with opened(self.conf) as recovery:
            return one(recovery, parsed_args.id)


def _body(entry: Entry, parsed_args: argparse.Namespace) -> bytes:
    return entry.body if parsed_args.current else entry.letter.body
