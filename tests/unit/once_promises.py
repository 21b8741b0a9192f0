# SPDX-License-Identifier: Apache-2.0
"""What is promised when a batch comes again, whatever database the books are in."""

import pytest
import sqlalchemy as sa

from ceilobatch import errors

from .books_scene import DROP, Scene, good, killed, run_and_die, run_and_die_unacknowledged


class OncePromises:
    @pytest.fixture
    def scene(self, tmp_path, url):
        return Scene(tmp_path, url, DROP)

    @pytest.fixture
    def parts(self, tmp_path, url):
        return str(tmp_path), url, DROP

    def test_killed_between_events_and_samples_nothing_is_doubled(self, scene, parts):
        bodies = good(10)
        killed(run_and_die, *parts, bodies, 2)
        before = scene.figures()
        assert (before["received"], before["in_flight"], before["events"]) == (10, 10, 10)
        assert scene.rows("SELECT count(*) FROM sample") == [(0,)]
        scene.run(bodies)
        after = scene.figures()
        assert (after["received"], after["requeued"], after["stored"]) == (20, 10, 10)
        assert (after["in_flight"], after["events"]) == (0, 10)
        total, different = scene.rows("SELECT count(*), count(DISTINCT message_id) FROM sample")[0]
        scene.run(bodies)
        assert scene.figures()["duplicate"] == 10
        assert scene.rows("SELECT count(*), count(DISTINCT message_id) FROM sample") == [
            (total, different)
        ]
        assert different == 10

    def test_killed_before_the_acknowledgement_all_are_duplicates(self, scene, parts):
        bodies = good(10)
        killed(run_and_die_unacknowledged, *parts, bodies)
        assert scene.figures()["stored"] == 10
        consumer = scene.run(bodies)
        assert consumer.ledger.figures()["duplicate"] == 10
        figures = scene.figures()
        assert (figures["received"], figures["requeued"], figures["events"]) == (20, 0, 10)

    def test_only_the_successor_under_the_same_name_settles_what_was_in_flight(self, scene, parts):
        killed(run_and_die, *parts, good(10), 2)
        scene.run([], worker="w1")
        assert scene.figures()["in_flight"] == 10
        scene.run([], worker="w0")
        assert (scene.figures()["in_flight"], scene.figures()["requeued"]) == (0, 10)

    def test_worker_that_was_taken_for_dead_corrects_what_its_successor_booked(self, scene):
        def with_a_successor(handler):
            samples = handler.parts.sample_storage[0][1]
            store, calls = samples.store, []

            def watched(*arguments):
                calls.append(arguments)
                if len(calls) == 2:
                    scene.run([])
                    assert scene.figures()["requeued"] == 10
                return store(*arguments)

            samples.store = watched

        scene.run(good(10), change=with_a_successor)
        figures = scene.figures()
        assert (figures["received"], figures["stored"], figures["requeued"]) == (10, 10, 0)

    @pytest.mark.parametrize("call", [1, 2])
    @pytest.mark.parametrize("done", [False, True])
    def test_batch_given_back_is_requeued_once_whether_its_transaction_was_committed(
        self, scene, call, done
    ):
        def failing(handler):
            storage = handler.parts.event_storage[0][1]
            store, calls = storage.store, []

            def watched(*arguments):
                calls.append(arguments)
                if len(calls) != call:
                    return store(*arguments)
                if done:
                    store(*arguments)
                raise errors.Unavailable("the connection broke")

            storage.store = watched

        consumer = scene.run(good(10), change=failing)
        figures = scene.figures()
        assert consumer.ledger.figures()["received"] == 20
        assert (figures["received"], figures["events"], figures["in_flight"]) == (20, 10, 0)
        if call == 2 and done:
            # The outcomes were durable, and then the connection broke.
            assert (figures["stored"], figures["duplicate"], figures["requeued"]) == (10, 10, 0)
        else:
            assert figures["requeued"] == 10
            assert figures["stored"] == 10

    @pytest.mark.parametrize("failing", [0, 1])
    def test_of_two_databases_for_samples_neither_ends_with_duplicates_when_one_fails(
        self, tmp_path, url, failing
    ):
        second = f"sqlite:///{tmp_path / 'second.sqlite'}"
        sinks = (
            f"[storage]\nsamples = sql,sql:second\n[storage_sql_second]\nconnection = {second}\n"
        )
        scene = Scene(tmp_path, url, DROP + sinks)

        def with_one_failing(handler):
            target, calls = handler.parts.sample_storage[failing][1], []
            store = target.store

            def watched(*arguments):
                # Of events, for the first one, then of samples.
                calls.append(arguments)
                if len(calls) == 2 - failing:
                    raise errors.Unavailable("it broke")
                return store(*arguments)

            target.store = watched

        consumer = scene.run(good(10), change=with_one_failing)
        assert consumer.ledger.figures()["requeued"] == 10
        assert scene.figures()["events"] == scene.figures()["requeued"] == 10
        query = "SELECT count(*), count(DISTINCT message_id) FROM sample"
        database = sa.create_engine(second)
        with database.connect() as connection:
            there = tuple(connection.execute(sa.text(query)).one())
        database.dispose()
        assert [there] == scene.rows(query) == [(40, 10)]

    def test_letter_that_cannot_be_kept_gives_all_back(self, scene):
        def failing(handler):
            recovery = handler.parts.recovery
            add, calls = recovery.add, []

            def watched(letters):
                calls.append(letters)
                if len(calls) == 1:
                    raise errors.Unavailable("the disk is full")
                add(letters)

            recovery.add = watched

        consumer = scene.run([*good(8), b"garbage"], change=failing)
        figures = scene.figures()
        assert figures["requeued"] == consumer.ledger.figures()["requeued"] == 9
        assert (figures["received"], figures["duplicate"], figures["recovered"]) == (18, 8, 1)
        assert figures["events"] == 8
