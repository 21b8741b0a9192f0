# SPDX-License-Identifier: Apache-2.0
"""Reads what users write on the command line: times and counts."""

import argparse
import datetime
from collections.abc import Callable
from typing import Any, TypeVar

from ceilobatch import moments

T = TypeVar("T")


def read(reader: Callable[[str], T]) -> Callable[[str], T]:
    """A reader for ``type=``, of which the user sees the sentence that its ValueError holds."""

    def call(text: str) -> T:
        try:
            return reader(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return call


def moment(text: str) -> datetime.datetime:
    """A point in time, see :func:`ceilobatch.moments.moment`.

    :raises argparse.ArgumentTypeError: it is none.
    """
    return read(moments.moment)(text)


def count(text: str) -> int:
    """A positive number of things.

    :raises argparse.ArgumentTypeError: it is not one.
    """
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def add_common_filters(parser: argparse.ArgumentParser) -> None:
    """The filters that events and samples share, and ``--limit``."""
    when = "ISO 8601 (UTC where no zone is named), or ago: 45s, 30m, 1h, 2d, 1w"
    parser.add_argument("--since", type=moment, metavar="TIME", help=f"not older: {when}")
    parser.add_argument("--until", type=moment, metavar="TIME", help=f"older: {when}")
    parser.add_argument("--project", metavar="ID", help="of this project")
    parser.add_argument("--resource", metavar="ID", help="of this resource")
    parser.add_argument("--limit", type=count, metavar="COUNT", help="at most so many")


def common_filters(parsed: argparse.Namespace) -> dict[str, Any]:
    """What was given for them, but for the limit."""
    return {name: getattr(parsed, name) for name in ("since", "until", "project", "resource")}
