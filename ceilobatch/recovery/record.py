# SPDX-License-Identifier: Apache-2.0
"""Record: an entry as one line of JSON that can be checked, for another recovery store."""

import base64
import binascii
import datetime
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ceilobatch.letter import (
    CHANGE_TEXTS,
    LETTER_TEXTS,
    Action,
    Change,
    Entry,
    Letter,
    Stage,
    digest,
)

FORMAT = "ceilobatch-letter-1"
_MAY_BE_NULL = frozenset({"message_id", "event_type"})
_NOT_A_LETTER = (LookupError, TypeError, ValueError, AttributeError, OverflowError)


def encode(entry: Entry) -> str:
    """The line of an entry, without a newline.

    The bytes of a message stand under ``body`` as text where they are UTF-8, else under
    ``body_base64``; ``digest`` is the one of :func:`ceilobatch.letter.digest`. ``checksum`` is
    the 128-bit BLAKE2b of the same object without it, in JSON with sorted keys, no spaces and
    nothing but ASCII. ``standing`` is there for people: it follows from ``history``.
    """
    letter = entry.letter
    record = {
        "format": FORMAT,
        "id": letter.id,
        "standing": entry.standing.value,
        "recorded": letter.recorded.isoformat(),
        "last": entry.last.isoformat(),
        "seen": entry.seen,
        "stage": letter.stage.value,
        **{name: getattr(letter, name) for name in LETTER_TEXTS},
        "headers": dict(letter.headers),
        "digest": digest(letter.body),
        **_body_fields(letter.body),
        "history": [_change_fields(change) for change in entry.history],
    }
    return json.dumps({**record, "checksum": checksum(record)})


def decode(line: bytes) -> Entry:
    """The entry of a line.

    :raises ValueError: it is torn, was changed or holds no letter; in one sentence.
    """
    record = _checked(line)
    try:
        entry = _entry(record)
    except _NOT_A_LETTER as error:
        raise ValueError(f"it holds no letter: {error!r}") from None
    _prove(entry, record)
    return entry


def _checked(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON, or torn: {error}") from None
    if not isinstance(record, dict) or "format" not in record:
        raise ValueError("it is not a letter as recovery export writes it")
    if record["format"] != FORMAT:
        raise ValueError(f"it has the unknown format {record['format']!r}")
    if record.pop("checksum", None) != checksum(record):
        raise ValueError("it was changed: its checksum does not match")
    return record


def _prove(entry: Entry, record: Mapping[str, Any]) -> None:
    """:raises ValueError: the id or a digest is not that of the message."""
    if entry.id != record["id"]:
        raise ValueError(f"the id {record['id']!r} is not that of its message")
    current = digest(entry.letter.body)
    if current != record["digest"]:
        raise ValueError("the digest is not that of its message")
    for number, change in enumerate(entry.history, 1):
        after = current if change.body is None else digest(change.body)
        if (change.before, change.after) != (current, after):
            raise ValueError(f"the digests of change {number} are not those of its messages")
        current = after


def _entry(record: Mapping[str, Any]) -> Entry:
    letter = Letter(
        body=_body(record),
        stage=Stage(record["stage"]),
        recorded=_moment(record["recorded"]),
        headers=dict(record["headers"]),
        **{name: _text(record, name) for name in LETTER_TEXTS},
    )
    seen = record["seen"]
    if type(seen) is not int or seen < 1:
        raise ValueError(f"seen is {seen!r}")
    history = tuple(
        _change(letter.id, revision, fields) for revision, fields in enumerate(record["history"])
    )
    return Entry(letter, seen, _moment(record["last"]), history)


def _change(letter_id: str, revision: int, fields: Mapping[str, Any]) -> Change:
    action = Action(fields["action"])
    body = _body(fields) if action is Action.EDITED else None
    texts = {name: _text(fields, name) for name in CHANGE_TEXTS}
    when = _moment(fields["when"])
    return Change(letter_id, revision, action, when=when, body=body, **texts)


def _change_fields(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "when": change.when.isoformat(),
        **{name: getattr(change, name) for name in CHANGE_TEXTS},
        **({} if change.body is None else _body_fields(change.body)),
    }


def _body_fields(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _body(fields: Mapping[str, Any]) -> bytes:
    if "body" in fields:
        body: bytes = fields["body"].encode()
        return body
    try:
        return base64.b64decode(fields["body_base64"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"body_base64 is not base64: {error}") from None


def _moment(text: str) -> datetime.datetime:
    when = datetime.datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"the time {text!r} names no zone")
    return when


def _text(fields: Mapping[str, Any], name: str) -> Any:
    value = fields[name]
    if isinstance(value, str) or (value is None and name in _MAY_BE_NULL):
        return value
    raise ValueError(f"{name} is {value!r}")


def checksum(record: Mapping[str, Any]) -> str:
    """The checksum of a record that has none yet."""
    plain = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.blake2b(plain, digest_size=16).hexdigest()
