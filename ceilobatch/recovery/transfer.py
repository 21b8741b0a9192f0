# SPDX-License-Identifier: Apache-2.0
"""Letters carried from one recovery store to another, as often as one likes."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import record

AT_ONCE = 1000


class Imported(NamedTuple):
    """What became of one line.

    :ivar line: its number, from 1.
    :ivar letter_id: empty where the line holds no letter.
    :ivar added: the letter was not here before.
    :ivar changes: how many were added to its history.
    :ivar refusal: why nothing was done with it, a sentence; else empty.
    """

    line: int
    letter_id: str = ""
    added: bool = False
    changes: int = 0
    refusal: str = ""


class _Plan(NamedTuple):
    """What will be answered where all missing changes are taken."""

    answer: Imported
    missing: Sequence[Change] = ()


def write(entries: Iterable[Entry]) -> Iterator[bytes]:
    """A line for each entry."""
    return (record.encode(entry).encode() + b"\n" for entry in entries)


def read_into(recovery: Recovery, lines: Iterable[bytes]) -> Iterator[Imported]:
    """Take the letters of lines in, some at a time; an answer for each line that is not blank.

    A letter that is here already gets the changes that it lacks, and nothing where it has them
    all; after one where the two histories differ, it stays as it is and is refused. ``seen``
    becomes what the line says where it is less. So the same lines can be read again, whatever
    was done before an interruption.

    :raises Unavailable: the lines that were answered are in; the others can be read again.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while some := list(itertools.islice(numbered, AT_ONCE)):
        yield from _read_some(recovery, some)


def _read_some(recovery: Recovery, lines: Sequence[tuple[int, bytes]]) -> list[Imported]:
    answers: dict[int, Imported] = {}
    entries: dict[int, Entry] = {}
    for number, line in lines:
        try:
            entries[number] = record.decode(line)
        except ValueError as error:
            answers[number] = Imported(number, refusal=str(error))
    known = _known(recovery, {entry.id for entry in entries.values()})
    recovery.add(list(_copies(entries.values(), known)))
    plans = {number: _plan(number, entry, known) for number, entry in entries.items()}
    taken = iter(recovery.change([change for plan in plans.values() for change in plan.missing]))
    for number, plan in plans.items():
        mine = list(itertools.islice(taken, len(plan.missing)))
        answers[number] = plan.answer if all(mine) else _overtaken(plan.answer)
    return [answers[number] for number, _ in lines]


def _known(recovery: Recovery, letter_ids: set[str]) -> dict[str, Entry]:
    """The entries of these ids; stores are made for being read through once, not many times."""
    return {entry.id: entry for entry in recovery.entries() if entry.id in letter_ids}


def _copies(entries: Iterable[Entry], known: dict[str, Entry]) -> Iterator[Letter]:
    """What has to be added so that each was seen as often as its line says."""
    here = {letter_id: entry.seen for letter_id, entry in known.items()}
    for entry in entries:
        seen = here.get(entry.id, 0)
        if not seen:
            yield entry.letter
        again = dataclasses.replace(entry.letter, recorded=entry.last)
        yield from itertools.repeat(again, max(0, entry.seen - max(seen, 1)))
        here[entry.id] = max(seen, entry.seen)


def _plan(number: int, entry: Entry, known: dict[str, Entry]) -> _Plan:
    """What the history here lacks; ``known`` is then as if it had it, for lines that repeat it."""
    here = known.get(entry.id)
    history = here.history if here else ()
    shared = min(len(history), len(entry.history))
    if history[:shared] != entry.history[:shared]:
        return _Plan(Imported(number, entry.id, refusal=_forked(entry, history, shared)))
    missing = entry.history[shared:]
    known[entry.id] = (here or entry)._replace(history=(*history, *missing))
    return _Plan(Imported(number, entry.id, here is None, len(missing)), missing)


def _overtaken(answer: Imported) -> Imported:
    refusal = f"the letter {answer.letter_id} was changed meanwhile: import it again"
    return Imported(answer.line, answer.letter_id, refusal=refusal)


def _forked(entry: Entry, history: Sequence[Change], shared: int) -> str:
    first = next(place for place in range(shared) if history[place] != entry.history[place])
    return (
        f"the letter {entry.id} has another history here from change {first + 1} on "
        f"({history[first].action.value} by {history[first].who})"
    )
