# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery``: the letters that wait for a person."""

import argparse
import contextlib
import fnmatch
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import assembly
from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Refused, Row, ShowOne
from ceilobatch.cmd.payload import readable
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins.recovery.entry import Entry, entries
from ceilobatch.telemetry.calls import CallRegistry

COLUMNS = (
    "id",
    "recorded",
    "stage",
    "reason",
    "event_type",
    "message_id",
    "exchange",
    "topic",
    "seen",
)
_SHOWN = (
    "id",
    "message_id",
    "event_type",
    "stage",
    "driver",
    "error",
    "reason",
    "exchange",
    "topic",
    "pool",
    "batch_id",
    "host",
    "worker",
    "version",
)


class ListLetters(Lister):
    """List the messages that could not be used, oldest first.

    A message that was redelivered and stopped again at the same stage is one line; seen tells how
    often it came. Entries of the store that are torn or were changed are left out, each with a
    warning that names its place.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--stage",
            type=_stage,
            help="where it was stopped: " + ", ".join(stage.value for stage in Stage),
        )
        parser.add_argument(
            "--event-type", metavar="PATTERN", help="with * and ?, such as compute.*"
        )
        parser.add_argument("--limit", type=arguments.count, help="at most so many")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a letter."""
        wanted = _filtered(_entries(self.conf), parsed_args)
        return COLUMNS, map(_row, itertools.islice(wanted, parsed_args.limit))


class ShowLetter(ShowOne):
    """Show one letter: why it is here, where it came from, and the message.

    The message may hold secrets such as _context_auth_token; they are shown.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("id", metavar="ID", help="as recovery list shows it")
        parser.add_argument(
            "--raw",
            action="store_true",
            help="nothing but the message, byte for byte as it came off the bus",
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print the fields, or the bytes alone."""
        if not parsed_args.raw:
            return super().run(parsed_args)
        sys.stdout.flush()
        sys.stdout.buffer.write(self._entry(parsed_args.id).letter.body)
        return 0

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """All fields, the message last."""
        entry = self._entry(parsed_args.id)
        fields = {name: getattr(entry.letter, name) for name in _SHOWN}
        fields["stage"] = entry.letter.stage.value
        fields["recorded"] = entry.letter.recorded.isoformat()
        fields["last_seen"] = entry.last.isoformat()
        fields["seen"] = entry.seen
        fields["size"] = len(entry.letter.body)
        fields["body_format"], fields["body"] = readable(entry.letter.body)
        columns, values = self.dict2columns(fields)
        return columns, tuple(values)

    def _entry(self, letter_id: str) -> Entry:
        for entry in _entries(self.conf):
            if entry.letter.id == letter_id:
                return entry
        raise Refused(f"there is no letter {letter_id!r} (recovery list shows their ids)")


def _entries(conf: cfg.ConfigOpts) -> Iterator[Entry]:
    recovery = assembly.build_recovery(conf, CallRegistry())
    with contextlib.closing(recovery):
        yield from entries(recovery)


def _stage(text: str) -> Stage:
    try:
        return Stage(text.replace("-", " ").replace("_", " "))
    except ValueError:
        known = ", ".join(repr(stage.value) for stage in Stage)
        raise argparse.ArgumentTypeError(f"{text!r} is no stage (there are: {known})") from None


def _filtered(found: Iterable[Entry], wanted: argparse.Namespace) -> Iterator[Entry]:
    for entry in found:
        letter = entry.letter
        if wanted.stage is not None and letter.stage is not wanted.stage:
            continue
        if wanted.event_type is not None and not _matches(letter, wanted.event_type):
            continue
        yield entry


def _matches(letter: Letter, pattern: str) -> bool:
    return letter.event_type is not None and fnmatch.fnmatchcase(letter.event_type, pattern)


def _row(entry: Entry) -> tuple[Any, ...]:
    letter = entry.letter
    return (
        letter.id,
        letter.recorded.isoformat(),
        letter.stage.value,
        letter.reason,
        letter.event_type,
        letter.message_id,
        letter.exchange,
        letter.topic,
        entry.seen,
    )
