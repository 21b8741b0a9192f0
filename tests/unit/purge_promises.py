# SPDX-License-Identifier: Apache-2.0
"""What ``db purge`` promises on every database; a module gives the fixture ``url``."""

import concurrent.futures
import datetime
import threading

import pytest

from ceilobatch import retention
from ceilobatch.page import Page, Step

from .books_scene import DROP, Scene, good
from .purge_scene import NOW, OLD, open_storage, purging, take_in, with_old_and_new, write


class PurgePromises:
    @pytest.fixture
    def scene(self, tmp_path, url):
        return Scene(tmp_path, url, DROP)

    @pytest.fixture
    def purge(self, scene, capsys):
        return purging(scene, capsys)

    def count(self, scene, table):
        return scene.rows(f"SELECT count(*) FROM {table}")[0][0]

    def test_books_balance_after_events_and_samples_and_then_books_were_purged(self, scene, purge):
        with_old_and_new(scene)
        booked, samples = scene.figures(), self.count(scene, "sample")
        removed = purge("--what", "events", "--what", "samples")
        assert removed.pop("event") == (26, 0)
        assert removed == {"sample": (samples - self.count(scene, "sample"), 0)}
        assert scene.figures() == {**booked, "events": 10}
        for table in ("event", "sample", "sample_metadata"):
            (ids,) = scene.rows(f"SELECT count(DISTINCT message_id) FROM {table}")
            assert ids == (10,)
        removed = purge()
        assert removed["arrival"] == (7, 0)
        assert removed["batch"][0] > 0
        # Two types of two workers, and what was ignored.
        assert removed["ledger"] == (5, 0)
        left = scene.figures()
        assert (left["received"], left["stored"], left["ignored"]) == (13, 10, 3)
        assert self.count(scene, "arrival") == 3

    def test_what_is_in_flight_stays_until_it_has_landed(self, scene, purge):
        flying = Page(Step.OPEN, "b1", "gone/w0", "pool", OLD, {"t": 7})
        landing = flying._replace(batch_id="b2", worker="gone/w1")
        write(scene, flying, landing)
        write(scene, landing._replace(step=Step.CLOSE, counts={"t": {"stored": 7}}))
        assert purge() == {"ledger": (1, 1), "batch": (1, 0), "arrival": (0, 0)}
        assert scene.figures()["in_flight"] == 7
        write(scene, Page(Step.ABANDON, "", "gone/w0", "pool", NOW))
        assert (scene.figures()["in_flight"], scene.figures()["requeued"]) == (0, 7)
        assert purge() == {"ledger": (1, 0), "batch": (1, 0), "arrival": (0, 0)}
        assert scene.figures()["received"] == 0

    def test_two_purges_beside_an_agent_leave_the_books_balanced(self, scene):
        storage = open_storage(scene)
        take_in(storage, "old", 1200)
        storage.close()
        stop = threading.Event()

        def purge():
            rows = 0
            while not stop.is_set():
                for before in (
                    NOW - datetime.timedelta(days=50),
                    datetime.datetime.now(datetime.UTC),
                ):
                    removals = retention.purge(scene.load(), before, retention.WHAT)
                    rows += sum(one.rows for one in removals if one.table == "event")
            return rows

        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            purges = [threads.submit(purge) for _ in range(2)]
            try:
                scene.run(good(200), count=20)
            finally:
                stop.set()
            removed = sum(one.result(60) for one in purges)
        assert scene.figures()["events"] == self.count(scene, "event") == 1400 - removed
        assert removed >= 1200
