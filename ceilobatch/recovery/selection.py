# SPDX-License-Identifier: Apache-2.0
"""Finds the letters that somebody means: by conditions, or by their ids."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ceilobatch import errors
from ceilobatch.letter import Entry, Stage, Standing
from ceilobatch.plugins.base import Recovery

Test = Callable[[Entry], bool]

SHORTEST = 6
SETTLED = frozenset({Standing.REPLAYED, Standing.DISCARDED})
STANDINGS: Mapping[str, frozenset[Standing]] = {
    **{standing.value: frozenset({standing}) for standing in Standing},
    "settled": SETTLED,
    "all": frozenset(Standing),
}
PATTERNS = ("reason", "error", "event_type", "message_id", "pool", "exchange", "driver")
_ID_LENGTH = 16
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which letters are meant: those for which all that is given holds.

    :ivar standing: a key of :data:`STANDINGS`.
    :ivar older_than: first recorded before; aware, as ``newer_than``.
    :ivar reason: a pattern with ``*`` and ``?``, as the others of :data:`PATTERNS`; without them
        it may be any part of the reason.
    """

    standing: str = Standing.WAITING.value
    stage: Stage | None = None
    older_than: datetime.datetime | None = None
    newer_than: datetime.datetime | None = None
    reason: str | None = None
    error: str | None = None
    event_type: str | None = None
    message_id: str | None = None
    pool: str | None = None
    exchange: str | None = None
    driver: str | None = None

    @property
    def given(self) -> list[str]:
        """The names of those that are set, but for the standing."""
        names = (*PATTERNS, "stage", "older_than", "newer_than")
        return [name for name in names if getattr(self, name) is not None]


def selected(recovery: Recovery, wanted: Conditions) -> Iterator[Entry]:
    """The entries for which all conditions hold, oldest first."""
    return filter(matcher(wanted), recovery.entries())


def matcher(wanted: Conditions) -> Test:
    """Whether all conditions hold for an entry."""
    tests = list(_tests(wanted))
    return lambda entry: all(test(entry) for test in tests)


def those(recovery: Recovery, letter_ids: Sequence[str]) -> list[Entry]:
    """The entry of each id or prefix, in this order, each once.

    :raises Refused: as :func:`one`.
    """
    found = {entry.id: entry for entry in (one(recovery, wanted) for wanted in letter_ids)}
    return list(found.values())


def one(recovery: Recovery, letter_id: str) -> Entry:
    """The entry of an id; a prefix of at least six characters that only one has will do.

    :raises Unknown: there is none, or the prefix is too short.
    :raises Refused: the prefix fits several.
    """
    wanted = letter_id.strip().lower()
    entry = recovery.entry(wanted) if wanted else None
    if entry is not None:
        return entry
    fitting = _fitting(recovery, wanted) if SHORTEST <= len(wanted) < _ID_LENGTH else []
    if len(fitting) > 1:
        told = ", ".join(entry.id for entry in fitting[:_TOLD])
        more = f" and {len(fitting) - _TOLD} more" if len(fitting) > _TOLD else ""
        raise errors.Refused(f"{letter_id!r} begins the ids of several letters: {told}{more}")
    if not fitting:
        raise errors.Unknown(_unknown(letter_id))
    return fitting[0]


def pattern(text: str, anywhere: bool = False) -> Callable[[str | None], bool]:
    """A test for texts by ``*`` and ``?``, whatever the case; None matches nothing.

    :param anywhere: a pattern without them may match any part.
    """
    first, *others = (_translated(part) for part in text.split("*"))
    expression = first
    if others:
        # Atomic, so that many asterisks take no more than one look at each place.
        between = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
        expression = f"{first}{between}.*{others[-1]}"
    elif anywhere and "?" not in text:
        expression = f".*{expression}.*"
    compiled = re.compile(expression, re.DOTALL | re.IGNORECASE)
    return lambda value: value is not None and compiled.fullmatch(value) is not None


def stage_of(text: str) -> Stage:
    """The stage of a name, in which ``-`` and ``_`` may stand for spaces.

    :raises ValueError: there is none; in one sentence.
    """
    try:
        return Stage(text.replace("-", " ").replace("_", " "))
    except ValueError:
        known = ", ".join(repr(stage.value) for stage in Stage)
        raise ValueError(f"{text!r} is no stage (there are: {known})") from None


def _tests(wanted: Conditions) -> Iterator[Test]:
    stage, standings = wanted.stage, STANDINGS[wanted.standing]
    older, newer = wanted.older_than, wanted.newer_than
    if stage is not None:
        yield lambda entry: entry.letter.stage is stage
    if older is not None:
        yield lambda entry: entry.letter.recorded < older
    if newer is not None:
        yield lambda entry: entry.letter.recorded >= newer
    for name in PATTERNS:
        if (text := getattr(wanted, name)) is not None:
            yield _named(name, pattern(text, anywhere=name == "reason"))
    yield lambda entry: entry.standing in standings


def _translated(part: str) -> str:
    return ".".join(map(re.escape, part.split("?")))


def _named(name: str, matches: Callable[[str | None], bool]) -> Test:
    return lambda entry: matches(getattr(entry.letter, name))


def _fitting(recovery: Recovery, prefix: str) -> list[Entry]:
    return [entry for entry in recovery.entries() if entry.id.startswith(prefix)]


def _unknown(letter_id: str) -> str:
    if 0 < len(letter_id) < SHORTEST:
        return f"{letter_id!r} is too short for an id: give {SHORTEST} characters or more"
    return f"there is no letter {letter_id!r} (recovery list --status all shows their ids)"
