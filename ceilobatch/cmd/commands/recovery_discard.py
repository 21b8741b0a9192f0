# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery discard``: letters that nobody will send again."""

import argparse
from collections.abc import Sequence

from ceilobatch.cmd import letters
from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.cmd.confirm import add_yes, confirm
from ceilobatch.letter import Standing
from ceilobatch.recovery import settling
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.settling import Discarded

COLUMNS = ("id", "discarded", "result")
_FAILED = 1


class DiscardLetters(Lister):
    """Discard letters: they wait no longer, and stay with their history until they are purged.

    Letters that were replayed or discarded before are left as they are. One that somebody else
    changed meanwhile is not discarded, and the command exits with 1. A discarded letter that is
    edited waits again.
    """

    code = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the letters and the reason."""
        parser = super().get_parser(prog_name)
        letters.add_choice(parser)
        parser.add_argument(
            "--why", required=True, metavar="TEXT", help="a sentence for the history"
        )
        add_yes(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print what became of each."""
        return super().run(parsed_args) or self.code

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a letter."""
        why = parsed_args.why.strip()
        if not why:
            raise Refused("--why is empty: the history needs a reason")
        with opened(self.conf) as recovery:
            # Read in full before anything is changed: who pages through a store changes nothing.
            found = letters.chosen(recovery, parsed_args)
            wanted = [settling.to_discard(entry) for entry in found]
            waiting = sum(item.standing is Standing.WAITING for item in wanted)
            if parsed_args.all and waiting:
                confirm(f"Discard {waiting} letters?", parsed_args)
            done = list(settling.discard(recovery, wanted, letters.who(), why))
        self.code = _FAILED if any(map(_missed, done)) else 0
        return COLUMNS, list(done)


def _missed(answer: Discarded) -> bool:
    return not answer.done and answer.result.startswith("changed")
