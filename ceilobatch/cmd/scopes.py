# SPDX-License-Identifier: Apache-2.0
"""What the commands about scopes and usage share: the storage, the scopes meant, the orders."""

import argparse
import contextlib
import datetime
import fnmatch
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.cmd.base import Refused, Row
from ceilobatch.plugins import loader
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_orders import Ordered
from ceilobatch.processor.assembly import build_storage
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.usage import ScopeState

TOLD = 5
ORDER_COLUMNS = ("id", "scope", "from", "to", "done", "progress", "ordered", "who")


@contextlib.contextmanager
def opened(conf: cfg.ConfigOpts) -> Iterator[SqlUsage]:
    """The usage storage of ``[processor] storage``, closed in the end.

    :raises Refused: its driver is another than ``sql``.
    :raises ConfigurationError: it cannot be used.
    :raises Unavailable: nothing was ever stored.
    """
    loader.register_options(conf, SqlUsage)
    if problems := list(config.wrong_values(conf, SqlUsage.options)):
        raise errors.ConfigurationError(problems)
    storage = build_storage(conf, CallRegistry())
    with contextlib.closing(storage):
        if not isinstance(storage, SqlUsage):
            raise Refused(
                f"[processor] storage: the driver {conf.processor.storage!r} keeps scopes and"
                " usage where these commands cannot read them"
            )
        storage.refuse_what_is_not_there()
        yield storage


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


def those(storage: SqlUsage, ids: Sequence[str]) -> list[ScopeState]:
    """The states of scopes, each once.

    :raises Refused: one is not known.
    """
    found = storage.states(ids)
    unknown = sorted(set(ids) - {state.scope for state in found})
    if unknown:
        more = f" and {len(unknown) - TOLD} more" if len(unknown) > TOLD else ""
        raise Refused(f"there is no scope {', '.join(map(repr, unknown[:TOLD]))}{more}")
    return found


def fits(scope: str, patterns: Sequence[str]) -> bool:
    """Whether a scope fits one of the patterns, or there are none."""
    return not patterns or any(fnmatch.fnmatchcase(scope, pattern) for pattern in patterns)


def order_row(ordered: Ordered) -> Row:
    """An order with ``ORDER_COLUMNS``."""
    order = ordered.order
    return (
        order.id,
        order.scope,
        order.begin.isoformat(),
        order.end.isoformat(),
        order.done.isoformat(),
        progress(order.begin, order.end, order.done),
        ordered.ordered.isoformat(timespec="seconds"),
        ordered.who,
    )


def progress(begin: datetime.datetime, end: datetime.datetime, done: datetime.datetime) -> float:
    """Percent, with one decimal; 100 only where all is done."""
    if done >= end:
        return 100.0
    return min(99.9, round(100 * ((done - begin) / (end - begin)), 1))


def iso(moment: datetime.datetime | None) -> str | None:
    """A moment as a text."""
    return None if moment is None else moment.isoformat()
