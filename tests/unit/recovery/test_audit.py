# SPDX-License-Identifier: Apache-2.0
"""What verify finds: every kind of damage, with its place, and nothing where all is well."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from ceilobatch.letter import Action, Change, digest
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.file import FileRecovery
from ceilobatch.plugins.recovery.line import Removal
from tests.unit.recovery.killed import failed
from tests.unit.recovery.letter_writer import bodies, letter, open_recovery

ONE, TWO = letter(b"1"), letter(b"2")
NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
Written = Callable[..., FileRecovery]


@pytest.fixture
def written(directory: Path) -> Written:
    """A recovery in whose only file just these lines stand."""

    def write(*records: line.Record | bytes) -> FileRecovery:
        directory.mkdir(parents=True)
        lines = [one if isinstance(one, bytes) else line.encode(one) for one in records]
        (directory / "letters-000001.jsonl").write_bytes(b"".join(lines))
        return open_recovery(str(directory))

    return write


def edit(revision: int, before: bytes, after: bytes) -> Change:
    digests = digest(before), digest(after)
    return Change(ONE.id, revision, Action.EDITED, "me", NOW, *digests, "typo", after)


def test_letters_changes_and_removals_in_order_are_no_damage(written: Written) -> None:
    recovery = written(
        ONE, TWO, edit(0, b"1", b"x"), ONE, failed(ONE.id, 1, b"x"), Removal((TWO.id,)), TWO
    )
    assert list(recovery.verify()) == []
    assert bodies(recovery) == [b"1", b"2"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (failed(TWO.id, 0, b"2"), "which is not there"),
        (failed(ONE.id, 1, b"1"), "its change 0 was due"),
        (failed(ONE.id, 0, b"wrong"), "the digest before the change 0"),
        (edit(0, b"1", b"x")._replace(after=digest(b"wrong")), "the digest after the change 0"),
        (failed(ONE.id, 0, b"1")._replace(after=digest(b"x")), "the digest after the change 0"),
        (failed(ONE.id, 0, b"1")._replace(body=b"1"), "is no edit"),
        (edit(0, b"1", b"1")._replace(body=None), "is no edit"),
    ],
)
def test_change_that_does_not_fit_its_letter_is_found(
    written: Written, directory: Path, change: Change, reason: str
) -> None:
    damage = list(written(ONE, change).verify())
    place = f"{directory / 'letters-000001.jsonl'}, line 2 (byte {len(line.encode(ONE))})"
    assert {found.place for found in damage} == {place}
    assert any(reason in found.reason for found in damage)
    assert all(change.letter_id in found.reason for found in damage)


def test_lost_change_is_noticed_at_the_next_one(written: Written) -> None:
    recovery = written(ONE, failed(ONE.id, 0, b"1"), failed(ONE.id, 2, b"1"))
    (damage,) = recovery.verify()
    assert "is the change 2" in damage.reason
    assert "its change 1 was due" in damage.reason


def test_every_line_that_was_changed_or_torn_is_told_with_its_place(
    written: Written, directory: Path
) -> None:
    good, bad = line.encode(ONE), line.encode(TWO).replace(b'"body":"2"', b'"body":"7"')
    damage = list(written(good, bad, good, bad[:40] + b"\n", good, b"\n").verify())
    file = directory / "letters-000001.jsonl"
    second, fourth = len(good), 2 * len(good) + len(bad)
    assert [(found.place, found.reason.partition(":")[0]) for found in damage] == [
        (f"{file}, line 2 (byte {second})", "the line was changed"),
        (f"{file}, line 4 (byte {fourth})", "the line is torn"),
        (f"{file}, line 6 (byte {fourth + 41 + len(good)})", "the line is torn"),
    ]


def test_last_line_that_lost_its_end_is_damage(recovery: FileRecovery, directory: Path) -> None:
    recovery.add([ONE])
    recovery.add([TWO])
    (file,) = directory.glob("letters-*")
    file.write_bytes(file.read_bytes()[:-20])
    (damage,) = recovery.verify()
    assert ", line 2 (byte" in damage.place
    assert "torn" in damage.reason


def test_rest_of_an_erased_letter_is_no_damage(written: Written) -> None:
    recovery = written(failed(ONE.id, 0, b"1"), failed(ONE.id, 1, b"1"), Removal((ONE.id,)), ONE)
    assert list(recovery.verify()) == []
    assert [entry.revision for entry in recovery.entries()] == [0]


def test_store_is_verified_as_it_was_while_others_remove(
    recovery: FileRecovery, directory: Path
) -> None:
    small = open_recovery(str(directory), max_bytes=1)
    for one in (ONE, TWO):
        small.add([one])
        small.change([failed(one.id, 0, one.body)])
    (directory / "letters-000002.jsonl").write_bytes(b"nonsense\n")
    reading = recovery.verify()
    assert "torn" in next(reading).reason
    small.remove([TWO.id])
    assert list(reading) == []
