# SPDX-License-Identifier: Apache-2.0
r"""Turns letters and changes into rows and back; each row has a checksum over what it says.

A text stands in its column as it is, but for characters that not every database keeps: NUL is
written as ``\u0000``, half a surrogate pair as ``\ud800`` and the like, and so that this can be
read back a backslash as two.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ceilobatch.letter import Action, Change, Letter, Stage
from ceilobatch.plugins.storage.sql_rows import Row, iso
from ceilobatch.plugins.storage.sql_schema import LETTER, LETTER_CHANGE

TEXTS = (
    "error",
    "reason",
    "message_id",
    "event_type",
    "exchange",
    "topic",
    "pool",
    "driver",
    "batch_id",
    "host",
    "worker",
    "version",
)
_UNKEPT = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")
_DIGEST_BYTES = 16


def letter_row(letter: Letter) -> Row:
    """The columns of ``letter`` that never change, with their checksum."""
    row: Row = {
        "id": letter.id,
        "recorded": letter.recorded,
        "stage": letter.stage.value,
        "headers": json.dumps(dict(letter.headers), default=_plain, separators=(",", ":")),
        "size": len(letter.body),
        "body": letter.body,
    }
    row.update((name, escaped(getattr(letter, name))) for name in TEXTS)
    row["checksum"] = checksum(row, LETTER_SAYS)
    return row


def letter_of(row: Mapping[Any, Any]) -> Letter:
    """The letter of a row.

    :raises ValueError: there is none in it, or another than its id says; in one sentence.
    """
    _check(row, LETTER_SAYS)
    texts: dict[str, Any] = {name: unescaped(row[name]) for name in TEXTS}
    letter = Letter(
        body=bytes(row["body"]),
        stage=Stage(row["stage"]),
        recorded=row["recorded"],
        headers=json.loads(row["headers"]),
        **texts,
    )
    if letter.id != row["id"]:
        raise ValueError("the letter has another id than its message gives")
    return letter


def change_row(change: Change) -> Row:
    """The row of ``letter_change``."""
    row: Row = {
        "letter_id": change.letter_id,
        "revision": change.revision,
        "action": change.action.value,
        "who": escaped(change.who),
        "changed": change.when,
        "digest_before": escaped(change.before),
        "digest_after": escaped(change.after),
        "result": escaped(change.result),
        "body": change.body,
    }
    row["checksum"] = checksum(row, CHANGE_SAYS)
    return row


def change_of(row: Mapping[Any, Any]) -> Change:
    """The change of a row.

    :raises ValueError: there is none in it; in one sentence.
    """
    _check(row, CHANGE_SAYS)
    return Change(
        row["letter_id"],
        row["revision"],
        Action(row["action"]),
        _text(row["who"]),
        row["changed"],
        _text(row["digest_before"]),
        _text(row["digest_after"]),
        _text(row["result"]),
        None if row["body"] is None else bytes(row["body"]),
    )


def checksum(row: Mapping[Any, Any], columns: Iterable[str]) -> str:
    """The 128-bit BLAKE2b of the values, each with its kind and length, in hexadecimal digits.

    It shows damage and careless editing; it is not a signature.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for column in columns:
        value = row[column]
        encoded = _ENCODE[type(value)](value)
        digest.update(b"%s %d " % (type(value).__name__.encode(), len(encoded)))
        digest.update(encoded)
    return digest.hexdigest()


def escaped(text: str | None) -> str | None:
    """A text without what some database does not keep."""
    return None if text is None else _UNKEPT.sub(_escape, str(text))


def unescaped(text: str | None) -> str | None:
    """What :func:`escaped` was given."""
    return None if text is None else _text(text)


def _text(text: str) -> str:
    return _ESCAPED.sub(_unescape, text) if "\\" in text else text


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return "\\\\" if character == "\\" else f"\\u{ord(character):04x}"


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else "\\"


def _check(row: Mapping[Any, Any], columns: Iterable[str]) -> None:
    if checksum(row, columns) != row["checksum"]:
        raise ValueError("it was changed: its checksum does not match")


def _plain(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


_ENCODE: Mapping[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"",
    str: str.encode,
    bytes: bytes,
    int: lambda number: str(number).encode(),
    datetime.datetime: lambda moment: iso(moment).encode(),
}


def _says(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that stand before the checksum."""
    columns = list(names)
    return tuple(columns[: columns.index("checksum")])


LETTER_SAYS = _says(LETTER.c.keys())
CHANGE_SAYS = _says(LETTER_CHANGE.c.keys())
