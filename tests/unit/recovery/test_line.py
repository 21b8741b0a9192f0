# SPDX-License-Identifier: Apache-2.0
"""One letter as one line."""

import json

import pytest

from ceilobatch.letter import Stage
from ceilobatch.plugins.recovery import line
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
    forged = start + b',"checksum":"' + line._digest(start) + b'"}\n'
    with pytest.raises(ValueError, match="does not hold a letter"):
        line.decode(forged)
