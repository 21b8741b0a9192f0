# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery list``: the letters, one by one or in groups."""

import argparse
from collections.abc import Iterator, Sequence

from ceilobatch.cmd import letters
from ceilobatch.cmd.base import Lister, Row, short
from ceilobatch.cmd.sorting import add_sort_and_limit, arranged
from ceilobatch.recovery.exposition import group_fields, summary
from ceilobatch.recovery.groups import KEYS, grouped
from ceilobatch.recovery.opening import opened

COLUMNS = (
    *("id", "recorded", "stage", "reason", "event_type", "message_id"),
    *("exchange", "topic", "standing", "attempts", "seen"),
)
COUNTS = ("letters", "messages", "oldest", "newest", "example")
_WIDE = frozenset({"reason", "example_reason"})
_WIDTH = 100


class ListLetters(Lister):
    """List the messages that wait for a person, oldest first; with --group, count them.

    A message that was redelivered and stopped again at the same stage is one letter: seen tells
    how often it came, attempts how often it was tried, replays included. Letters that were
    replayed or discarded are left out unless --status says otherwise. What the store has of torn
    or changed entries is left out, each with a warning that names its place.

    Groups are sorted by messages, which is the sum of seen. Reasons that differ only in an id, a
    number, a time or a quoted value are one group: the group's reason has * for those, and is a
    pattern for --reason; example is a letter of the group, example_reason what is written there.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters, order and grouping."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--group",
            action="append",
            default=[],
            choices=tuple(KEYS),
            help="one row for each of these, with counts; can be repeated",
        )
        add_sort_and_limit(parser, "recorded, groups messages:desc")
        letters.add_filters(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a letter or group."""
        keys = list(dict.fromkeys(parsed_args.group))
        columns = _group_columns(keys) if keys else COLUMNS
        return columns, arranged(parsed_args, columns, self._rows(parsed_args, keys))

    def human(self, column: str, value: object) -> object:
        """Reasons in one line."""
        return short(value, _WIDTH) if column in _WIDE else value

    def _rows(self, parsed_args: argparse.Namespace, keys: Sequence[str]) -> Iterator[Row]:
        with opened(self.conf) as recovery:
            found = letters.selected(recovery, parsed_args)
            if keys:
                yield from (tuple(group_fields(one, keys).values()) for one in grouped(found, keys))
            else:
                yield from (tuple(summary(entry).values()) for entry in found)


def _group_columns(keys: Sequence[str]) -> tuple[str, ...]:
    return (*keys, *COUNTS, *(["example_reason"] if "reason" in keys else []))
