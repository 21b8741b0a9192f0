# SPDX-License-Identifier: Apache-2.0
"""Reads what users write on the command line: times and counts."""

import argparse
import datetime
import re
from typing import Any

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_RELATIVE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def moment(text: str) -> datetime.datetime:
    """A point in time, aware, UTC: ISO 8601 (UTC where it names no zone), or ``2d``, ``1h``,
    ``30m``, ``45s``, ``1w`` ago.

    :raises argparse.ArgumentTypeError: it is neither.
    """
    relative = _RELATIVE.fullmatch(text.strip())
    try:
        if relative is not None:
            age = float(relative[1]) * _SECONDS[relative[2]]
            return datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
        return _in_utc(datetime.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an ISO 8601 time nor an age such as 30m, 1h or 2d"
        ) from None


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


def _in_utc(time: datetime.datetime) -> datetime.datetime:
    if time.tzinfo is None:
        return time.replace(tzinfo=datetime.UTC)
    return time.astimezone(datetime.UTC)
