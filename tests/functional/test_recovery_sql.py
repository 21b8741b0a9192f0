# SPDX-License-Identifier: Apache-2.0
"""The SQL recovery in PostgreSQL and MariaDB."""

import time

import pytest
import sqlalchemy as sa

from ceilobatch import errors
from ceilobatch.plugins.recovery.sql_place import recovery_view
from ceilobatch.plugins.storage import sql_upgrade
from ceilobatch.testing.away import Away
from ceilobatch.testing.recovery import RecoveryOutageSuite

from .recovery_sql_promises import SqlRecoveryPromises
from .recovery_sql_setup import discarded, letter, numbered, open_recovery
from .servers import MariaDB, PostgreSQL, Server, wait_until


class ServerPromises(SqlRecoveryPromises):
    """Run by the subclasses, which have a fixture ``server``."""

    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_recovery_is_unavailable_while_the_server_is_down(self, recovery, server: Server, end):
        recovery.add([letter()])
        assert len(list(recovery.entries())) == 1
        getattr(server, end)()
        for call in _calls(recovery):
            with pytest.raises(errors.Unavailable) as caught:
                call()
            assert "secret" not in str(caught.value)
            assert "INSERT" not in str(caught.value)
            assert "\n" not in str(caught.value)
        server.start()
        recovery.probe()
        recovery.add([letter(), letter(b"two")])
        assert [entry.seen for entry in sorted(recovery.entries(), key=_body)] == [1, 2]
        assert recovery.change([discarded(letter())]) == [True]

    def test_server_that_ends_while_entries_are_read_is_unavailable(self, recovery, server):
        recovery.add(numbered(1000))
        entries = recovery.entries()
        first = [next(entries) for _ in range(500)]
        server.stop()
        with pytest.raises(errors.Unavailable):
            list(entries)
        server.start()
        assert list(recovery.entries())[:500] == first

    def test_recovery_can_be_constructed_while_the_server_is_down(self, server, url):
        server.stop()
        recovery = open_recovery(url)
        with pytest.raises(errors.Unavailable, match=r"^recovery: "):
            recovery.probe()
        server.start()
        recovery.add([letter()])
        recovery.close()

    def test_server_that_hangs_is_unavailable(self, server, url):
        recovery = open_recovery(url, connect_timeout=2, statement_timeout=1)
        recovery.add([letter()])
        server.pause()
        began = time.monotonic()
        for call in (lambda: recovery.add([letter(b"two")]), recovery.probe):
            with pytest.raises(errors.Unavailable):
                call()
        assert time.monotonic() - began < 15
        server.resume()
        wait_until(lambda: _works(recovery), what="the recovery to work again")
        recovery.add([letter(b"two")])
        assert {entry.body for entry in recovery.entries()} >= {b"{}", b"two"}
        recovery.close()

    def test_tables_are_not_made_unasked(self, url):
        recovery = open_recovery(url, auto_upgrade=False)
        for call in _calls(recovery):
            with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
                call()
        sql_upgrade.upgrade(recovery_view(recovery.conf))
        assert list(recovery.entries()) == []
        recovery.close()

    def test_nothing_is_added_while_somebody_holds_one_of_the_letters(self, url):
        recovery = open_recovery(url, statement_timeout=1)
        recovery.add([letter()])
        blocker = sa.create_engine(url)
        with blocker.connect() as connection:
            connection.exec_driver_sql("UPDATE letter SET seen = 7")
            with pytest.raises(errors.Unavailable):
                recovery.add([*numbered(20), letter()])
            assert [entry.seen for entry in recovery.entries()] == [1]
            connection.rollback()
        blocker.dispose()
        wait_until(lambda: _works(recovery))
        assert [entry.letter for entry in recovery.entries()] == [letter()]
        recovery.add([*numbered(20), letter()])
        assert [entry.seen for entry in recovery.entries()] == [2, *[1] * 20]
        recovery.close()


class TestPostgresql(ServerPromises, RecoveryOutageSuite):
    @pytest.fixture
    def server(self, postgresql: PostgreSQL) -> PostgreSQL:
        return postgresql

    @pytest.fixture
    def url(self, postgresql_url: str) -> str:
        return postgresql_url

    @pytest.fixture
    def away(self, server: PostgreSQL, url: str) -> Away:
        return lambda: server.closed(url)


class TestMariadb(ServerPromises):
    @pytest.fixture
    def server(self, mariadb: MariaDB) -> MariaDB:
        return mariadb

    @pytest.fixture
    def url(self, mariadb_url: str) -> str:
        return mariadb_url

    def test_message_that_the_server_does_not_take_is_told(self, recovery):
        recovery.probe()
        with pytest.raises(errors.Unavailable, match="max_allowed_packet"):
            recovery.add([letter(b"\0" * 20_000_000)])
        recovery.add([letter()])
        assert len(list(recovery.entries())) == 1


def _calls(recovery):
    return (
        lambda: recovery.add([letter()]),
        lambda: list(recovery.entries()),
        lambda: recovery.entry(letter().id),
        lambda: recovery.change([discarded(letter())]),
        lambda: recovery.remove([letter().id]),
        lambda: list(recovery.verify()),
        recovery.probe,
    )


def _body(entry):
    return entry.body


def _works(recovery):
    try:
        recovery.probe()
    except errors.Unavailable:
        return False
    return True
