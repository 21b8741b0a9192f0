# SPDX-License-Identifier: Apache-2.0
"""The options of ``ceilobatch perf report``, by what they are about."""

import argparse
import threading
from collections.abc import Sequence

from ceilobatch.cmd import arguments
from ceilobatch.perf.monasca import LATE
from ceilobatch.perf.sample import Counts
from ceilobatch.perf.web import TIMEOUT

IDLE = 30.0


def add_goal(parser: argparse.ArgumentParser) -> None:
    """When it ends."""
    group = parser.add_argument_group("when it ends")
    group.add_argument(
        "--count",
        type=arguments.count,
        metavar="COUNT",
        help="when so many requests are accounted for: completed, failed, duplicate or dropped",
    )
    group.add_argument(
        "--idle",
        type=_seconds,
        metavar="SECONDS",
        help=f"when nothing has changed for so long, after something has (default: {IDLE:g}, or "
        "never where there is a --count)",
    )
    group.add_argument(
        "--timeout",
        type=_seconds,
        default=3600.0,
        metavar="SECONDS",
        help="after so long in any case (default: 3600)",
    )
    group.add_argument(
        "--interval",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="between two samples (default: 5)",
    )


def add_names(parser: argparse.ArgumentParser) -> None:
    """What the metrics are called."""
    group = parser.add_argument_group(
        "names of metrics",
        "Whole names; of DropWizard regular expressions for whole names, whose groups instance "
        "and process say whose a figure is. By default those of Ceilobatch; of DropWizard those "
        "of a Java monasca-persister, too. Where one is given, only those that are given count.",
    )
    for field in Counts._fields:
        group.add_argument(f"--{field}", metavar="NAME", help=f"counter of requests {field}")
    group.add_argument("--time", metavar="NAME", help="of the time that requests take")
    group.add_argument(
        "--where",
        action="append",
        default=[],
        type=_dimension,
        metavar="NAME=VALUE",
        help="only figures with this dimension or label; can be repeated (default: "
        "service=agent, for the names of Ceilobatch)",
    )
    group.add_argument(
        "--late",
        type=_seconds,
        default=LATE,
        metavar="SECONDS",
        help="how long a measurement may take to arrive in the Monasca API (default: "
        f"{LATE:g}); each sample asks again for so much of the past",
    )


def add_access(parser: argparse.ArgumentParser) -> None:
    """How to get at them."""
    group = parser.add_argument_group("access")
    group.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="HEADER",
        help="sent with every request, as 'Name: value'; can be repeated",
    )
    group.add_argument(
        "--token",
        metavar="TOKEN",
        help="sent as X-Auth-Token (default for monasca: one from Keystone, where the "
        "environment has OS_AUTH_URL and what belongs to it)",
    )
    group.add_argument(
        "--answer-timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"after which a server that does not answer is away (default: {TIMEOUT:g})",
    )


def add_output(parser: argparse.ArgumentParser, forms: Sequence[str]) -> None:
    """What to do with the report."""
    group = parser.add_argument_group("output")
    group.add_argument("-f", "--format", choices=forms, default="table", help="of the report")
    group.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it (default: standard output)"
    )
    group.add_argument(
        "--png", metavar="FILE", help="draw the plots into this file, too (needs matplotlib)"
    )
    group.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return seconds


def _dimension(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
