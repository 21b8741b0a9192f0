# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope list``: how far every scope has come."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Row, short
from ceilobatch.cmd.sorting import add_sort_and_limit, arranged
from ceilobatch.processor.assembly import build_calendar
from ceilobatch.processor.wishes import STATE_FIELDS, fits, opened, state_fields
from ceilobatch.usage import ScopeState

_WIDTH = 80
_IS: Mapping[str, Callable[[ScopeState], bool]] = {
    "active": lambda state: state.active,
    "inactive": lambda state: not state.active,
    "paused": lambda state: state.paused,
    "failing": lambda state: bool(state.error),
}


class ListScopes(Lister):
    """List the scopes: up to when each is processed, and what keeps it from going on.

    lag counts the periods that could be stored and are not: they are over, and data that comes
    late has been waited for (wait_periods and settle of [processor]). worker is who stored for
    the scope last. A scope that is not active was not named by [processor] scopes the last time.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters and order."""
        parser = super().get_parser(prog_name)
        parser.add_argument("ids", nargs="*", metavar="PATTERN", help="only these; with * and ?")
        for name in _IS:
            parser.add_argument(
                f"--{name}",
                dest="only",
                action="append_const",
                const=name,
                help=f"only {name} ones",
            )
        parser.add_argument(
            "--lag",
            type=arguments.count,
            metavar="PERIODS",
            help="only with so large a lag or more",
        )
        parser.add_argument("--worker", metavar="PATTERN", help="only those of this worker")
        add_sort_and_limit(parser, "scope")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a scope."""
        calendar = build_calendar(self.conf)
        with opened(self.conf) as storage:
            found = [state for state in storage.states() if _is_wanted(state, parsed_args)]
        rows = [tuple(state_fields(state, calendar).values()) for state in found]
        least = parsed_args.lag or 0
        return STATE_FIELDS, arranged(
            parsed_args, STATE_FIELDS, [row for row in rows if row[2] >= least]
        )

    def human(self, column: str, value: object) -> object:
        """Errors in one line."""
        return short(value, _WIDTH) if column == "error" else value


def _is_wanted(state: ScopeState, parsed_args: argparse.Namespace) -> bool:
    return (
        fits(state.scope, parsed_args.ids)
        and all(_IS[name](state) for name in parsed_args.only or ())
        and (parsed_args.worker is None or fits(state.worker, [parsed_args.worker]))
    )
