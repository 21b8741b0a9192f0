# SPDX-License-Identifier: Apache-2.0
"""Audit: reads the whole journal and finds what is not as it must be."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ceilobatch.letter import Action, Change, Letter, digest
from ceilobatch.plugins.base import Damage
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.folder import File, Place
from ceilobatch.plugins.recovery.journal import Journal
from ceilobatch.plugins.recovery.scan import scan


class _State(NamedTuple):
    """How far a letter has come: how many changes, and the digest of its message now."""

    revision: int
    digest: bytes


def audit(journal: Journal) -> Iterator[Damage]:
    """Everything that is damaged in the journal as it is when the first is asked for.

    :raises OSError: a file cannot be read, or there are more than a process may have open.
    """
    with contextlib.ExitStack() as stack:
        with journal.reading() as files:
            # Open files stay what they are, whoever rewrites the journal meanwhile.
            opened = [(file, stack.enter_context(open(file.path, "rb"))) for file in files]
        histories = _Histories()
        for file, content in opened:
            yield from _audit_file(file, content, histories)
        yield from histories.doubts()


def _audit_file(file: File, content: BinaryIO, histories: "_Histories") -> Iterator[Damage]:
    for number, offset, text in scan(content, file.size):
        place = Place(file.path, number, offset)
        try:
            histories.add(place, line.decode(text))
        except ValueError as error:
            yield Damage(str(place), str(error))


class _Histories:
    """Follows all letters through the journal.

    What is doubtful is told at the end: it may turn out to be the rest of a letter that was
    erased, which whoever erases next takes away.
    """

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}
        self._doubts: dict[str, list[Damage]] = {}

    def add(self, place: Place, record: line.Record) -> None:
        """Go on by one line."""
        if isinstance(record, Letter):
            if record.id not in self._states:
                self._states[record.id] = _State(0, bytes.fromhex(digest(record.body)))
        elif isinstance(record, Change):
            for reason in self._change(record):
                doubts = self._doubts.setdefault(record.letter_id, [])
                doubts.append(Damage(str(place), reason))
        else:
            for letter_id in record.letter_ids:
                self._states.pop(letter_id, None)
                self._doubts.pop(letter_id, None)

    def doubts(self) -> Iterator[Damage]:
        """What was never erased."""
        for found in self._doubts.values():
            yield from found

    def _change(self, change: Change) -> Iterator[str]:
        state = self._states.get(change.letter_id)
        if state is None:
            yield f"the line changes the letter {change.letter_id}, which is not there"
            return
        if change.revision != state.revision:
            yield (
                f"the line is the change {change.revision} of the letter {change.letter_id}, "
                f"where its change {state.revision} was due"
            )
        yield from _wrong_digests(change, state.digest.hex())
        after = state.digest if change.body is None else bytes.fromhex(digest(change.body))
        self._states[change.letter_id] = _State(state.revision + 1, after)


def _wrong_digests(change: Change, present: str) -> Iterator[str]:
    of = f"of the letter {change.letter_id}"
    if change.before != present:
        yield f"the digest before the change {change.revision} {of} is not that of its message"
    if (change.body is not None) != (change.action is Action.EDITED):
        yield f"the change {change.revision} {of} has a message and is no edit, or the reverse"
    if change.after != (present if change.body is None else digest(change.body)):
        yield f"the digest after the change {change.revision} {of} is not that of its message"
