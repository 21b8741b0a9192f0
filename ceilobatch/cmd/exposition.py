# SPDX-License-Identifier: Apache-2.0
"""The parts of an explained letter as fields for programs, and as text for people."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ceilobatch.cmd.base import Structure, short
from ceilobatch.letter import Change, Entry
from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.recovery.concern import Concern
from ceilobatch.recovery.explanation import Explanation
from ceilobatch.recovery.fault import Fault
from ceilobatch.recovery.masking import masked
from ceilobatch.recovery.printed import marked

_DIGITS = 12
_WIDTH = 100


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
        "fault": None if found is None else Structure(_fault(found, secrets)),
        "definitions": [_concern(concern, secrets) for concern in explanation.concerns],
        "marks": Structure(_hidden(dict(marks), secrets)),
        "history": [change_fields(change, secrets) for change in entry.history],
        "message": message,
    }


def as_text(
    explanation: Explanation,
    entry: Entry,
    message: Any,
    marks: Mapping[str, str],
    secrets: bool,
) -> dict[str, Any]:
    """The same for people: sentences, excerpts, and the message with its places marked."""
    found = explanation.fault
    definitions = (_concern_line(concern, secrets) for concern in explanation.concerns)
    return {
        "why": textwrap.fill(explanation.why, _WIDTH),
        "fault": "" if found is None else _fault_text(found, secrets),
        "definitions": "\n".join(definitions),
        "history": "\n".join(_change_line(change, secrets) for change in entry.history),
        "message": message if isinstance(message, str) else marked(message, marks),
    }


def change_fields(change: Change, secrets: bool = False) -> dict[str, Any]:
    """A line of the history, without the message that it may hold."""
    return {
        "when": change.when.isoformat(),
        "who": change.who,
        "action": change.action.value,
        "result": _hidden(change.result, secrets),
        "before": change.before,
        "after": change.after,
    }


def _fault(found: Fault, secrets: bool) -> dict[str, Any]:
    fields = {name: value for name, value in found._asdict().items() if value not in (None, "")}
    return {**fields, "reason": _hidden(found.reason, secrets)}


def _fault_text(found: Fault, secrets: bool) -> str:
    reason = _hidden(found.reason, secrets)
    if found.path is not None:
        return f"at {found.path or found.part}: {reason}"
    where = f"byte {found.byte}" if found.byte is not None else ""
    where = where or f"line {found.line}, column {found.column} of {_part(found)}"
    return f"at {where}: {reason}\n{found.excerpt}"


def _part(found: Fault) -> str:
    return ENVELOPE_MESSAGE if found.part == ENVELOPE_MESSAGE else f"the {found.part}"


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
        "found": [_found(path, value, secrets) for path, value in concern.found],
    }


def _found(path: str, value: Any, secrets: bool) -> dict[str, Any]:
    # Masked by its path: the last label is what the mask goes by.
    shown = {path: value}
    return {"path": path, "value": _hidden(shown, secrets)[path]}


def _concern_line(concern: Concern, secrets: bool) -> str:
    return "\n  ".join(_concern_parts(concern, secrets))


def _concern_parts(concern: Concern, secrets: bool) -> Iterator[str]:
    written = concern.written
    yield f"{written.file}, line {written.line}: {written.kind} {short(written.name)}"
    if concern.key:
        paths = ", ".join(concern.paths) or "no path"
        yield f"line {concern.line}: {concern.key} = {paths}"
        for path, value in concern.found:
            yield f"{path} is {short(_found(path, value, secrets)['value'])}"
        if not concern.found:
            yield "nothing of that is in the message"


def _change_line(change: Change, secrets: bool) -> str:
    digests = dict.fromkeys((change.before[:_DIGITS], change.after[:_DIGITS]))
    what = f"{change.action.value}: {_hidden(change.result, secrets)}".rstrip(": ")
    return f"{change.when.isoformat()} {change.who} {what} ({' -> '.join(digests)})"


def _hidden(value: Any, secrets: bool) -> Any:
    return value if secrets else masked(value)
