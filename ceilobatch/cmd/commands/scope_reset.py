# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope reset``: forget what was stored after a time."""

import argparse
from collections.abc import Iterator, Sequence

from ceilobatch.cmd import arguments, scopes
from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.cmd.confirm import add_yes, confirm
from ceilobatch.processor.assembly import build_calendar
from ceilobatch.processor.wishes import opened, reset
from ceilobatch.usage import ScopeState

COLUMNS = ("scope", "from", "to", "deleted")


class ResetScopes(Lister):
    """Set scopes back: delete their usage after a time, and let them go on from there.

    Usage, corrections and reprocessings from that time on are deleted and the scope is set back
    in one transaction for each scope, whatever workers do meanwhile. A time within a period
    stands for the begin of the period. With --all, scopes that have not come so far are left as
    they are.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the scopes and the time."""
        parser = super().get_parser(prog_name)
        scopes.add_choice(parser)
        parser.add_argument(
            "--to",
            required=True,
            type=arguments.moment,
            metavar="TIME",
            help="ISO 8601 (UTC where no zone is named), or ago: 30m, 1h, 2d, 1w",
        )
        add_yes(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a scope that was set back: from where to where, and usages deleted."""
        to = build_calendar(self.conf).floor(parsed_args.to)
        with opened(self.conf) as storage:
            found = scopes.chosen(storage, parsed_args)
            behind = [state for state in found if state.last_processed < to]
            if behind and not parsed_args.all:
                raise Refused(
                    f"the scope {behind[0].scope!r} is only at"
                    f" {behind[0].last_processed.isoformat()}"
                )
            wanted = [state for state in found if state.last_processed >= to]
            if wanted:
                confirm(f"Delete the usage of {_named(wanted)} from {to} on?", parsed_args)
            rows = [tuple(reset(storage, state, to).values()) for state in wanted]
        return COLUMNS, iter(rows)


def _named(states: Sequence[ScopeState]) -> str:
    return f"scope {states[0].scope}" if len(states) == 1 else f"{len(states)} scopes"
