# SPDX-License-Identifier: Apache-2.0
"""What the lines of the journal hold: letters, changes of letters, and removals."""

import base64
import datetime
from typing import Any, NamedTuple

from ceilobatch.letter import CHANGE_TEXTS, LETTER_TEXTS, Action, Change, Letter, Stage
from ceilobatch.plugins.recovery.seal import seal, unseal


class Removal(NamedTuple):
    """All that stands before it of these letters is erased, whether or not it is still there."""

    letter_ids: tuple[str, ...]


Record = Letter | Change | Removal


def encode(record: Record) -> bytes:
    """The line of a record, with its newline.

    The first key tells the kind: ``id`` for a letter, ``change`` (the letter's id) for a change,
    ``removal`` (ids) for a removal. Bytes of a message stand under ``body`` as text where they
    are UTF-8, else under ``body_base64``; never both.
    """
    if isinstance(record, Letter):
        return seal(letter_record(record))
    if isinstance(record, Change):
        return seal(_change_record(record))
    return seal({"removal": list(record.letter_ids)})


def decode(line: bytes) -> Record:
    """The record of a line, with or without its newline.

    :raises ValueError: the line is torn, was changed, or holds none of these; in one sentence.
    """
    fields = unseal(line)
    try:
        if "change" in fields:
            return _change(fields)
        if "removal" in fields:
            return Removal(tuple(map(str, fields["removal"])))
        return letter_of(fields)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the line does not hold a letter: {error!r}") from None


def subject(record: Letter | Change) -> str:
    """The id of the letter that a record is of."""
    return record.id if isinstance(record, Letter) else record.letter_id


def letter_record(letter: Letter) -> dict[str, Any]:
    """A letter as JSON can hold it; see :func:`encode`."""
    record: dict[str, Any] = {
        "id": letter.id,
        "recorded": letter.recorded.isoformat(),
        "stage": letter.stage.value,
    }
    record.update((name, getattr(letter, name)) for name in LETTER_TEXTS)
    if letter.headers:
        record["headers"] = dict(letter.headers)
    return record | _bytes_record(letter.body)


def _change_record(change: Change) -> dict[str, Any]:
    record: dict[str, Any] = {
        "change": change.letter_id,
        "revision": change.revision,
        "action": change.action.value,
        "when": change.when.isoformat(),
    }
    record.update((name, getattr(change, name)) for name in CHANGE_TEXTS)
    return record if change.body is None else record | _bytes_record(change.body)


def _bytes_record(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def letter_of(fields: dict[str, Any]) -> Letter:
    """The letter of what :func:`letter_record` made.

    :raises AttributeError, KeyError, TypeError, ValueError: it was not made by that.
    """
    return Letter(
        body=_body(fields),
        stage=Stage(fields["stage"]),
        recorded=datetime.datetime.fromisoformat(fields["recorded"]),
        headers=dict(fields.get("headers", {})),
        **{name: fields[name] for name in LETTER_TEXTS},
    )


def _change(fields: dict[str, Any]) -> Change:
    return Change(
        letter_id=str(fields["change"]),
        revision=int(fields["revision"]),
        action=Action(fields["action"]),
        when=datetime.datetime.fromisoformat(fields["when"]),
        body=_body(fields) if "body" in fields or "body_base64" in fields else None,
        **{name: str(fields[name]) for name in CHANGE_TEXTS},
    )


def _body(fields: dict[str, Any]) -> bytes:
    if "body" in fields:
        return str(fields["body"]).encode()
    return base64.b64decode(fields["body_base64"], validate=True)
