# SPDX-License-Identifier: Apache-2.0
"""The SQL recovery in an SQLite file."""

import logging
import resource
import sqlite3
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.letter import Action, Change, digest
from tests.functional.recovery_sql_promises import SqlRecoveryPromises
from tests.functional.recovery_sql_setup import NOON, edited, letter, open_recovery


class TestSqlite(SqlRecoveryPromises):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/letters.sqlite"

    @pytest.mark.parametrize(
        ("statement", "place", "reason"),
        [
            ("UPDATE letter SET reason = 'harmless' WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET recorded = '2020-01-01 00:00:00' WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET message_id = NULL WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET body = :bytes WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET stage = 'no such' WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET headers = '{' WHERE id = :id", "", "checksum"),
            ("UPDATE letter SET seen = 0 WHERE id = :id", "", "seen"),
            ("UPDATE letter_change SET who = 'x' WHERE revision = 1", ", change 1", "checksum"),
            ("UPDATE letter_change SET body = :bytes WHERE revision = 0", ", change 0", "checksum"),
            ("UPDATE letter_change SET body = NULL WHERE revision = 0", ", change 0", "checksum"),
            ("UPDATE letter_change SET revision = 5 WHERE revision = 1", ", change 5", "checksum"),
            ("DELETE FROM letter_change WHERE revision = 0", ", change 0", "missing"),
            ("DELETE FROM letter_change WHERE revision = 1", ", change 1", "missing"),
            ("UPDATE letter SET changes = 1 WHERE id = :id", ", change 1", "knows nothing"),
        ],
    )
    def test_any_tampering_is_found(self, recovery, execute, caplog, statement, place, reason):
        mine, other = letter(), letter(b"other")
        recovery.add([mine, other])
        new = digest(b"new")
        discard = Change(mine.id, 1, Action.DISCARDED, "me", NOON, new, new)
        assert recovery.change([edited(mine, b"new"), discard]) == [True, True]
        assert list(recovery.verify()) == []
        names = {"id": mine.id, "bytes": b"tampered"}
        execute(statement, **{key: names[key] for key in names if f":{key}" in statement})
        damages = list(recovery.verify())
        assert (f"letter {mine.id}{place}", True) in [
            (d.place, reason in d.reason) for d in damages
        ]
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert [entry.letter for entry in recovery.entries()] == [other]
        assert recovery.entry(mine.id) is None
        assert len(caplog.records) == len(damages)
        assert recovery.remove([mine.id]) == 1
        assert list(recovery.verify()) == []

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE letter SET body = 'a text' WHERE id = :id",
            "UPDATE letter SET recorded = 'yesterday' WHERE id = :id",
            "UPDATE letter SET reason = x'ff' WHERE id = :id",
            "UPDATE letter SET headers = 1 WHERE id = :id",
            "UPDATE letter SET size = 'large' WHERE id = :id",
            "UPDATE letter SET added = 'early' WHERE id = :id",
            "UPDATE letter SET seen = 'often' WHERE id = :id",
            "UPDATE letter SET last = 'never' WHERE id = :id",
            "UPDATE letter SET changes = 'some' WHERE id = :id",
            "UPDATE letter_change SET changed = 'later'",
            "UPDATE letter_change SET body = 'a text'",
            "UPDATE letter_change SET revision = 'first'",
        ],
    )
    def test_value_of_another_type_damages_only_its_letter(self, recovery, execute, statement):
        mine, other = letter(), letter(b"other")
        recovery.add([mine, other])
        assert recovery.change([edited(mine, b"new")]) == [True]
        execute(statement, **({"id": mine.id} if ":id" in statement else {}))
        entries = {entry.id: entry for entry in recovery.entries()}
        if "added" in statement:
            assert set(entries) == {mine.id, other.id}
            return
        assert set(entries) == {other.id}
        assert {damage.place.partition(",")[0] for damage in recovery.verify()} == {
            f"letter {mine.id}"
        }

    def test_reading_makes_no_file(self, recovery, tmp_path):
        assert list(recovery.entries()) == []
        assert recovery.entry(letter().id) is None
        assert list(recovery.verify()) == []
        assert list(tmp_path.iterdir()) == []

    def test_other_writer_that_does_not_end_is_unavailable(self, url, tmp_path):
        recovery = open_recovery(url, statement_timeout=1)
        recovery.add([letter()])
        other = sqlite3.connect(tmp_path / "letters.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.Unavailable, match=r"^recovery: .*locked"):
            recovery.add([letter(b"two")])
        assert [entry.letter for entry in recovery.entries()] == [letter()]
        other.execute("ROLLBACK")
        other.close()
        recovery.add([letter(b"two")])
        recovery.close()

    def test_disk_that_takes_no_more_is_unavailable_until_it_does(self, recovery):
        recovery.add([letter()])
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # The kernel refuses what goes beyond, as a full disk does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            for _ in range(2):
                with pytest.raises(errors.Unavailable):
                    recovery.add([letter(b"two"), letter(b"large" * 100_000)])
            assert [entry.letter for entry in recovery.entries()] == [letter()]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        recovery.add([letter(b"two"), letter(b"large" * 100_000)])
        assert len(list(recovery.entries())) == 3
        assert list(recovery.verify()) == []

    def test_file_that_is_no_database_is_unavailable(self, recovery, tmp_path):
        (tmp_path / "letters.sqlite").write_bytes(b"no database" * 1000)
        with pytest.raises(errors.Unavailable, match="not a database"):
            recovery.add([letter()])
        with pytest.raises(errors.Unavailable, match="not a database"):
            list(recovery.entries())

    def test_letters_are_in_the_state_database_where_no_other_is_named(self, tmp_path):
        recovery = open_recovery("", state_path=str(tmp_path / "state"), auto_upgrade=None)
        recovery.add([letter()])
        recovery.close()
        database = sqlite3.connect(tmp_path / "state" / "state.sqlite")
        assert database.execute("SELECT id FROM letter").fetchall() == [(letter().id,)]
        database.close()

    @pytest.mark.parametrize(
        "connection", ["no url", "oracle://host/name", "sqlite:////nowhere/at/all/letters.sqlite"]
    )
    def test_connection_that_cannot_be_used_names_its_option(self, connection):
        with pytest.raises(errors.ConfigurationError) as caught:
            open_recovery(connection)
        (problem,) = caught.value.problems
        assert problem.startswith("[recovery_sql] connection")
