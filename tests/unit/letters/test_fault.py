# SPDX-License-Identifier: Apache-2.0
"""The place at fault is found for every kind of broken message."""

import json
from typing import Any

import pytest

from ceilobatch.recovery import excerpt, fault
from ceilobatch.recovery.printed import marked
from ceilobatch.testing.notifications import BrokenKind, break_notification, generate

(GOOD,) = generate(1, seed=1)


def body(**changes: Any) -> bytes:
    whole = {"message_id": "m", "event_type": "e", "timestamp": "2024-05-17", "payload": {}}
    return json.dumps({**whole, **changes}).encode()


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (b"[]", ""),
        (b"", None),
        (body(payload=[]), "payload"),
        (body(payload=None), "payload"),
        (body(message_id=5), "message_id"),
        (body(event_type=""), "event_type"),
        (body(timestamp="noon"), "timestamp"),
        (b'{"oslo.version": "9.0", "oslo.message": "no"}', "oslo.version"),
        (b'{"oslo.version": "2.0", "oslo.message": {}}', "oslo.message"),
        (b'{"oslo.version": "2.0", "oslo.message": "[]"}', "oslo.message"),
        (b'{"oslo.version": "2.0", "oslo.message": "{}"}', "oslo.message.payload"),
    ],
)
def test_path_of_what_is_wrong_is_named(message: bytes, path: str | None) -> None:
    found = fault.find(message)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    "kind", [kind for kind in BrokenKind if kind.name[:3] not in {"NUL", "VOL"}]
)
def test_every_broken_message_has_a_place(kind: BrokenKind) -> None:
    found = fault.find(break_notification(GOOD, kind).wire)
    assert found is not None
    assert [found.byte, found.position, found.path] != [None, None, None]


def test_good_message_has_no_fault() -> None:
    assert fault.find(GOOD.envelope()) is None


def test_message_nested_too_deeply_has_the_whole_at_fault() -> None:
    found = fault.find(b"[" * 100_000)
    assert found is not None
    assert (found.path, found.reason) == ("", "the body is nested too deeply")


def test_caret_stands_below_the_character_in_a_long_line() -> None:
    text = "a\n" + "x" * 500 + "!" + "y" * 500 + "\nb"
    line, caret = excerpt.of_text(text, text.index("!")).split("\n")
    assert line[caret.index("^")] == "!"
    assert len(line) <= excerpt.WIDTH + 2


def test_dump_shows_the_rows_around_the_byte() -> None:
    rows = excerpt.of_bytes(bytes(range(256)), 0x8A).split("\n")
    assert [row[:8].strip() for row in rows] == [
        "00000060",
        "00000070",
        "00000080",
        "",
        "00000090",
        "000000a0",
    ]
    assert rows[2].index("8a") == rows[3].index("^^")


def test_printed_json_is_json_but_for_its_marks() -> None:
    value = {"a": [1, {"b.c": None}, [], {}], "ü": "x"}
    assert json.loads(marked(value, {})) == value
    printed = marked(value, {"a.[1].b.c": "here", "": "all"})
    assert '"b.c": null  <-- here' in printed
    assert printed.startswith("{  <-- all\n")
