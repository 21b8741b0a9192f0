# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery import``: letters taken in from JSON lines."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import opening, transfer

COLUMNS = ("file", "letters", "added", "changes", "known", "refused")
_STANDARD_INPUT = "-"
_REFUSED = 1


class ImportLetters(Lister):
    """Take in letters that recovery export wrote.

    A letter that is here already is added no second time; its history gets the changes that it
    lacks. So an import that was interrupted can be repeated. A line that is torn, was changed, or
    has a letter with another history than here is refused, with a sentence that names file and
    line; the others are taken in, and the command exits with 1.
    """

    code = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the files."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "files", nargs="+", metavar="FILE", help="as export wrote it; - is standard input"
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print what was taken in."""
        return super().run(parsed_args) or self.code

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a file."""
        with contextlib.ExitStack() as opened:
            files = [(name, opened.enter_context(_opened(name))) for name in parsed_args.files]
            recovery = opened.enter_context(opening.opened(self.conf))
            return COLUMNS, [self._row(recovery, name, file) for name, file in files]

    def _row(self, recovery: Recovery, name: str, file: BinaryIO) -> Row:
        read = added = changes = refused = known = 0
        for answer in transfer.read_into(recovery, _lines(name, file)):
            read += 1
            added += answer.added
            changes += answer.changes
            known += not (answer.added or answer.changes or answer.refusal)
            if answer.refusal:
                refused += 1
                self.code = _REFUSED
                told = f"{name}, line {answer.line}: refused: {answer.refusal}"
                sys.stderr.write(f"ceilobatch: error: {told}\n")
        return name, read, added, changes, known, refused


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """:raises Refused: the file cannot be read."""
    if name == _STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  (an error of the body is not one of the opening)
    except OSError as error:
        raise _unreadable(name, error) from None
    with file:
        yield file


def _lines(name: str, file: BinaryIO) -> Iterator[bytes]:
    try:
        yield from file
    except OSError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: OSError) -> Refused:
    return Refused(f"{name} cannot be read: {error.strerror or error}")
