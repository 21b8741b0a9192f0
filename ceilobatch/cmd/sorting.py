# SPDX-License-Identifier: Apache-2.0
"""``--sort``: rows in an order that the user names, before ``--limit`` cuts them."""

import argparse
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Refused, Row

_DIRECTIONS = ("asc", "desc")
Order = Sequence[tuple[str, str]]


def add_sort_and_limit(parser: argparse.ArgumentParser, default: str) -> None:
    """The two options; read them with :func:`arranged`.

    :param default: the order where the user gives none, in words.
    """
    parser.add_argument(
        "--sort",
        type=_order,
        default=(),
        metavar="COLUMN[:desc]",
        help=f"by this column, ascending, or descending with :desc; several with commas (default: "
        f"{default})",
    )
    parser.add_argument("--limit", type=arguments.count, metavar="COUNT", help="at most so many")


def arranged(
    parsed_args: argparse.Namespace, columns: Sequence[str], rows: Iterable[Row]
) -> Iterator[Row]:
    """The rows in the wanted order, cut to the wanted number.

    :raises Refused: there is no such column.
    """
    for name, _ in parsed_args.sort:
        if name not in columns:
            raise Refused(f"--sort: no column {name!r} (there are: {', '.join(columns)})")
    for name, direction in reversed(parsed_args.sort):
        rows = sorted(rows, key=_key(columns.index(name)), reverse=direction == "desc")
    return itertools.islice(rows, parsed_args.limit)


def _key(place: int) -> Callable[[Row], tuple[bool, Any]]:
    """Nothing comes after everything else."""
    return lambda row: (row[place] is None, "" if row[place] is None else row[place])


def _order(text: str) -> Order:
    order = []
    for item in text.split(","):
        name, _, direction = item.strip().partition(":")
        if not name or (direction or "asc") not in _DIRECTIONS:
            raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN, COLUMN:asc or COLUMN:desc")
        order.append((name, direction or "asc"))
    return order
