# SPDX-License-Identifier: Apache-2.0
"""JSON objects as single lines that end with a checksum of all that stands before it."""

import hashlib
import json
from typing import Any

_CHECKSUM_START = b',"checksum":"'
_CHECKSUM_END = b'"}'
_DIGITS = 32
_TAIL = len(_CHECKSUM_START) + _DIGITS + len(_CHECKSUM_END)


def seal(record: dict[str, Any]) -> bytes:
    """The line of a record that is not empty, with its newline.

    ``checksum`` is the last key: the 128-bit BLAKE2b of the line up to the comma in front of it.
    It shows damage and careless editing; it is not a signature.
    """
    start = _json(record)[:-1]
    return b"".join((start, _CHECKSUM_START, _digest(start), _CHECKSUM_END, b"\n"))


def unseal(line: bytes) -> dict[str, Any]:
    """The record of a line, with or without its newline.

    :raises ValueError: the line is torn or was changed; in one sentence.
    """
    record = json.loads(_checked(line.removesuffix(b"\n")).decode())
    if not isinstance(record, dict):
        raise ValueError("the line does not hold a letter: it is not an object")
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
