# SPDX-License-Identifier: Apache-2.0
"""The parts of an explained letter as text for people."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ceilobatch.cmd.base import short
from ceilobatch.letter import Change, Entry
from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.recovery.concern import Concern
from ceilobatch.recovery.explanation import Explanation
from ceilobatch.recovery.exposition import found_fields, hidden
from ceilobatch.recovery.fault import Fault
from ceilobatch.recovery.printed import marked

_DIGITS = 12
_WIDTH = 100


def as_text(
    explanation: Explanation,
    entry: Entry,
    message: Any,
    marks: Mapping[str, str],
    secrets: bool,
) -> dict[str, Any]:
    """What :func:`ceilobatch.recovery.exposition.as_fields` gives, for people: sentences,
    excerpts, and the message with its places marked.
    """
    found = explanation.fault
    definitions = (_concern_line(concern, secrets) for concern in explanation.concerns)
    return {
        "why": textwrap.fill(explanation.why, _WIDTH),
        "fault": "" if found is None else _fault_text(found, secrets),
        "definitions": "\n".join(definitions),
        "history": "\n".join(_change_line(change, secrets) for change in entry.history),
        "message": message if isinstance(message, str) else marked(message, marks),
    }


def _fault_text(found: Fault, secrets: bool) -> str:
    reason = hidden(found.reason, secrets)
    if found.path is not None:
        return f"at {found.path or found.part}: {reason}"
    where = f"byte {found.byte}" if found.byte is not None else ""
    where = where or f"line {found.line}, column {found.column} of {_part(found)}"
    return f"at {where}: {reason}\n{found.excerpt}"


def _part(found: Fault) -> str:
    return ENVELOPE_MESSAGE if found.part == ENVELOPE_MESSAGE else f"the {found.part}"


def _concern_line(concern: Concern, secrets: bool) -> str:
    return "\n  ".join(_concern_parts(concern, secrets))


def _concern_parts(concern: Concern, secrets: bool) -> Iterator[str]:
    written = concern.written
    yield f"{written.file}, line {written.line}: {written.kind} {short(written.name)}"
    if concern.key:
        paths = ", ".join(concern.paths) or "no path"
        yield f"line {concern.line}: {concern.key} = {paths}"
        for path, value in concern.found:
            yield f"{path} is {short(found_fields(path, value, secrets)['value'])}"
        if not concern.found:
            yield "nothing of that is in the message"


def _change_line(change: Change, secrets: bool) -> str:
    digests = dict.fromkeys((change.before[:_DIGITS], change.after[:_DIGITS]))
    what = f"{change.action.value}: {hidden(change.result, secrets)}".rstrip(": ")
    return f"{change.when.isoformat()} {change.who} {what} ({' -> '.join(digests)})"
