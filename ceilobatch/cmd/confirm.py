# SPDX-License-Identifier: Apache-2.0
"""Asks before something is done to many things at once."""

import argparse
import sys

from ceilobatch.cmd.base import Refused


def add_yes(parser: argparse.ArgumentParser) -> None:
    """``--yes``; read it with :func:`confirm`."""
    parser.add_argument(
        "-y", "--yes", action="store_true", help="do not ask; without a terminal nobody is asked"
    )


def confirm(question: str, parsed_args: argparse.Namespace) -> None:
    """Go on where the user says yes, said so with ``--yes``, or cannot be asked.

    :raises Refused: he says anything else.
    """
    if parsed_args.yes or not sys.stdin.isatty():
        return
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was done")
