# SPDX-License-Identifier: Apache-2.0
"""Finds the letters that a command is about: filters, ids, and who gives the command."""

import argparse
import contextlib
import os
import pwd
import re
import socket
from collections.abc import Callable, Iterator, Sequence

from oslo_config import cfg

from ceilobatch import assembly, errors
from ceilobatch.cmd import arguments
from ceilobatch.cmd.base import Refused
from ceilobatch.letter import Entry, Stage, Standing
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry

Test = Callable[[Entry], bool]

SHORTEST = 6
SETTLED = frozenset({Standing.REPLAYED, Standing.DISCARDED})
_ID_LENGTH = 16
_TOLD = 5
_STANDINGS = {
    **{standing.value: frozenset({standing}) for standing in Standing},
    "settled": SETTLED,
    "all": frozenset(Standing),
}
_PATTERNS = ("reason", "error", "event_type", "pool", "exchange", "driver")
_OTHERS = ("stage", "older_than", "newer_than")


def add_filters(parser: argparse.ArgumentParser, standing: str = "waiting") -> None:
    """The filters of letters; read them with :func:`selected`.

    :param standing: which letters are meant where the user does not say.
    """
    group = parser.add_argument_group(
        "filters", "A PATTERN may hold * and ?; several filters must all hold."
    )
    group.add_argument(
        "--stage",
        type=_stage,
        help="where it was stopped: " + ", ".join(stage.value for stage in Stage),
    )
    group.add_argument(
        "--reason",
        metavar="PATTERN",
        help="as the list or its --group reason shows it; without * and ? any part of it",
    )
    group.add_argument("--error", metavar="PATTERN", help="class of the error, such as Malformed")
    group.add_argument("--event-type", metavar="PATTERN", help="such as compute.*")
    group.add_argument(
        "--standing",
        "--status",
        choices=tuple(_STANDINGS),
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


@contextlib.contextmanager
def opened(conf: cfg.ConfigOpts) -> Iterator[Recovery]:
    """The configured recovery, closed in the end.

    :raises Refused: its driver can only add letters; the sentence tells where they are.
    """
    recovery = assembly.build_recovery(conf, CallRegistry())
    with contextlib.closing(recovery):
        if not recovery.characteristics.readable:
            _refuse_unreadable(recovery, conf.recovery.backend)
        yield recovery


def selected(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    """The entries that all given filters let pass, oldest first."""
    wanted = list(_tests(parsed_args))
    return (entry for entry in recovery.entries() if all(test(entry) for test in wanted))


def chosen(recovery: Recovery, parsed_args: argparse.Namespace) -> Iterator[Entry]:
    """What :func:`add_choice` read: the entries with these ids, whatever stands with them, or all
    that the filters let pass.

    :raises Refused: neither or both were given, or an id is not known.
    """
    given = filters_given(parsed_args)
    if parsed_args.all:
        if parsed_args.ids:
            raise Refused("give either ids or --all, not both")
        return selected(recovery, parsed_args)
    if not parsed_args.ids:
        raise Refused("which letters? give their ids, or --all with filters")
    if given:
        raise Refused(f"{_option(given[0])} goes with --all, not with ids")
    return iter(those(recovery, parsed_args.ids))


def filters_given(parsed_args: argparse.Namespace) -> list[str]:
    """The names of the filters that the user set, but for the standing."""
    return [name for name in (*_PATTERNS, *_OTHERS) if getattr(parsed_args, name) is not None]


def those(recovery: Recovery, letter_ids: Sequence[str]) -> list[Entry]:
    """The entry of each id or prefix, in this order, each once.

    :raises Refused: as :func:`one`.
    """
    found = {entry.id: entry for entry in (one(recovery, wanted) for wanted in letter_ids)}
    return list(found.values())


def one(recovery: Recovery, letter_id: str) -> Entry:
    """The entry of an id; a prefix of at least six characters that only one has will do.

    :raises Refused: there is none, or the prefix is too short or fits several.
    """
    wanted = letter_id.strip().lower()
    entry = recovery.entry(wanted) if wanted else None
    if entry is not None:
        return entry
    fitting = _fitting(recovery, wanted) if SHORTEST <= len(wanted) < _ID_LENGTH else []
    if len(fitting) > 1:
        told = ", ".join(entry.id for entry in fitting[:_TOLD])
        more = f" and {len(fitting) - _TOLD} more" if len(fitting) > _TOLD else ""
        raise Refused(f"{letter_id!r} begins the ids of several letters: {told}{more}")
    if not fitting:
        raise Refused(_unknown(letter_id))
    return fitting[0]


def who() -> str:
    """The user and host, for :class:`~ceilobatch.letter.Change`; by sudo, the one who used it."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id that has no name
        user = str(os.getuid())
    person = os.environ.get("SUDO_USER", user)
    name = user if person == user else f"{person} as {user}"
    return f"{name}@{socket.gethostname()}"


def pattern(text: str, anywhere: bool = False) -> Callable[[str | None], bool]:
    """A test for texts by ``*`` and ``?``, whatever the case; None matches nothing.

    :param anywhere: a pattern without them may match any part.
    """
    parts = re.split(r"([*?])", text)
    signs = {"*": ".*", "?": "."}
    expression = "".join(signs.get(part, re.escape(part)) for part in parts)
    if anywhere and len(parts) == 1:
        expression = f".*{expression}.*"
    compiled = re.compile(expression, re.DOTALL | re.IGNORECASE)
    return lambda value: value is not None and compiled.fullmatch(value) is not None


def _add_ages(group: argparse._ArgumentGroup) -> None:
    for name, meaning in (("--older-than", "before"), ("--newer-than", "after")):
        group.add_argument(
            name,
            type=arguments.moment,
            metavar="AGE",
            help=f"first recorded {meaning} that: 30s, 10m, 2h, 3d, or an ISO 8601 time",
        )


def _tests(parsed_args: argparse.Namespace) -> Iterator[Test]:
    stage, standings = parsed_args.stage, _STANDINGS[parsed_args.standing]
    older, newer = parsed_args.older_than, parsed_args.newer_than
    if stage is not None:
        yield lambda entry: entry.letter.stage is stage
    if older is not None:
        yield lambda entry: entry.letter.recorded < older
    if newer is not None:
        yield lambda entry: entry.letter.recorded >= newer
    for name in _PATTERNS:
        if (text := getattr(parsed_args, name)) is not None:
            yield _named(name, pattern(text, anywhere=name == "reason"))
    yield lambda entry: entry.standing in standings


def _named(name: str, matches: Callable[[str | None], bool]) -> Test:
    return lambda entry: matches(getattr(entry.letter, name))


def _fitting(recovery: Recovery, prefix: str) -> list[Entry]:
    return [entry for entry in recovery.entries() if entry.id.startswith(prefix)]


def _unknown(letter_id: str) -> str:
    if 0 < len(letter_id) < SHORTEST:
        return f"{letter_id!r} is too short for an id: give {SHORTEST} characters or more"
    return f"there is no letter {letter_id!r} (recovery list --status all shows their ids)"


def _refuse_unreadable(recovery: Recovery, name: str) -> None:
    try:
        recovery.entry("")
    except errors.Rejected as error:
        raise Refused(str(error)) from None
    raise Refused(f"[recovery] backend: the driver {name!r} can only add letters")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _stage(text: str) -> Stage:
    try:
        return Stage(text.replace("-", " ").replace("_", " "))
    except ValueError:
        known = ", ".join(repr(stage.value) for stage in Stage)
        raise argparse.ArgumentTypeError(f"{text!r} is no stage (there are: {known})") from None
