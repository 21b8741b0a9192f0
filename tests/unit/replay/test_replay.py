# SPDX-License-Identifier: Apache-2.0
"""Letters replayed: stored once, metered once, marked with what came of it."""

import threading

import pytest

from ceilobatch import errors
from ceilobatch.batch import Outcome
from ceilobatch.letter import Action, Change, Entry, Stage, Standing, digest
from ceilobatch.message import Delivery
from ceilobatch.plugins.base import Handler
from ceilobatch.recovery.replay import Pace
from ceilobatch.recovery.tally import Stored
from ceilobatch.recovery.trial import delivery_of, rehearsal
from ceilobatch.testing.memory import MemoryStorage
from tests.unit.wire import envelope

from .replay_scene import RECORDED, Scene, letter, metered, with_half_a_pair


def edited(entry: Entry, body: bytes) -> Change:
    before, after = digest(entry.body), digest(body)
    return Change(entry.id, entry.revision, Action.EDITED, "me", RECORDED, before, after, "", body)


def test_what_was_stored_is_marked_with_what_it_was(scene: Scene) -> None:
    scene.recovery.add([letter(metered()), letter(envelope(event_type="thing.made"))])
    assert scene.replay() == [Outcome.STORED, Outcome.STORED]
    assert scene.results() == [
        [("replayed", "stored: 1 event and 2 samples")],
        [("replayed", "stored: 1 event")],
    ]
    assert scene.shelves() == (2, 2)
    assert [entry.standing for entry in scene.entries()] == [Standing.REPLAYED] * 2
    (change,) = scene.entries()[0].history
    assert (change.who, change.before, change.body) == ("me", change.after, None)
    assert change.before == digest(scene.entries()[0].body)
    assert [one.verdict.stored for one in scene.told] == [Stored(1, 2), Stored(1, 0)]


def test_second_replay_stores_nothing_and_says_duplicate(scene: Scene) -> None:
    scene.recovery.add([letter(metered())])
    scene.replay()
    assert scene.replay() == [Outcome.DUPLICATE]
    assert scene.shelves() == (1, 2)
    assert scene.results()[0][1] == ("replayed", "duplicate: all of it was there already")


def test_message_that_no_definition_wants_is_settled_as_ignored(scene: Scene) -> None:
    scene.recovery.add([letter(envelope(event_type="nobody.wants"))])
    assert scene.replay() == [Outcome.IGNORED]
    assert scene.results() == [[("replayed", "ignored: no definition wants it")]]
    assert scene.entries()[0].standing is Standing.REPLAYED


def test_failure_leaves_the_letter_waiting_with_one_more_attempt_and_adds_no_letter(
    scene: Scene,
) -> None:
    scene.recovery.add([letter(b"not json"), letter(with_half_a_pair(metered()))])
    assert scene.replay() == [Outcome.RECOVERED, Outcome.RECOVERED]
    first, second = scene.entries()
    assert [first.standing, second.standing] == [Standing.WAITING] * 2
    assert [first.attempts, second.attempts] == [2, 2]
    assert first.history[0].action is Action.FAILED
    assert first.history[0].result.startswith("decode: the body is not JSON")
    assert second.history[0].result.startswith("store event: ")
    assert len(scene.recovery.kept) == 2
    scene.replay()
    assert scene.entries()[0].attempts == 3


def test_message_that_was_metered_when_its_event_was_refused_is_not_metered_again(
    scene: Scene,
) -> None:
    body = metered()
    refused = letter(with_half_a_pair(body), stage=Stage.STORE_EVENT, driver="sql")
    scene.recovery.add([refused])
    scene.replay()
    assert scene.shelves() == (0, 2)
    scene.recovery.change([edited(scene.entries()[0], body)])
    assert scene.replay() == [Outcome.STORED]
    assert scene.results()[0][-1] == ("replayed", "stored: 1 event")
    assert scene.shelves() == (1, 2)


def test_corrected_message_is_the_one_that_is_replayed(scene: Scene) -> None:
    scene.recovery.add([letter(b"not json")])
    scene.recovery.change([edited(scene.entries()[0], metered(message_id="m1"))])
    assert scene.replay() == [Outcome.STORED]
    assert scene.rows("SELECT message_id FROM event") == [("m1",)]


def test_delivery_is_that_of_the_letter() -> None:
    one = letter(b"x", exchange="glance", topic="t.error", headers={"a": 1})
    entry = Entry(one, 1, RECORDED)
    delivery = delivery_of(entry)
    assert (delivery.body, delivery.exchange, delivery.topic) == (b"x", "glance", "t.error")
    assert delivery.headers == {"a": 1}
    assert delivery_of(entry, b"y").body == b"y"


def test_books_of_a_replay_balance(scene: Scene) -> None:
    bodies = [metered() for _ in range(7)]
    scene.recovery.add([letter(body) for body in [*bodies, b"x", b"y"]])
    scene.replay(count=4)
    scene.replay(count=4)
    books = scene.books()
    assert books == {
        "received": 18,
        "stored": 7,
        "duplicate": 7,
        "recovered": 4,
        "ignored": 0,
        "requeued": 0,
        "in_flight": 0,
    }


class Away(Exception):
    """Stands for the end of a process."""


def test_whoever_ends_before_the_mark_replays_again_without_doubling(scene: Scene) -> None:
    scene.recovery.add([letter(metered()) for _ in range(10)])

    def killed(changes: object) -> list[bool]:
        raise Away

    with pytest.raises(Away):
        scene.replay(count=5, mark=killed)
    assert scene.shelves() == (5, 10)
    assert scene.results() == [[]] * 10
    assert scene.replay(count=5) == [Outcome.DUPLICATE] * 5 + [Outcome.STORED] * 5
    assert scene.shelves() == (10, 20)
    assert all(entry.standing is Standing.REPLAYED for entry in scene.entries())
    books = scene.books()
    assert (books["received"], books["stored"], books["duplicate"]) == (15, 10, 5)


def test_storage_that_goes_away_ends_the_replay_and_what_was_done_is_marked(
    scene: Scene,
) -> None:
    scene.recovery.add([letter(metered()) for _ in range(6)])
    samples = MemoryStorage()

    def with_memory(handler: Handler) -> None:
        handler.parts = handler.parts.__class__(
            handler.parts.events,
            handler.parts.meters,
            handler.parts.event_storage,
            [("memory", samples)],
            handler.parts.recovery,
            handler.parts.origin,
            handler.parts.books,
        )

    def mark(changes: list[Change]) -> list[bool]:
        samples.down = True
        return scene.recovery.change(changes)

    with pytest.raises(errors.Unavailable, match="the memory is down"):
        scene.replay(count=2, change=with_memory, mark=mark)
    standings = [entry.standing for entry in scene.entries()]
    assert standings == [Standing.REPLAYED] * 2 + [Standing.WAITING] * 4
    assert len(scene.told) == 2
    books = scene.books()
    assert (books["received"], books["stored"], books["requeued"]) == (4, 2, 2)
    assert books["in_flight"] == 0


def test_second_of_two_people_is_told_and_nothing_is_doubled(scene: Scene) -> None:
    scene.recovery.add([letter(metered())])
    seen_by_both = scene.entries()
    scene.replay(seen_by_both)
    assert scene.told[0].marked
    scene.replay(seen_by_both)
    assert not scene.told[0].marked
    assert scene.shelves() == (1, 2)
    assert len(scene.entries()[0].history) == 1


def test_letters_of_one_message_are_settled_together(scene: Scene) -> None:
    body = metered()
    scene.recovery.add([letter(body), letter(body, stage=Stage.STORE_SAMPLE, driver="sql")])
    assert scene.replay() == [Outcome.STORED, Outcome.DUPLICATE]
    assert scene.results()[0] == [("replayed", "stored: 1 event and 2 samples")]
    assert scene.shelves() == (1, 2)


def test_handler_that_fails_for_one_message_does_not_keep_the_others(scene: Scene) -> None:
    scene.recovery.add([letter(metered()), letter(b"poison"), letter(metered())])

    def poisoned(handler: Handler) -> None:
        handle = handler.handle

        def fail(batch: object) -> list[Outcome]:
            if any(one.body == b"poison" for one in batch.deliveries):  # type: ignore[attr-defined]
                raise KeyError("a bug")
            return handle(batch)  # type: ignore[arg-type]

        handler.handle = fail  # type: ignore[method-assign]

    outcomes = [Outcome.STORED, Outcome.RECOVERED, Outcome.STORED]
    assert scene.replay(change=poisoned) == outcomes
    assert scene.results()[1] == [("failed", "convert: 'a bug'")]


def test_stop_ends_after_the_batch_in_hand(scene: Scene) -> None:
    scene.recovery.add([letter(metered()) for _ in range(6)])
    stop = threading.Event()

    def mark(changes: list[Change]) -> list[bool]:
        stop.set()
        return scene.recovery.change(changes)

    assert scene.replay(count=2, mark=mark, stop=stop) == [Outcome.STORED] * 2


class Clock:
    """Time that passes by waiting only."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_rate_is_kept_and_lost_time_is_not_made_up_for() -> None:
    clock = Clock()
    pace = Pace(10, clock, clock)  # type: ignore[arg-type]
    for _ in range(5):
        pace.wait(2)
    assert clock.now == pytest.approx(100.8)
    clock.now += 50
    pace.wait(2)
    pace.wait(2)
    assert clock.now == pytest.approx(151.0)


def test_rate_makes_small_batches(scene: Scene) -> None:
    scene.recovery.add([letter(metered()) for _ in range(6)])
    sizes = []

    def mark(changes: list[Change]) -> list[bool]:
        sizes.append(len(changes))
        return scene.recovery.change(changes)

    scene.replay(mark=mark, rate=25.0)
    assert sizes == [2, 2, 2]


def test_rehearsal_tells_what_would_be_stored_and_stores_nothing(scene: Scene) -> None:
    trial = rehearsal(scene.conf())
    verdict = trial.of(Delivery(metered()))
    assert (verdict.outcome, verdict.stored) == (Outcome.STORED, Stored(1, 2))
    assert trial.of(Delivery(b"x")).result.startswith("decode: ")
    broken = envelope(event_type="compute.instance.exists", payload={"memory_mb": "plenty"})
    assert trial.of(Delivery(broken)).result.startswith("convert meter: ")
    assert not (scene.directory / "state").exists()
