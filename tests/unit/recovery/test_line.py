# SPDX-License-Identifier: Apache-2.0
"""One letter, change or removal as one line."""

import json

import pytest

from ceilobatch.letter import Action, Stage
from ceilobatch.plugins.recovery import line, seal
from tests.unit.recovery.killed import failed
from tests.unit.recovery.letter_writer import letter

BODIES = [
    b"",
    b"{}",
    '{"name": "größe 測試"}'.encode(),
    b"line one\nline two\r\n",
    b"\x00\x01nul",
    b"\xff\xfe not UTF-8",
    "\u2028\u2029\ufeff".encode(),
    b"\xed\xa0\x80 half a surrogate pair",
    bytes(range(256)),
]


@pytest.mark.parametrize("body", BODIES)
def test_letter_with_any_bytes_survives_its_line(body: bytes) -> None:
    original = letter(
        body,
        stage=Stage.STORE_EVENT,
        message_id="m",
        event_type="e",
        exchange="nova",
        topic="notifications.info",
        pool="p",
        driver="sql",
        batch_id="b",
        host="h",
        worker="w",
        version="1.0",
    )
    assert line.decode(line.encode(original)) == original


def test_message_id_of_half_a_surrogate_pair_survives() -> None:
    original = letter(message_id="\ud800", reason="größe \udfff")
    assert line.decode(line.encode(original)) == original


def test_text_stands_readable_and_other_bytes_as_base64() -> None:
    text = json.loads(line.encode(letter('{"größe": 1}'.encode())))
    other = json.loads(line.encode(letter(b"\xff")))
    assert text["body"] == '{"größe": 1}'
    assert "body_base64" not in text
    assert other["body_base64"] == "/w=="
    assert "body" not in other


def test_letter_is_one_line_whatever_it_holds() -> None:
    encoded = line.encode(letter(b"a\nb", reason="two\nlines"))
    assert encoded.count(b"\n") == 1
    assert encoded.endswith(b"\n")


@pytest.mark.parametrize("length", [0, 1, 10, -2, -10, -60])
def test_torn_line_is_refused_wherever_it_is_torn(length: int) -> None:
    with pytest.raises(ValueError, match="torn"):
        line.decode(line.encode(letter())[:length])


def test_every_changed_byte_is_noticed() -> None:
    encoded = line.encode(letter())
    for position in range(len(encoded) - 1):
        changed = bytearray(encoded)
        changed[position] ^= 1
        with pytest.raises(ValueError, match=r"torn|changed"):
            line.decode(bytes(changed))


def test_correct_checksum_over_something_else_is_not_a_letter() -> None:
    start = b'{"stage":"nowhere"'
    forged = start + b',"checksum":"' + seal._digest(start) + b'"}\n'
    with pytest.raises(ValueError, match="does not hold a letter"):
        line.decode(forged)


def test_line_that_was_written_before_there_were_headers_is_read() -> None:
    old = (
        b'{"id":"410ad5da4d4d8a80","recorded":"2024-05-17T12:30:00+00:00","stage":"decode",'
        b'"message_id":"m-1","event_type":null,"exchange":"nova","topic":"","pool":"","driver":"",'
        b'"error":"Malformed","reason":"the body is empty","batch_id":"","host":"","worker":"",'
        b'"version":"","body":"{\\"a\\": 1}","checksum":"6ee4d5bdb1a895cdf40345ae143b8966"}\n'
    )
    assert line.decode(old) == letter(b'{"a": 1}', message_id="m-1", exchange="nova")


def test_headers_stand_in_the_line_where_there_are_any() -> None:
    headers = {"x-death": [{"count": 2}], "gr\u00f6\u00dfe": None, "rate": 0.5}
    assert line.decode(line.encode(letter(headers=headers))) == letter(headers=headers)
    assert b"headers" not in line.encode(letter())


@pytest.mark.parametrize("body", [None, b"", b"{}", b"\xff\x00"])
def test_change_survives_its_line(body: bytes | None) -> None:
    action = Action.DISCARDED if body is None else Action.EDITED
    change = failed("id", 3, b"{}")._replace(action=action, body=body, result="why\n\ud800")
    encoded = line.encode(change)
    assert line.decode(encoded) == change
    assert encoded.count(b"\n") == 1


def test_removal_survives_its_line() -> None:
    removal = line.Removal(("a" * 16, "b" * 16))
    assert line.decode(line.encode(removal)) == removal
