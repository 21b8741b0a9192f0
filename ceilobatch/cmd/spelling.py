# SPDX-License-Identifier: Apache-2.0
"""Finds options in configuration files that nobody reads, because their names are misspelt."""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from oslo_config import cfg
from oslo_log import _options as oslo_log
from oslo_messaging import notify, transport
from oslo_messaging._drivers import amqp, impl_rabbit
from oslo_messaging._drivers.kafka_driver import kafka_options

from ceilobatch.cmd.written import Line, Written
from ceilobatch.opts import Options

_DEFAULT = "DEFAULT"
# Groups of libraries that may stand in the same file though nothing here reads them all.
_OF_OTHERS = (
    *("oslo_", "keystone", "cors", "healthcheck", "profiler", "ssl", "database", "service_"),
)


def of_libraries() -> list[tuple[str, Sequence[cfg.Opt]]]:
    """The options of the libraries that the agent works with."""
    return [
        (_DEFAULT, [*oslo_log.list_opts()[0][1], *transport._transport_opts]),
        ("oslo_messaging_rabbit", [*amqp.amqp_opts, *impl_rabbit.rabbit_opts]),
        ("oslo_messaging_kafka", kafka_options.KAFKA_OPTS),
        ("oslo_messaging_notifications", notify.notifier._notifier_opts),
    ]


def unread(written: Written, options: Options) -> Iterator[str]:
    """One sentence for each name in the files that is a slip, or meant for somebody else.

    In ``[DEFAULT]``, which belongs to others too, only what is close to one of ours.
    """
    known = _names(options)
    for line in written.lines:
        if line.group not in known:
            if not line.option:
                yield from _unknown_group(line, known)
        elif line.option and line.option not in known[line.group]:
            yield from _unknown_option(line, known[line.group])


def _names(options: Options) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for group, members in options:
        group_names = names.setdefault(group, set())
        for option in members:
            group_names.add(option.dest)
            group_names.update(
                (old.name or option.dest).replace("-", "_") for old in option.deprecated_opts
            )
    return names


def _unknown_group(line: Line, known: Iterable[str]) -> Iterator[str]:
    hint = _hint(line.group, known, "[{}]")
    if hint or not line.group.startswith(_OF_OTHERS):
        yield f"{line}: [{line.group}]: nothing reads this{hint}"


def _unknown_option(line: Line, known: set[str]) -> Iterator[str]:
    where = f"{line}: [{line.group}] {line.option}"
    hint = _hint(line.option, known, "{}")
    if line.group != _DEFAULT:
        yield f"{where}: there is no such option{hint}"
    elif hint:
        yield f"{where}: nothing reads this{hint}"


def _hint(name: str, known: Iterable[str], pattern: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {pattern.format(close[0])}?" if close else ""
