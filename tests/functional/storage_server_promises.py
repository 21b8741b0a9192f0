# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage promises where a server can go away."""

import threading
import time

import pytest
import sqlalchemy as sa

from ceilobatch import errors
from ceilobatch.model import DUPLICATE, STORED, Status
from ceilobatch.plugins.storage import sql_query, sql_upgrade
from ceilobatch.plugins.storage.sql import SqlStorage

from .servers import Server, wait_until
from .storage_promises import StoragePromises
from .storage_setup import configure, event, sample


class ServerPromises(StoragePromises):
    """Run by the subclasses, which have a fixture ``server``."""

    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_storage_is_unavailable_while_the_server_is_down(self, storage, server: Server, end):
        assert storage.store([event("before")]) == [STORED]
        getattr(server, end)()
        for call in (lambda: storage.store([event("during")]), storage.probe):
            with pytest.raises(errors.Unavailable) as caught:
                call()
            assert "secret" not in str(caught.value)
            assert "INSERT" not in str(caught.value)
            assert "\n" not in str(caught.value)
        server.start()
        storage.probe()
        assert storage.store([event("before"), event("during")]) == [DUPLICATE, STORED]

    def test_storage_can_be_constructed_while_the_server_is_down(self, server, url):
        server.stop()
        storage = SqlStorage(configure(url))
        with pytest.raises(errors.Unavailable):
            storage.probe()
        server.start()
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_connection_that_was_cut_meanwhile_is_made_anew(self, storage, server):
        storage.store([event()])
        server.restart()
        assert storage.store([event(), event("two")]) == [DUPLICATE, STORED]

    def test_server_that_hangs_is_unavailable(self, server, url):
        conf = configure(url, connect_timeout=2, statement_timeout=1)
        storage = SqlStorage(conf)
        storage.store([event()])
        server.pause()
        began = time.monotonic()
        for call in (lambda: storage.store([event("two")]), storage.probe):
            with pytest.raises(errors.Unavailable):
                call()
        assert time.monotonic() - began < 15
        server.resume()
        wait_until(lambda: _works(storage), what="the storage to work again")
        assert storage.store([event(), event("three")]) == [DUPLICATE, STORED]
        storage.close()

    def test_commit_that_is_lost_leaves_nothing_unknown_in_the_end(self, storage, server, conf):
        storage.probe()
        items = [event(f"{number}") for number in range(20_000)]
        ended = threading.Event()
        results = []

        def store() -> None:
            for begin in range(0, len(items), 500):
                while True:
                    try:
                        results.append(storage.store(items[begin : begin + 500]))
                        break
                    except errors.Unavailable:
                        wait_until(lambda: _works(storage))
            ended.set()

        thread = threading.Thread(target=store)
        thread.start()
        while not ended.wait(0.1):
            server.kill()
            server.start()
        thread.join()
        assert sum(map(len, results)) == len(items)
        assert sum(1 for _ in sql_query.list_events(conf, limit=None)) == len(items)

    def test_lock_that_is_not_released_is_unavailable(self, url, server):
        storage = SqlStorage(configure(url, statement_timeout=1))
        storage.probe()
        blocker = sa.create_engine(url)
        with blocker.connect() as connection:
            connection.exec_driver_sql(self.insertion)
            with pytest.raises(errors.Unavailable):
                storage.store([event()])
            connection.rollback()
        blocker.dispose()
        wait_until(lambda: _works(storage))
        assert storage.store([event()]) == [STORED]
        storage.close()

    insertion = (
        "INSERT INTO event (message_id, event_type, generated, traits)"
        " VALUES ('one', 'x', '2026-01-01 00:00:00', '{}')"
    )

    def test_what_only_the_database_refuses_is_refused_alone(self, storage):
        samples = [sample(f"{number}") for number in range(300)]
        for place in (0, 7, 8, 150, 299):
            samples[place] = samples[place]._replace(type="a type that is too long")
        results = storage.store(samples)
        refused = [n for n, result in enumerate(results) if result.status is Status.REJECTED]
        assert refused == [0, 7, 8, 150, 299]
        assert results.count(STORED) == 295
        assert "type" in results[7].reason or "too long" in results[7].reason

    def test_reading_says_that_the_server_is_down(self, conf, server):
        sql_upgrade.upgrade(conf)
        server.stop()
        with pytest.raises(errors.Unavailable):
            list(sql_query.list_events(conf))
        with pytest.raises(errors.Unavailable):
            sql_upgrade.upgrade(conf)

    def test_wrong_password_is_told_without_it(self, url):
        storage = SqlStorage(configure(url.replace(":secret@", ":geheim@")))
        with pytest.raises(errors.Unavailable) as caught:
            storage.probe()
        assert "geheim" not in str(caught.value)
        assert "ceilobatch" in str(caught.value)


def _works(storage: SqlStorage) -> bool:
    try:
        storage.probe()
    except errors.Unavailable:
        return False
    return True
