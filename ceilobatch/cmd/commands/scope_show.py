# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope show``: all that is known of one scope."""

import argparse
import functools
from collections.abc import Sequence
from typing import Any

from ceilobatch.cmd import scopes
from ceilobatch.cmd.base import Row, ShowOne
from ceilobatch.cmd.commands.scope_list import lag
from ceilobatch.plugins.usage_storage.sql_query import count_corrections
from ceilobatch.processor.assembly import build_calendar


class ShowScope(ShowOne):
    """Show one scope: how far it has come, its corrections, its reprocessings under way.

    Periods up to revisited need no second look any more. corrections counts what second looks
    have found; usage list --corrections shows it. progress of a reprocessing is in percent.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the id."""
        parser = super().get_parser(prog_name)
        parser.add_argument("id", metavar="ID", help="as scope list shows it")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """All fields."""
        with scopes.opened(self.conf) as storage:
            (state,) = scopes.those(storage, [parsed_args.id])
            orders = storage.ordered([state.scope])
            corrections = storage.read(functools.partial(count_corrections, scope=state.scope))
        fields: dict[str, Any] = {
            **state._asdict(),
            "lag": lag(state, build_calendar(self.conf)),
            "corrections": corrections,
            "reprocessing": [
                dict(zip(scopes.ORDER_COLUMNS, scopes.order_row(one), strict=True))
                for one in orders
                if one.order.done < one.order.end
            ],
        }
        for name in ("last_processed", "revisited", "claimed_until", "error_at"):
            fields[name] = scopes.iso(fields[name])
        fields["error_since"] = fields.pop("error_at")
        return tuple(fields), tuple(fields.values())
