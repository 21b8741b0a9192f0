# SPDX-License-Identifier: Apache-2.0
"""Letters and changes for the recovery suite, and short ways to add, read and change them."""

import contextlib
import datetime
from collections.abc import Callable, Sequence
from typing import Any

from ceilobatch.letter import Action, Change, Entry, Letter, Stage, digest
from ceilobatch.plugins.base import Damage, Recovery

Make = Callable[[], Recovery]
NOON = datetime.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)
NOBODY = "0" * 16
BODIES = {
    "JSON": b'{"event_type": "instance.create"}',
    "empty": b"",
    "NUL": b"\x00\x01a\x00",
    "not UTF-8": b"\xff\xfe\xed\xa0\x80",
    "every byte": bytes(range(256)),
    "line ends": b"one\r\ntwo\n\xe2\x80\xa8three",
    "beyond the basic plane": "größe 測試 😀".encode(),
    "escapes": b"\\u0000 \\x00 %s {} ' \" ; --",
    "a mebibyte of text": b"x" * (1 << 20),
    "a mebibyte of bytes": bytes(range(256)) * 4096,
}
HEADERS = {
    "a text": "größe 😀",
    "a number": 2**53,
    "a fraction": 0.1,
    "nothing": None,
    "true": True,
    "nested": {"x-death": [{"count": 1, "queue": "notifications.info"}], "": []},
}
ODD_TEXT = "größe 😀 \x00 ' \" \\ %s \n \ud800 \\u0000"


def letter(body: bytes = b"{}", minutes: int = 0, **fields: Any) -> Letter:
    """A letter that was recorded so many minutes after noon."""
    wanted: dict[str, Any] = {
        "stage": Stage.DECODE,
        "error": "Malformed",
        "reason": "the message is not JSON",
        "recorded": NOON + datetime.timedelta(minutes=minutes),
    }
    return Letter(body, **{**wanted, **fields})


def letters(count: int, prefix: str = "letter") -> list[Letter]:
    """Letters with bodies of their own, a minute after each other."""
    return [letter(f"{prefix} {number}".encode(), number) for number in range(count)]


def change(entry: Entry, action: Action = Action.FAILED, **fields: Any) -> Change:
    """The change that would follow next on an entry as it was read."""
    body = fields.get("body")
    wanted: dict[str, Any] = {
        "letter_id": entry.id,
        "revision": entry.revision,
        "action": action,
        "who": "ann@control-1",
        "when": NOON + datetime.timedelta(hours=1, minutes=entry.revision),
        "before": digest(entry.body),
        "after": digest(entry.body if body is None else body),
        "result": "the storage refused it again",
    }
    return Change(**{**wanted, **fields})


def keep(make: Make, added: Sequence[Letter]) -> None:
    """Add letters through a driver of their own."""
    with contextlib.closing(make()) as recovery:
        recovery.add(added)


def read(make: Make) -> list[Entry]:
    """All entries, through a driver of its own."""
    with contextlib.closing(make()) as reader:
        return list(reader.entries())


def find(make: Make, letter_id: str) -> Entry | None:
    """One entry, through a driver of its own."""
    with contextlib.closing(make()) as reader:
        return reader.entry(letter_id)


def get(make: Make, letter_id: str) -> Entry:
    """One entry that must be there."""
    entry = find(make, letter_id)
    assert entry is not None, f"entry({letter_id!r}) is None though that letter was added."
    return entry


def apply(make: Make, *changes: Change) -> list[bool]:
    """Change letters through a driver of its own."""
    with contextlib.closing(make()) as reader:
        return reader.change(changes)


def erase(make: Make, *letter_ids: str) -> int:
    """Remove letters through a driver of its own."""
    with contextlib.closing(make()) as reader:
        return reader.remove(letter_ids)


def examine(make: Make) -> list[Damage]:
    """What verify finds, through a driver of its own."""
    with contextlib.closing(make()) as reader:
        return list(reader.verify())


def bodies(entries: Sequence[Entry]) -> list[bytes]:
    """The messages as they came."""
    return [entry.letter.body for entry in entries]
