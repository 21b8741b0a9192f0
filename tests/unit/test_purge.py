# SPDX-License-Identifier: Apache-2.0
"""``db purge`` in SQLite, and which databases it looks into."""

import pytest

from ceilobatch import retention
from ceilobatch.cmd.main import main
from ceilobatch.model import Event, Sample
from ceilobatch.page import Arrival, Page, Step

from .books_scene import DROP, Scene, good
from .purge_promises import PurgePromises
from .purge_scene import OLD, open_storage, purging, with_old_and_new, write


class TestSqlite(PurgePromises):
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path / 'events.sqlite'}"

    def test_books_of_events_that_are_kept_stay_and_balance(self, scene, purge):
        with_old_and_new(scene)
        rows, batches = self.count(scene, "ledger"), self.count(scene, "batch")
        assert purge()["arrival"] == (7, 0)
        # What was ignored has no events.
        assert self.count(scene, "ledger") == rows - 1
        assert self.count(scene, "batch") == batches
        assert scene.figures()["events"] == 36
        (arrival,) = scene.story("other-1").arrivals
        assert (arrival["worker"], arrival["outcome"]) == ("here/w1", "stored")
        assert purge("--dry-run")["ledger"] == (0, 4)
        purge("--what", "events")
        assert purge()["ledger"] == (4, 0)
        assert scene.figures()["received"] == 13

    def test_events_of_batches_that_nobody_knows_are_subtracted_all_the_same(self, scene, purge):
        with_old_and_new(scene)
        scene.rows("DELETE FROM batch")
        scene.rows("UPDATE event SET event_type = 'renamed' WHERE message_id = 'old-0'")
        assert purge("--what", "events") == {"event": (26, 0)}
        assert scene.figures()["events"] == 10

    def test_dry_run_tells_and_removes_nothing(self, scene, purge):
        with_old_and_new(scene)
        tables = ("event", "sample", "sample_metadata", "ledger", "batch", "arrival")
        before = [self.count(scene, table) for table in tables]
        told = [purge("--what", what, "--dry-run") for what in retention.WHAT]
        assert [self.count(scene, table) for table in tables] == before
        assert [purge("--what", what) for what in reversed(retention.WHAT)] == told[::-1]

    def test_more_than_a_portion_is_removed(self, scene, purge):
        storage = open_storage(scene)
        storage.store([Event(f"e{n}", "thing", OLD, ()) for n in range(2500)])
        own = ("gauge", "B", 1.0, None, None, None)
        storage.store([Sample("e1", "size", n, *own, OLD, {}) for n in range(1500)])
        storage.close()
        removed = purge("--what", "events", "--what", "samples")
        assert removed == {"event": (2500, 0), "sample": (1500, 0)}
        for table in ("event", "sample", "sample_metadata"):
            assert self.count(scene, table) == 0

    def test_arrivals_and_batches_of_more_than_a_portion_are_removed(self, scene, purge):
        page = Page(Step.WHOLE, "", "here/w0", "pool", OLD, {"t": 1}, {"t": {"ignored": 1}})
        arrivals = [Arrival("one", "ignored")]
        pages = [page._replace(batch_id=f"b{n}", arrivals=arrivals) for n in range(1200)]
        write(scene, *pages)
        assert purge() == {"ledger": (1, 0), "batch": (1200, 0), "arrival": (1200, 0)}


@pytest.fixture
def plain(tmp_path):
    return Scene(tmp_path, "", DROP)


def answer(scene, capsys, *arguments):
    code = main(["--config-file", str(scene.file), "db", "purge", *arguments])
    return code, capsys.readouterr()


def test_every_database_of_the_shelves_is_purged_and_the_books_once(tmp_path, capsys):
    more = "[storage]\nevents = sql,sql:archive\nsamples = sql:archive\n"
    archive = f"[storage_sql_archive]\nconnection = sqlite:///{tmp_path}/archive\n"
    scene = Scene(tmp_path, "", f"{DROP}{more}{archive}auto_upgrade = true\n")
    with_old_and_new(scene)
    with_old_and_new(scene, f"sqlite:///{tmp_path}/archive")
    everything = ("--what", "events", "--what", "samples", "--what", "ledger")
    code, said = answer(scene, capsys, "--before", "50d", *everything, "-f", "value")
    rows = [line.split() for line in said.out.splitlines()]
    assert (code, said.err) == (0, "")
    assert [row[:3] for row in rows] == [
        ["events", "storage_sql", "event"],
        ["events", "storage_sql_archive", "event"],
        ["samples", "storage_sql_archive", "sample"],
        *(["ledger", "storage_sql", table] for table in ("ledger", "batch", "arrival")),
    ]
    assert [row[3] for row in rows[:2]] == ["26", "26"]
    assert scene.figures()["events"] == 10


def test_books_of_the_state_database_are_purged(tmp_path, capsys):
    lines = f"[storage]\nevents = log\nsamples = log\n[storage_log]\npath = {tmp_path}/lines\n"
    scene = Scene(tmp_path, "", lines + DROP)
    scene.run([*good(5), b"garbage"])
    # The hour that is not over yet stays.
    assert purging(scene, capsys)(before="0s")["ledger"][0] in (0, 3)
    code, said = answer(scene, capsys, "--before", "1h", "-f", "value", "-c", "database")
    assert (code, set(said.out.split())) == (0, {"state.sqlite"})


def test_shelves_that_are_no_database_are_refused(tmp_path, capsys):
    scene = Scene(tmp_path, "", "[storage]\nevents = log\nsamples = log\n")
    code, said = answer(scene, capsys, "--before", "1d", "--what", "events")
    assert code == 1
    assert "no driver of [storage] events is sql" in said.err


def test_database_that_is_not_there_is_not_made(plain, tmp_path, capsys):
    code, said = answer(plain, capsys, "--before", "1d")
    assert code != 0
    assert "there is no database" in said.err
    assert not list(tmp_path.rglob("*.sqlite"))


def test_time_to_come_is_refused(plain, capsys):
    code, said = answer(plain, capsys, "--before", "9000-01-01")
    assert code == 1
    assert "still to come" in said.err
