# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch sample``: what the SQL storage holds of samples."""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Lister, Refused, Row, Structure, short
from ceilobatch.model import SampleType
from ceilobatch.plugins.storage import sql_query
from ceilobatch.plugins.storage.sql_options import with_database

COLUMNS = (
    "message_id",
    "name",
    "type",
    "unit",
    "volume",
    "user_id",
    "project_id",
    "resource_id",
    "timestamp",
    "metadata",
)
KINDS = get_args(SampleType)


class ListSamples(Lister):
    """List stored samples, newest first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With filters."""
        parser = super().get_parser(prog_name)
        parser.add_argument("--meter", metavar="PATTERN", help="name, with * and ?, such as disk.*")
        parser.add_argument(
            "--type", help=f"{', '.join(KINDS)}; anything else is taken for a --meter"
        )
        arguments.add_common_filters(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a sample."""
        meter, kind = parsed_args.meter, parsed_args.type
        if kind is not None and kind not in KINDS:
            if meter is not None:
                raise Refused(f"--type {kind}: this is none of {', '.join(KINDS)}")
            meter, kind = kind, None
        found = sql_query.list_samples(
            with_database(self.conf),
            name=meter,
            limit=None if kind else parsed_args.limit,
            **arguments.common_filters(parsed_args),
        )
        rows = (_row(sample) for sample in found if kind in (None, sample["type"]))
        return COLUMNS, itertools.islice(rows, parsed_args.limit)

    def human(self, column: str, value: object) -> object:
        """The beginning of the metadata, which often are the whole payload."""
        return short(value) if column == "metadata" else value


def _row(sample: dict[str, Any]) -> Row:
    values = dict(sample, metadata=Structure(sample["metadata"] or {}))
    return tuple(values[column] for column in COLUMNS)
