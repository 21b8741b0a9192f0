# SPDX-License-Identifier: Apache-2.0
"""Finds the letters that a command is about: filters, ids, and who gives the command."""

import argparse
import os
import pwd
import socket
from collections.abc import Iterator

from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Refused
from ceilobatch.letter import Entry, Stage
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import selection
from ceilobatch.recovery.selection import PATTERNS, STANDINGS, Conditions


def add_filters(parser: argparse.ArgumentParser, standing: str = "waiting") -> None:
    """The filters of letters; read them with :func:`selected`.

    :param standing: which letters are meant where the user does not say.
    """
    group = parser.add_argument_group(
        "filters", "A PATTERN may hold * and ?; several filters must all hold."
    )
    group.add_argument(
        "--stage",
        type=arguments.read(selection.stage_of),
        help="where it was stopped: " + ", ".join(stage.value for stage in Stage),
    )
    group.add_argument(
        "--reason",
        metavar="PATTERN",
        help="as the list or its --group reason shows it; without * and ? any part of it",
    )
    group.add_argument("--error", metavar="PATTERN", help="class of the error, such as Malformed")
    group.add_argument("--event-type", metavar="PATTERN", help="such as compute.*")
    group.add_argument("--message-id", metavar="PATTERN", help="where the message had one")
    group.add_argument(
        "--standing",
        "--status",
        choices=tuple(STANDINGS),
        default=standing,
        help="what became of it; settled: replayed or discarded (default: %(default)s)",
    )
    _add_ages(group)
    group.add_argument("--pool", metavar="PATTERN", help="the pool that consumed it")
    group.add_argument("--exchange", metavar="PATTERN", help="where it came from, such as nova")
    group.add_argument("--driver", metavar="PATTERN", help="the storage driver that refused it")


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Ids, or ``--all`` with the filters; read them with :func:`chosen`."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="as recovery list shows it")
    parser.add_argument(
        "--all", action="store_true", help="instead of ids: all letters that the filters let pass"
    )
    add_filters(parser)


def conditions(parsed_args: argparse.Namespace) -> Conditions:
    """What :func:`add_filters` read."""
    names = (*PATTERNS, "stage", "standing", "older_than", "newer_than")
    return Conditions(**{name: getattr(parsed_args, name) for name in names})


def selected(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    """The entries that all given filters let pass, oldest first."""
    return selection.selected(recovery, conditions(parsed_args))


def chosen(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    """What :func:`add_choice` read: the entries with these ids, whatever stands with them, or all
    that the filters let pass.

    :raises Refused: neither or both were given, or an id is not known.
    """
    given = conditions(parsed_args).given
    if parsed_args.all:
        if parsed_args.ids:
            raise Refused("give either ids or --all, not both")
        return selected(recovery, parsed_args)
    if not parsed_args.ids:
        raise Refused("which letters? give their ids, or --all with filters")
    if given:
        raise Refused(f"{_option(given[0])} goes with --all, not with ids")
    return iter(selection.those(recovery, parsed_args.ids))


def who() -> str:
    """The user and host, for :class:`~ceilobatch.letter.Change`; by sudo, the one who used it."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id that has no name
        user = str(os.getuid())
    person = os.environ.get("SUDO_USER", user)
    name = user if person == user else f"{person} as {user}"
    return f"{name}@{socket.gethostname()}"


def _add_ages(group: argparse._ArgumentGroup) -> None:
    for name, meaning in (("--older-than", "before"), ("--newer-than", "after")):
        group.add_argument(
            name,
            type=arguments.moment,
            metavar="AGE",
            help=f"first recorded {meaning} that: 30s, 10m, 2h, 3d, or an ISO 8601 time",
        )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
