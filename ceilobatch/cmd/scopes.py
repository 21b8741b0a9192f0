# SPDX-License-Identifier: Apache-2.0
"""The scopes that a command is about: by their ids, or all."""

import argparse

from ceilobatch.cmd.base import Refused
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.processor.wishes import those
from ceilobatch.usage import ScopeState


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Ids, or ``--all``; read them with :func:`chosen`."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="as scope list shows it")
    parser.add_argument("--all", action="store_true", help="instead of ids: all scopes")


def chosen(storage: SqlUsage, parsed_args: argparse.Namespace) -> list[ScopeState]:
    """What :func:`add_choice` read: the states of those scopes.

    :raises Refused: neither or both were given, or an id is not known.
    """
    if parsed_args.all:
        if parsed_args.ids:
            raise Refused("give either ids or --all, not both")
        return storage.states()
    if not parsed_args.ids:
        raise Refused("which scopes? give their ids, or --all")
    return those(storage, parsed_args.ids)
