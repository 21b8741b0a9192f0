# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope reprocess``: have a past span processed again, beside the running one."""

import argparse
from collections.abc import Sequence

from ceilobatch.cmd import arguments, scopes
from ceilobatch.cmd.base import Lister, Refused, Row
from ceilobatch.cmd.confirm import add_yes, confirm
from ceilobatch.cmd.letters import who
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_orders import Ordered
from ceilobatch.processor import wishes
from ceilobatch.processor.assembly import build_calendar
from ceilobatch.processor.wishes import ORDER_FIELDS, Span, opened, order_fields, those

_WHEN = "ISO 8601 (UTC where no zone is named), or ago: 30m, 1h, 2d, 1w"


class ReprocessScopes(Lister):
    """Have a past span of scopes processed again, while they go on as before.

    The workers retrieve the periods of the span anew and put what they find in the place of what
    was stored, corrections included, period by period. The span must be processed already; it is
    widened to whole periods. --list shows how far reprocessings have come, --withdraw ends one
    where it is.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the scopes and the span, or what else is wanted."""
        parser = super().get_parser(prog_name)
        scopes.add_choice(parser)
        parser.add_argument("--from", type=arguments.moment, metavar="TIME", help=_WHEN)
        parser.add_argument("--to", type=arguments.moment, metavar="TIME", help=_WHEN)
        other = parser.add_mutually_exclusive_group()
        other.add_argument(
            "--list",
            action="store_true",
            help="order nothing, list reprocessings (of these scopes), also those that are done",
        )
        other.add_argument(
            "--withdraw",
            type=arguments.count,
            metavar="NUMBER",
            help="order nothing, end the reprocessing of this id; what it has done stays",
        )
        add_yes(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a reprocessing."""
        with opened(self.conf) as storage:
            if parsed_args.list:
                found = _listed(storage, parsed_args)
            elif parsed_args.withdraw is not None:
                found = _withdrawn(storage, parsed_args)
            else:
                found = self._ordered(storage, parsed_args)
        return ORDER_FIELDS, [tuple(order_fields(one).values()) for one in found]

    def _ordered(self, storage: SqlUsage, parsed_args: argparse.Namespace) -> list[Ordered]:
        begin, end = self._span(parsed_args)
        found = scopes.chosen(storage, parsed_args)
        wishes.refuse_unfinished(found, end)
        if parsed_args.all and found:
            confirm(f"Process {len(found)} scopes again from {begin} to {end}?", parsed_args)
        return wishes.order(storage, found, (begin, end), who())

    def _span(self, parsed_args: argparse.Namespace) -> Span:
        begin, end = getattr(parsed_args, "from"), parsed_args.to
        if begin is None or end is None:
            raise Refused("which span? give --from and --to, or --list")
        if begin >= end:
            raise Refused("--from is not before --to")
        calendar = build_calendar(self.conf)
        return calendar.floor(begin), calendar.ceiling(end)


def _listed(storage: SqlUsage, parsed_args: argparse.Namespace) -> list[Ordered]:
    ids = [state.scope for state in those(storage, parsed_args.ids)]
    return storage.ordered(ids or None)


def _withdrawn(storage: SqlUsage, parsed_args: argparse.Namespace) -> list[Ordered]:
    number = parsed_args.withdraw
    found = [one for one in storage.ordered() if one.order.id == number]
    if not storage.withdraw(number):
        done = "is done" if found else "does not exist"
        raise Refused(f"the reprocessing {number} {done}")
    return found
