# SPDX-License-Identifier: Apache-2.0
"""Lines of letters prove what they hold, and are taken in as often as one likes."""

import dataclasses
import datetime
import json

import pytest

from ceilobatch import errors
from ceilobatch.letter import Action, Change, Letter, Stage, digest
from ceilobatch.recovery import record, transfer
from ceilobatch.testing.memory import MemoryRecovery

NOW = datetime.datetime(2024, 5, 17, 12, 30, 1, 250000, tzinfo=datetime.UTC)
LETTER = Letter(b'{"a": "\xc3\xbc"}', Stage.DECODE, "Malformed", "why", NOW, headers={"n": 1.5})
BINARY = dataclasses.replace(LETTER, body=b"\xff\x00", message_id="half \ud800", event_type="e")


def changed(letter: Letter, *bodies: bytes) -> list[Change]:
    changes, before = [], letter.body
    for revision, body in enumerate(bodies):
        marks = digest(before), digest(body)
        changes.append(
            Change(letter.id, revision, Action.EDITED, "me@desk", NOW, *marks, "because", body)
        )
        before = body
    return changes


@pytest.fixture
def origin() -> MemoryRecovery:
    recovery = MemoryRecovery()
    recovery.add([LETTER, BINARY, dataclasses.replace(LETTER, recorded=NOW.replace(hour=13))])
    recovery.change(changed(LETTER, b"{}", b"\xfe"))
    return recovery


def lines(recovery: MemoryRecovery) -> list[bytes]:
    return list(transfer.write(recovery.entries()))


def test_line_gives_the_entry_again(origin: MemoryRecovery) -> None:
    assert [record.decode(line) for line in lines(origin)] == list(origin.entries())
    assert all(line.isascii() and line.endswith(b"\n") for line in lines(origin))


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_torn_line_is_refused(origin: MemoryRecovery, length: int) -> None:
    with pytest.raises(ValueError, match="it is not JSON, or torn"):
        record.decode(lines(origin)[0][:length])


def test_every_changed_byte_is_noticed(origin: MemoryRecovery) -> None:
    line = lines(origin)[1].rstrip()
    for place in range(len(line)):
        with pytest.raises(ValueError, match=r"^it "):
            record.decode(line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :])


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id", "0" * 16, "the id '0000000000000000' is not that of its message"),
        ("digest", "0", "the digest is not that of its message"),
        ("body", "other", "the id .* is not that of its message"),
        ("seen", 0, "seen is 0"),
        ("stage", "nowhere", "it holds no letter"),
        ("recorded", "2024-05-17T12:30:00", "names no zone"),
        ("exchange", None, "exchange is None"),
        ("history", [{}], "it holds no letter"),
        ("format", "letter-9", "it has the unknown format 'letter-9'"),
    ],
)
def test_line_that_proves_nothing_is_refused(
    origin: MemoryRecovery, field: str, value: object, sentence: str
) -> None:
    fields = json.loads(lines(origin)[0])
    with pytest.raises(ValueError, match=sentence):
        record.decode(sealed({**fields, field: value}))


def test_history_whose_digests_do_not_follow_is_refused(origin: MemoryRecovery) -> None:
    fields = json.loads(lines(origin)[0])
    fields["history"][1]["before"] = "0"
    with pytest.raises(ValueError, match="the digests of change 2 are not those"):
        record.decode(sealed(fields))


def sealed(fields: dict[str, object]) -> bytes:
    """The line of somebody who knows how its checksum is made."""
    del fields["checksum"]
    return json.dumps({**fields, "checksum": record.checksum(fields)}).encode()


@pytest.mark.parametrize("times", [1, 2])
def test_lines_may_be_taken_in_again(origin: MemoryRecovery, times: int) -> None:
    there = MemoryRecovery()
    for _ in range(times):
        answers = list(transfer.read_into(there, lines(origin)))
    assert list(there.entries()) == list(origin.entries())
    assert [answer.added for answer in answers] == [times == 1] * 2


def test_letter_that_stands_twice_in_the_lines_is_taken_once(origin: MemoryRecovery) -> None:
    there = MemoryRecovery()
    answers = list(transfer.read_into(there, lines(origin) * 2))
    assert list(there.entries()) == list(origin.entries())
    assert [answer.added for answer in answers] == [True, True, False, False]


def test_older_history_changes_nothing(origin: MemoryRecovery) -> None:
    older = MemoryRecovery()
    older.add([LETTER])
    before = list(origin.entries())
    (answer,) = transfer.read_into(origin, lines(older))
    assert (answer.added, answer.changes, answer.refusal) == (False, 0, "")
    assert list(origin.entries()) == before


def test_other_history_is_refused(origin: MemoryRecovery) -> None:
    other = MemoryRecovery()
    other.add([LETTER])
    other.change(changed(LETTER, b"{}", b"[]"))
    before = list(origin.entries())
    (answer,) = transfer.read_into(origin, lines(other))
    assert "has another history here from change 2 on (edited by me@desk)" in answer.refusal
    assert list(origin.entries()) == before


def test_import_into_a_store_that_is_down_can_be_repeated(origin: MemoryRecovery) -> None:
    there = MemoryRecovery()
    there.down = True
    with pytest.raises(errors.Unavailable):
        list(transfer.read_into(there, lines(origin)))
    there.down = False
    list(transfer.read_into(there, lines(origin)))
    assert list(there.entries()) == list(origin.entries())
