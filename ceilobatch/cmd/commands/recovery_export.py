# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery export``: letters with their history as JSON lines."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ceilobatch.cmd import letters
from ceilobatch.cmd.base import Command, Refused
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import transfer
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.selection import those


class ExportLetters(Command):
    """Write letters as JSON lines, with history, digests and a checksum, for recovery import.

    Without ids, all that the filters let pass: every letter where none is given. Secrets are not
    masked: what is imported must be replayable byte for byte. FILE is made anew, readable by its
    owner alone, and only takes its name when it is complete.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With letters and file."""
        parser = super().get_parser(prog_name)
        parser.add_argument("ids", nargs="*", metavar="ID", help="as recovery list shows it")
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="where to write (default: standard output)"
        )
        letters.add_filters(parser, standing="all")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Write."""
        with opened(self.conf) as recovery:
            found = _chosen(recovery, parsed_args)
            with _output(parsed_args.output) as file:
                written = sum(map(_written, map(file.write, transfer.write(found))))
        if parsed_args.output is not None:
            sys.stderr.write(f"{written} letters written to {parsed_args.output}\n")
        return 0


def _chosen(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    if not parsed_args.ids:
        return letters.selected(recovery, parsed_args)
    if letters.conditions(parsed_args).given:
        raise Refused("give either ids or filters, not both")
    return iter(those(recovery, parsed_args.ids))


def _written(_size: int) -> int:
    return 1


@contextlib.contextmanager
def _output(path: str | None) -> Iterator[BinaryIO]:
    """:raises Refused: the file cannot be written."""
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _replacing(Path(path)) as file:
            yield file
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}") from None


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():  # such as a pipe
        with path.open("wb") as file:
            yield file
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
