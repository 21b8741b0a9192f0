# SPDX-License-Identifier: Apache-2.0
"""What the books promise, whatever database they are in; a module gives the fixture ``url``."""

from ceilobatch.cmd.main import main

from .books_scene import DROP, Scene, good, killed, promising, run_and_die, unwanted
from .once_promises import OncePromises
from .wire import envelope


class BooksPromises(OncePromises):
    def test_books_are_those_of_the_live_view(self, scene):
        first = good(25)
        bodies = [*first, *first[:7], b"\xff", b"", *promising(3), unwanted("u1"), unwanted("u2")]
        consumer = scene.run(bodies)
        figures = scene.figures()
        assert figures.pop("events") == 28
        assert figures == consumer.ledger.figures()
        assert figures == {
            "received": 39,
            "stored": 25,
            "duplicate": 7,
            "recovered": 5,
            "ignored": 2,
            "requeued": 0,
            "in_flight": 0,
        }

    def test_every_event_type_has_its_row_and_the_undecodable_have_an_empty_one(self, scene):
        scene.run([*good(5), b"garbage", unwanted("u1")])
        rows = {row["event_type"]: row for row in scene.audit().rows}
        assert rows[""]["recovered"] == 1
        assert rows["nobody.wants.this"]["ignored"] == 1
        assert sum(row["stored"] for row in rows.values()) == 5
        assert {row["worker"] for row in rows.values()} == {"here/w0"}
        assert {row["pool"] for row in rows.values()} == {"ceilobatch"}
        (hours,) = scene.rows("SELECT count(DISTINCT hour) FROM ledger")
        assert hours[0] in (1, 2)

    def test_handler_that_fails_for_a_message_books_each_message_once(self, scene):
        def failing(handler):
            handle = handler.handle

            def watched(batch):
                outcomes = handle(batch)
                if any(delivery.body == bodies[3] for delivery in batch.deliveries):
                    raise ZeroDivisionError("a bug")
                return outcomes

            handler.handle = watched

        bodies = good(10)
        consumer = scene.run(bodies, change=failing)
        figures = scene.figures()
        assert figures["received"] == consumer.ledger.figures()["received"] == 10
        assert figures["events"] == 10

    def test_names_that_no_database_takes_are_booked_all_the_same(self, scene):
        bodies = [
            envelope(message_id="nul", event_type="with.\0.inside"),
            envelope(message_id="half", event_type="half \ud800 pair"),
            envelope(message_id="long", event_type="x" * 300),
            envelope(message_id="y" * 300, event_type="long.id"),
            envelope(message_id="z\0", event_type="nul.id"),
        ]
        scene.run(bodies)
        assert scene.figures()["received"] == 5

    def test_tampered_books_and_shelves_are_told(self, scene, capsys):
        scene.run(good(10))
        show = ["--config-file", str(scene.file), "ledger", "show"]
        assert main(show) == 0
        assert capsys.readouterr().out.endswith("\nbalanced\n")
        scene.rows("UPDATE ledger SET received = received + 2, events = events + 1")
        rows = len(scene.audit().rows)
        assert main(show) == 3
        told = capsys.readouterr().out.splitlines()[-1]
        assert told == (
            f"not balanced: {2 * rows} messages unaccounted for in {rows} rows;"
            f" {10 + rows} events in the books, 10 on the shelves"
        )

    def test_story_of_each_kind_of_message(self, scene):
        (first,) = good(1)
        (promised,) = promising(1)
        scene.run([first, promised, unwanted("u1")])
        scene.run([first])
        stored = scene.story("0-0")
        assert [one["outcome"] for one in stored.arrivals] == ["stored", "duplicate"]
        assert {one["worker"] for one in stored.arrivals} == {"here/w0"}
        assert len({one["batch_id"] for one in stored.arrivals}) == 2
        assert stored.event["batch_id"] == stored.arrivals[0]["batch_id"]
        assert stored.event["received"] == stored.arrivals[0]["received"]
        assert sum(stored.samples.values()) > 0
        ignored = scene.story("u1")
        assert [one["outcome"] for one in ignored.arrivals] == ["ignored"]
        assert (ignored.event, ignored.samples) == (None, {})
        recovered = scene.story("p0")
        assert [one["outcome"] for one in recovered.arrivals] == ["recovered"]
        assert recovered.event is not None

    def test_story_of_a_message_whose_worker_was_killed(self, scene, parts):
        bodies = good(1)
        killed(run_and_die, *parts, bodies, 2)
        assert [one["outcome"] for one in scene.story("0-0").arrivals] == ["in flight"]
        scene.run(bodies)
        outcomes = [one["outcome"] for one in scene.story("0-0").arrivals]
        assert outcomes == ["requeued", "stored"]

    def test_arrivals_can_be_left_out(self, tmp_path, url):
        scene = Scene(tmp_path / "without", url, DROP + "[ledger]\narrivals = false\n")
        scene.run([b"garbage", unwanted("u1"), *good(2), *good(2)])
        assert scene.figures()["duplicate"] == 2
        assert scene.rows("SELECT count(*) FROM arrival") == [(0,)]
