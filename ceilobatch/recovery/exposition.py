# SPDX-License-Identifier: Apache-2.0
"""The parts of a letter, and of what explains it, as fields for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from ceilobatch.letter import Change, Entry, digest
from ceilobatch.recovery.concern import Concern
from ceilobatch.recovery.explanation import Explanation
from ceilobatch.recovery.fault import Fault
from ceilobatch.recovery.groups import Group
from ceilobatch.recovery.masking import masked

_ORIGIN = (
    "event_type",
    "message_id",
    "exchange",
    "topic",
    "pool",
    "driver",
    "batch_id",
    "host",
    "worker",
    "version",
)


def summary(entry: Entry) -> dict[str, Any]:
    """A letter as it stands in a list."""
    letter = entry.letter
    return {
        "id": letter.id,
        "recorded": letter.recorded.isoformat(),
        "stage": letter.stage.value,
        "reason": letter.reason,
        "event_type": letter.event_type,
        "message_id": letter.message_id,
        "exchange": letter.exchange,
        "topic": letter.topic,
        "standing": entry.standing.value,
        "attempts": entry.attempts,
        "seen": entry.seen,
    }


def group_fields(group: Group, keys: Sequence[str]) -> dict[str, Any]:
    """A group of letters, its values under the keys that they were grouped by."""
    fields = {
        **dict(zip(keys, group.values, strict=True)),
        "letters": group.letters,
        "messages": group.messages,
        "oldest": group.oldest.isoformat(),
        "newest": group.newest.isoformat(),
        "example": group.example,
    }
    return {**fields, "example_reason": group.example_reason} if "reason" in keys else fields


def head(entry: Entry) -> dict[str, Any]:
    """What comes first of one letter."""
    letter = entry.letter
    return {
        "id": letter.id,
        "standing": entry.standing.value,
        "stage": letter.stage.value,
        "error": letter.error,
        "reason": masked(letter.reason),
    }


def origin(entry: Entry, body: bytes, secrets: bool) -> dict[str, Any]:
    """Where a letter comes from, and how large the version of its message is."""
    letter = entry.letter
    return {
        **{name: getattr(letter, name) for name in _ORIGIN},
        "recorded": letter.recorded.isoformat(),
        "last_seen": entry.last.isoformat(),
        "seen": entry.seen,
        "attempts": entry.attempts,
        "headers": hidden(dict(letter.headers), secrets),
        "size": len(body),
        "digest": digest(body),
    }


def as_fields(
    explanation: Explanation,
    entry: Entry,
    message: Any,
    marks: Mapping[str, str],
    secrets: bool,
) -> dict[str, Any]:
    """``why``, ``fault``, ``definitions``, ``marks``, ``history`` and ``message``, as plain
    structures.
    """
    found = explanation.fault
    return {
        "why": explanation.why,
        "fault": None if found is None else _fault(found, secrets),
        "definitions": [_concern(concern, secrets) for concern in explanation.concerns],
        "marks": hidden(dict(marks), secrets),
        "history": [change_fields(change, secrets) for change in entry.history],
        "message": message,
    }


def change_fields(change: Change, secrets: bool = False) -> dict[str, Any]:
    """A line of the history, without the message that it may hold."""
    return {
        "when": change.when.isoformat(),
        "who": change.who,
        "action": change.action.value,
        "result": hidden(change.result, secrets),
        "before": change.before,
        "after": change.after,
    }


def _fault(found: Fault, secrets: bool) -> dict[str, Any]:
    fields = {name: value for name, value in found._asdict().items() if value not in (None, "")}
    return {**fields, "reason": hidden(found.reason, secrets)}


def _concern(concern: Concern, secrets: bool) -> dict[str, Any]:
    written = concern.written
    return {
        "kind": written.kind,
        "name": written.name,
        "file": str(written.file),
        "line": written.line,
        "key": concern.key or None,
        "key_line": concern.line,
        "paths": list(concern.paths),
        "found": [found_fields(path, value, secrets) for path, value in concern.found],
    }


def found_fields(path: str, value: Any, secrets: bool) -> dict[str, Any]:
    """A place of a message and its value."""
    # Masked by its path: the last label is what the mask goes by.
    shown = {path: value}
    try:
        return {"path": path, "value": hidden(shown, secrets)[path]}
    except RecursionError:
        return {"path": path, "value": "(nested too deeply to be shown)"}


def hidden(value: Any, secrets: bool) -> Any:
    """The value, masked unless secrets are to be seen."""
    return value if secrets else masked(value)
