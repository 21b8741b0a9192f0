# SPDX-License-Identifier: Apache-2.0
"""One letter as one line: a JSON object that ends with a checksum of all that stands before it."""

import base64
import datetime
import hashlib
import json
from typing import Any

from ceilobatch.letter import Letter, Stage

_TEXTS = (
    "message_id",
    "event_type",
    "exchange",
    "topic",
    "pool",
    "driver",
    "error",
    "reason",
    "batch_id",
    "host",
    "worker",
    "version",
)
_CHECKSUM_START = b',"checksum":"'
_CHECKSUM_END = b'"}'
_DIGITS = 32
_TAIL = len(_CHECKSUM_START) + _DIGITS + len(_CHECKSUM_END)


def encode(letter: Letter) -> bytes:
    """The line of a letter, with its newline.

    The bytes of the message stand under ``body`` as text where they are UTF-8, else under
    ``body_base64``; never both. ``checksum`` is the last key: the 128-bit BLAKE2b of the line up
    to the comma in front of it. It shows damage and careless editing; it is not a signature.
    """
    start = _json(_record(letter))[:-1]
    return b"".join((start, _CHECKSUM_START, _digest(start), _CHECKSUM_END, b"\n"))


def decode(line: bytes) -> Letter:
    """The letter of a line, with or without its newline.

    :raises ValueError: the line is torn, was changed, or does not hold a letter; in one sentence.
    """
    record = _parse(_checked(line.removesuffix(b"\n")))
    try:
        return _letter(record)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the line does not hold a letter: {error!r}") from None


def _record(letter: Letter) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": letter.id,
        "recorded": letter.recorded.isoformat(),
        "stage": letter.stage.value,
    }
    record.update((name, getattr(letter, name)) for name in _TEXTS)
    try:
        record["body"] = letter.body.decode()
    except UnicodeDecodeError:
        record["body_base64"] = base64.b64encode(letter.body).decode()
    return record


def _json(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # JSON can carry half a surrogate pair into an id; UTF-8 cannot
        return json.dumps(record, separators=(",", ":")).encode()


def _digest(start: bytes) -> bytes:
    return hashlib.blake2b(start, digest_size=_DIGITS // 2).hexdigest().encode()


def _checked(line: bytes) -> bytes:
    start, tail = line[:-_TAIL], line[-_TAIL:]
    if not (tail.startswith(_CHECKSUM_START) and tail.endswith(_CHECKSUM_END)):
        raise ValueError("the line is torn: it does not end with its checksum")
    if tail[len(_CHECKSUM_START) : -len(_CHECKSUM_END)] != _digest(start):
        raise ValueError("the line was changed: its checksum does not match")
    return start + b"}"


def _parse(text: bytes) -> dict[str, Any]:
    record = json.loads(text.decode())
    if not isinstance(record, dict):
        raise ValueError("the line does not hold a letter: it is not an object")
    return record


def _letter(record: dict[str, Any]) -> Letter:
    return Letter(
        body=_body(record),
        stage=Stage(record["stage"]),
        recorded=datetime.datetime.fromisoformat(record["recorded"]),
        **{name: record[name] for name in _TEXTS},
    )


def _body(record: dict[str, Any]) -> bytes:
    if "body" in record:
        return str(record["body"]).encode()
    return base64.b64decode(record["body_base64"], validate=True)
