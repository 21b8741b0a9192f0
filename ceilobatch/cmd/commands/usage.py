# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch usage list``: what scopes have used, row by row or added up."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Row, Structure
from ceilobatch.cmd.sorting import add_sort_and_limit, arranged
from ceilobatch.plugins.period_handlers.decimals import text
from ceilobatch.plugins.usage_storage import sql_query
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_query import COLUMNS, Wanted
from ceilobatch.processor import wishes

CORRECTIONS = ("scope", "begin", "metric", "unit", "old", "new", "found", "groupby")
_WHEN = "ISO 8601 (UTC where no zone is named), or ago: 30m, 1h, 2d, 1w"


class ListUsage(Lister):
    """List what scopes have used, oldest first; with --group-by, added up.

    Quantities are exact, also where they are added up: decimals in full, without an exponent,
    which JSON has as texts, because most readers would make inexact numbers of them. What is
    added up is kept apart by unit in any case; add metric to keep metrics apart that have one
    unit.

    --corrections lists what second looks have changed: old is empty where there was nothing.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters, grouping and order."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--scope", action="append", default=[], metavar="ID", help="of this; can be repeated"
        )
        parser.add_argument("--metric", metavar="PATTERN", help="name, with * and ?")
        parser.add_argument(
            "--from",
            type=arguments.moment,
            metavar="TIME",
            help=f"periods that begin then: {_WHEN}",
        )
        parser.add_argument(
            "--to", type=arguments.moment, metavar="TIME", help="periods that begin before"
        )
        parser.add_argument(
            "--attribute",
            action="append",
            default=[],
            type=arguments.read(sql_query.attribute),
            metavar="NAME=VALUE",
            help="with this value of groupby; can be repeated",
        )
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--group-by",
            action="append",
            default=[],
            type=arguments.read(_keys),
            metavar="KEY",
            help="scope, metric, period, day, month (in UTC), or an attribute of groupby; several "
            "with commas, or repeated",
        )
        which.add_argument("--corrections", action="store_true", help="corrections, not usage")
        add_sort_and_limit(parser, "begin, sums by their keys")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a usage, group or correction."""
        keys = list(dict.fromkeys(key for some in parsed_args.group_by for key in some))
        columns = COLUMNS
        if keys:
            columns = (*keys, "unit", "quantity", "usages")
        elif parsed_args.corrections:
            columns = CORRECTIONS
        return columns, arranged(parsed_args, columns, self._rows(parsed_args, keys))

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Iterable[Row]
    ) -> int:
        """Print, quantities as texts."""
        shown = (tuple(map(_shown, row)) for row in data)
        return super().produce_output(parsed_args, column_names, shown)

    def _rows(self, parsed_args: argparse.Namespace, keys: Sequence[str]) -> Iterator[Row]:
        wanted = _wanted(parsed_args)
        # Where rows are sorted afterwards, all of them are needed.
        limit = None if parsed_args.sort else parsed_args.limit
        with wishes.opened(self.conf) as storage:
            if keys:
                yield from _sums(storage, wanted, keys)
            elif parsed_args.corrections:
                yield from storage.read(
                    lambda connection: sql_query.corrections(connection, wanted, limit)
                )
            else:
                yield from sql_query.usages(storage.read, wanted, limit)


def _wanted(parsed_args: argparse.Namespace) -> Wanted:
    return Wanted(
        parsed_args.scope,
        parsed_args.metric,
        getattr(parsed_args, "from"),
        parsed_args.to,
        parsed_args.attribute,
    )


def _sums(storage: SqlUsage, wanted: Wanted, keys: Sequence[str]) -> Iterator[Row]:
    found = storage.read(lambda connection: sql_query.sums(connection, wanted, keys))
    return ((*values, unit, total, count) for values, unit, total, count in found)


def _shown(value: Any) -> Any:
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, dict):
        return Structure(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _keys(text: str) -> list[str]:
    return [sql_query.key(name.strip()) for name in text.split(",")]
