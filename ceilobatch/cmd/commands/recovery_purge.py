# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery purge``: settled letters removed for good."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.cmd.confirm import add_yes, confirm
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import settling
from ceilobatch.recovery.groups import Group, count
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.selection import SETTLED

COLUMNS = ("standing", "letters", "messages", "bytes", "oldest", "newest")


class PurgeLetters(Lister):
    """Remove replayed and discarded letters and their history for good, from a certain age on.

    The age counts from the last that happened to a letter: its message came again, or it was
    replayed or discarded. Letters that wait are never removed. Prints what was removed, or with
    --dry-run what would be. Meant for a timer; nothing else removes letters.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the age."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--older-than",
            required=True,
            type=arguments.moment,
            metavar="AGE",
            help="nothing happened to it since: 12h, 30d, 8w, or an ISO 8601 time",
        )
        parser.add_argument(
            "--standing",
            "--status",
            choices=("replayed", "discarded", "settled"),
            default="settled",
            help="settled: replayed or discarded (default: %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="remove nothing")
        add_yes(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a standing."""
        with opened(self.conf) as recovery:
            ids, groups = _counted(recovery, parsed_args)
            if ids and not parsed_args.dry_run:
                confirm(f"Remove {len(ids)} letters for good?", parsed_args)
                # Somebody may have edited one while the question stood there: it waits again.
                settled = [entry.id for entry in _settled(recovery, parsed_args)]
                removed = settling.remove(recovery, settled)
                if removed < len(ids):
                    raise Refused(
                        f"{removed} letters were removed; {len(ids) - removed} were changed or "
                        "removed by somebody else meanwhile"
                    )
        return COLUMNS, [_row(group) for group in groups]


def _counted(recovery: Recovery, parsed_args: argparse.Namespace) -> tuple[list[str], list[Group]]:
    ids: list[str] = []
    groups: dict[Any, Group] = {}
    for entry in _settled(recovery, parsed_args):
        ids.append(entry.id)
        count(groups, (entry.standing.value,), entry)
    return ids, list(groups.values())


def _settled(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    standings = SETTLED
    for entry in recovery.entries():
        if entry.standing not in standings:
            continue
        if parsed_args.standing not in ("settled", entry.standing.value):
            continue
        if settling.settled_at(entry) < parsed_args.older_than:
            yield entry


def _row(group: Group) -> Row:
    return (
        *group.values,
        group.letters,
        group.messages,
        group.size,
        group.oldest.isoformat(),
        group.newest.isoformat(),
    )
