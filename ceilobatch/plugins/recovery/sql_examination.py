# SPDX-License-Identifier: Apache-2.0
"""Makes entries out of what is stored, and tells what cannot be one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from ceilobatch.letter import Action, Entry, digest
from ceilobatch.plugins.base import Damage
from ceilobatch.plugins.recovery.sql_pages import Stored
from ceilobatch.plugins.recovery.sql_rows import change_of, letter_of

R = TypeVar("R")


class Examined(NamedTuple):
    """What was found in the rows of one letter.

    :ivar entry: None where anything is damaged.
    """

    entry: Entry | None
    damages: list[Damage]


def examine(stored: Stored) -> Examined:
    """Look at every row."""
    row = stored.letter
    place = f"letter {row['id']}"
    if stored.unreadable:
        return Examined(None, [Damage(place, stored.unreadable)])
    damages: list[Damage] = []
    letter = _attempt(letter_of, row, place, damages)
    history = []
    for change in stored.changes:
        where = _place(row["id"], change["revision"])
        history.append(_attempt(change_of, change, where, damages))
    damages += _attempt(lambda _: list(_miscounted(stored)), row, place, damages) or []
    if letter is None or damages:
        return Examined(None, damages)
    changes = tuple(change for change in history if change is not None)
    return Examined(Entry(letter, row["seen"], row["last"], changes), damages)


def contradictions(entry: Entry) -> Iterator[Damage]:
    """Changes that name another message than the one they found or left."""
    body = entry.letter.body
    for change in entry.history:
        place = _place(change.letter_id, change.revision)
        if change.before != digest(body):
            yield Damage(place, "it was done to another message than the one before it")
        if change.action is Action.EDITED and change.body is not None:
            body = change.body
        if change.after != digest(body):
            yield Damage(place, "it left another message than the one that is here")


def _place(letter_id: str, revision: int) -> str:
    return f"letter {letter_id}, change {revision}"


def _miscounted(stored: Stored) -> Iterator[Damage]:
    row = stored.letter
    there = {change["revision"] for change in stored.changes}
    expected = set(range(row["changes"]))
    for revision in sorted(expected - there):
        yield Damage(_place(row["id"], revision), "it is missing")
    for revision in sorted(there - expected):
        yield Damage(_place(row["id"], revision), "the letter knows nothing of it")
    if row["seen"] < 1:
        yield Damage(f"letter {row['id']}", "it was never seen")


def _attempt(
    make: Callable[[Mapping[Any, Any]], R],
    row: Mapping[Any, Any],
    place: str,
    damages: list[Damage],
) -> R | None:
    try:
        return make(row)
    except (ValueError, KeyError, TypeError) as error:
        damages.append(Damage(place, str(error)))
        return None
