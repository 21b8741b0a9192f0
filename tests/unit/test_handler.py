# SPDX-License-Identifier: Apache-2.0
"""The notification handlers: outcomes, letters, order of storing, isolation of culprits."""

import json

import pytest

from ceilobatch import errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.letter import Stage
from ceilobatch.message import Delivery
from ceilobatch.model import Event, MeterProblem, Result, Sample, Status, Trait, rejected
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.handlers.notification import (
    EventsHandler,
    MetersHandler,
    NotificationHandler,
)
from ceilobatch.testing.memory import MemoryRecovery, MemoryStorage

from .wire import envelope


class Events:
    """Converts everything but ``unwanted``; refuses ``odd``; has a bug for ``bug``."""

    def convert(self, notification):
        if notification.event_type == "unwanted":
            return None
        if notification.event_type == "odd":
            raise errors.Malformed("an odd one")
        if notification.event_type == "bug":
            raise ZeroDivisionError("a bug")
        return Event(
            notification.message_id,
            notification.event_type,
            notification.timestamp,
            (Trait("size", "int", 3),),
        )


class Meters:
    """Two samples from everything but ``unwanted``; a problem for ``promise``."""

    def convert(self, notification):
        if notification.event_type == "unwanted":
            return [], []
        problems = []
        if notification.event_type == "promise":
            problems = [MeterProblem("weight", "no volume"), MeterProblem("height", "a text")]
        metadata = {"a": 1}
        samples = [
            Sample(
                notification.message_id,
                name,
                0,
                "gauge",
                "B",
                3,
                None,
                None,
                "r1",
                notification.timestamp,
                metadata,
            )
            for name in ("size", "count")
        ]
        return samples, problems


class Picky(MemoryStorage):
    """Rejects the events of one message; raises for a batch that holds another one."""

    def __init__(self, refused="", poison=""):
        super().__init__()
        self.refused = refused
        self.poison = poison

    def store(self, items):
        if any(item.message_id == self.poison for item in items):
            self.calls.append(len(items))
            raise KeyError("poison")
        results = super().store(items)
        return [
            rejected("too heavy") if item.message_id == self.refused else result
            for item, result in zip(items, results, strict=True)
        ]


def make(handler=NotificationHandler, events=None, samples=None):
    events = events or MemoryStorage()
    samples = samples or MemoryStorage()
    parts = Parts(
        Events(),
        Meters(),
        [("one", events)],
        [("two", samples)],
        MemoryRecovery(),
        Origin("pool1", "host1", "w0"),
    )
    return handler(None, parts)


def batch_of(*bodies):
    batch = MessageBatch(Limits(10_000, 10**9, 10))
    for body in bodies:
        batch.add(Delivery(body, exchange="nova", topic="notifications.info"))
    return batch


def test_events_and_samples_are_stored():
    handler = make()
    assert handler.handle(batch_of(envelope(message_id="m1"))) == [Outcome.STORED]
    assert list(handler.parts.event_storage[0][1].events) == ["m1"]
    assert list(handler.parts.sample_storage[0][1].samples) == [
        ("m1", "size", 0),
        ("m1", "count", 0),
    ]
    assert handler.parts.recovery.kept == []


def test_every_message_has_one_outcome():
    handler = make()
    first = envelope(message_id="m1")
    bodies = [
        first,
        b"not json",
        envelope(event_type="unwanted"),
        envelope(event_type="odd"),
        envelope(event_type="promise"),
        first,
    ]
    assert handler.handle(batch_of(*bodies)) == [
        Outcome.STORED,
        Outcome.RECOVERED,
        Outcome.IGNORED,
        Outcome.RECOVERED,
        Outcome.RECOVERED,
        Outcome.DUPLICATE,
    ]


def test_undecodable_message_is_kept_byte_for_byte():
    handler = make()
    handler.handle(batch_of(b"\xffnot json"))
    (letter,) = handler.parts.recovery.kept
    assert letter.body == b"\xffnot json"
    assert (letter.stage, letter.error) == (Stage.DECODE, "Malformed")
    assert letter.reason.startswith("the body is not UTF-8")
    assert (letter.exchange, letter.topic) == ("nova", "notifications.info")
    assert (letter.pool, letter.host, letter.worker) == ("pool1", "host1", "w0")


@pytest.mark.parametrize(
    ("event_type", "error", "reason"),
    [("odd", "Malformed", "an odd one"), ("bug", "ZeroDivisionError", "a bug")],
)
def test_unconvertible_message_is_recovered_and_not_metered(event_type, error, reason):
    handler = make()
    body = envelope(message_id="m1", event_type=event_type)
    assert handler.handle(batch_of(body, envelope())) == [Outcome.RECOVERED, Outcome.STORED]
    (letter,) = handler.parts.recovery.kept
    assert (letter.message_id, letter.event_type) == ("m1", event_type)
    assert (letter.stage, letter.error, letter.reason) == (Stage.CONVERT, error, reason)
    assert all(key[0] != "m1" for key in handler.parts.sample_storage[0][1].samples)


def test_rejected_event_is_recovered_and_metered():
    handler = make(events=Picky(refused="m1"))
    batch = batch_of(envelope(message_id="m1"), envelope(message_id="m2"))
    assert handler.handle(batch) == [Outcome.RECOVERED, Outcome.STORED]
    (letter,) = handler.parts.recovery.kept
    assert (letter.stage, letter.driver, letter.reason) == (Stage.STORE_EVENT, "one", "too heavy")
    assert ("m1", "size", 0) in handler.parts.sample_storage[0][1].samples


def test_rejected_samples_of_a_message_are_one_letter():
    handler = make(samples=Picky(refused="m1"))
    assert handler.handle(batch_of(envelope(message_id="m1"))) == [Outcome.RECOVERED]
    (letter,) = handler.parts.recovery.kept
    assert (letter.stage, letter.reason) == (Stage.STORE_SAMPLE, "too heavy; too heavy")


def test_promised_sample_that_is_not_there_is_told_and_the_others_are_stored():
    handler = make()
    handler.handle(batch_of(envelope(message_id="m1", event_type="promise")))
    (letter,) = handler.parts.recovery.kept
    assert letter.stage is Stage.CONVERT_METER
    assert letter.reason == "weight: no volume; height: a text"
    assert len(handler.parts.sample_storage[0][1].samples) == 2


def test_nothing_is_metered_while_event_storage_is_down():
    handler = make()
    handler.parts.event_storage[0][1].down = True
    with pytest.raises(errors.Unavailable):
        handler.handle(batch_of(envelope(), b"not json"))
    assert handler.parts.sample_storage[0][1].calls == []
    assert handler.parts.recovery.kept == []


def test_batch_that_comes_back_after_samples_failed_is_metered_once():
    handler = make()
    samples = handler.parts.sample_storage[0][1]
    body = envelope(message_id="m1")
    samples.down = True
    with pytest.raises(errors.Unavailable):
        handler.handle(batch_of(body))
    samples.down = False
    assert handler.handle(batch_of(body)) == [Outcome.STORED]
    assert handler.handle(batch_of(body)) == [Outcome.DUPLICATE]
    assert len(samples.samples) == 2


def test_recovery_that_is_down_gives_the_batch_back():
    handler = make()
    handler.parts.recovery.down = True
    with pytest.raises(errors.Unavailable):
        handler.handle(batch_of(b"not json"))


def test_poison_item_is_isolated_at_a_bounded_cost():
    bodies = [envelope(message_id=f"m{number}") for number in range(1000)]
    handler = make(events=Picky(poison="m421"))
    outcomes = handler.handle(batch_of(*bodies))
    assert outcomes.count(Outcome.STORED) == 999
    assert outcomes[421] is Outcome.RECOVERED
    (letter,) = handler.parts.recovery.kept
    assert (letter.message_id, letter.reason) == ("m421", "KeyError: 'poison'")
    assert len(handler.parts.event_storage[0][1].calls) <= 25


def test_driver_that_answers_too_few_results_is_taken_for_broken():
    class Short(MemoryStorage):
        def store(self, items):
            return super().store(items)[:-1]

    handler = make(events=Short())
    assert handler.handle(batch_of(envelope())) == [Outcome.RECOVERED]
    assert "0 answers for 1 items" in handler.parts.recovery.kept[0].reason


def test_events_handler_meters_nothing_and_meters_handler_stores_no_event():
    handler = make(EventsHandler)
    assert handler.handle(batch_of(envelope())) == [Outcome.STORED]
    assert handler.parts.sample_storage[0][1].calls == []
    handler = make(MetersHandler)
    assert handler.handle(batch_of(envelope())) == [Outcome.STORED]
    assert handler.parts.event_storage[0][1].calls == []


def test_letter_id_is_the_same_when_the_message_comes_again():
    handler = make()
    body = json.dumps({"no": "payload"}).encode()
    handler.handle(batch_of(body))
    handler.handle(batch_of(body))
    first, second = handler.parts.recovery.kept
    assert first.id == second.id


def test_second_storage_gets_everything_and_its_duplicates_do_not_hide_news():
    first, second = MemoryStorage(), MemoryStorage()
    handler = make(events=first)
    handler.parts = handler.parts.__class__(
        handler.parts.events,
        handler.parts.meters,
        [("one", first), ("three", second)],
        [],
        handler.parts.recovery,
        handler.parts.origin,
    )
    body = envelope(message_id="m1")
    second.faults.append(errors.Unavailable("away"))
    with pytest.raises(errors.Unavailable):
        handler.handle(batch_of(body))
    assert handler.handle(batch_of(body)) == [Outcome.STORED]
    assert first.events == second.events


def test_result_of_a_rejection_carries_its_reason():
    assert rejected("why") == Result(Status.REJECTED, "why")
