# SPDX-License-Identifier: Apache-2.0
"""The books in SQLite: next to the events, and in the state database."""

import json

import pytest

from ceilobatch.cmd.main import main
from ceilobatch.page import name

from .books_promises import BooksPromises
from .books_scene import DROP, Scene, good, unwanted


class TestSqlite(BooksPromises):
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path / 'events.sqlite'}"


class TestStateDatabase:
    """Where events go to a driver that cannot keep books."""

    @pytest.fixture
    def scene(self, tmp_path):
        lines = tmp_path / "lines"
        storage = f"[storage]\nevents = log\nsamples = log\n[storage_log]\npath = {lines}\n"
        return Scene(tmp_path, "", storage + DROP)

    def test_books_are_those_of_the_live_view(self, scene):
        consumer = scene.run([*good(12), b"garbage", unwanted("u1")], count=5)
        figures = scene.figures()
        assert figures.pop("events") == 0
        assert figures == consumer.ledger.figures()
        assert (figures["stored"], figures["recovered"], figures["ignored"]) == (12, 1, 1)
        assert (scene.file.parent / "state" / "state.sqlite").exists()
        assert not (scene.file.parent / "state" / "ceilobatch.sqlite").exists()

    def test_batch_is_in_flight_before_anything_is_stored(self, scene):
        def look(handler):
            storage = handler.parts.event_storage[0][1]
            store, seen = storage.store, []

            def watched(items):
                seen.append(scene.figures()["in_flight"])
                return store(items)

            storage.store = watched
            look.seen = seen

        scene.run(good(10), change=look)
        assert look.seen[0] == 10
        assert scene.figures()["in_flight"] == 0


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path, "", DROP)


def test_rows_for_programs_are_all_of_standard_output(scene, capsys):
    scene.run(good(10))
    arguments = ["--config-file", str(scene.file), "ledger", "show", "-f", "json"]
    assert main([*arguments, "--by", "pool"]) == 0
    said = capsys.readouterr()
    pool, total = json.loads(said.out)
    assert said.err == "balanced\n"
    assert (pool["pool"], total["pool"]) == ("ceilobatch", "total")
    assert (pool["received"], total["received"], total["unaccounted"]) == (10, 10, 0)


@pytest.mark.parametrize(
    ("by", "column"),
    [("worker", "worker"), ("hour", "hour"), ("type", "event_type"), ("pool", "pool")],
)
def test_rows_are_summed_by_what_is_asked_for(scene, capsys, by, column):
    scene.run(good(10))
    scene.run(good(10), worker="w1")
    arguments = ["--config-file", str(scene.file), "ledger", "show", "-f", "json", "--by", by]
    assert main(arguments) == 0
    *groups, total = json.loads(capsys.readouterr().out)
    assert len({row[column] for row in groups}) == len(groups)
    assert sum(row["received"] for row in groups) == total["received"] == 20


def test_hours_before_since_are_left_out_on_both_sides(scene, capsys):
    scene.run(good(10))
    scene.rows("UPDATE ledger SET hour = '2020-01-01 10:00:00.000000'")
    scene.rows("UPDATE event SET received = '2020-01-01 10:30:00.000000'")
    scene.run(good(4, seed=1))
    arguments = ["--config-file", str(scene.file), "ledger", "show", "-f", "json"]
    assert main([*arguments, "--since", "1d"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["events"] == 4
    assert main([*arguments, "--since", "2020-01-01T10:45"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["events"] == 14


def test_trace_prints_letters_too_and_refuses_what_nobody_knows(scene, capsys):
    scene.run([b'{"message_id": "m1", "event_type": "x", "payload": {}}', unwanted("u1")])
    trace = ["--config-file", str(scene.file), "ledger", "trace", "-f", "json"]
    assert main([*trace, "u1"]) == 0
    story = json.loads(capsys.readouterr().out)
    assert story["message_id"] == "u1"
    assert [one["outcome"] for one in story["arrivals"]] == ["ignored"]
    assert story["letters"] == []
    assert main([*trace, "m1"]) == 0  # no notification, but its id could be read
    (letter,) = json.loads(capsys.readouterr().out)["letters"]
    assert letter["stage"] == "decode"
    assert main([*trace, "m2"]) == 1
    assert "nothing is known of a message 'm2'" in capsys.readouterr().err


def test_several_buses_of_a_worker_have_books_of_their_own(scene):
    from ceilobatch.worker import Worker

    conf = scene.load()
    conf.set_override("urls", ["fake://one/", "fake://two/"], "notification")
    conf.set_override("consumer", "stock", "notification")
    assert [thread._worker for thread in Worker(conf, "w0")._threads] == ["w0", "w0.2"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("plain", "plain"), ("a\0b", "a\ufffdb"), ("a\ud800b", "a?b"), ("x" * 9, "xxxxx"), ("ä", "ä")],
)
def test_names_are_such_as_every_database_keeps(text, kept):
    assert name(text, 5) == kept
