# SPDX-License-Identifier: Apache-2.0
"""The loop of the agent: settling, the gate, giving back, draining, the books."""

import threading
import time

import pytest

from ceilobatch import errors
from ceilobatch.agent import Consumer
from ceilobatch.batch import Limits, Outcome
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.base import Handler
from ceilobatch.testing.memory import MemoryRecovery, MemorySource, MemoryStorage


class Recording(Handler):
    """Stores nothing; answers what it is told and remembers what it was given."""

    def __init__(self):
        parts = Parts(None, None, [], [], MemoryRecovery(), Origin("pool1", "host1", "w0"))
        super().__init__(None, parts)
        self.batches = []
        self.answer = lambda batch: [Outcome.STORED] * len(batch)

    def handle(self, batch):
        self.batches.append([delivery.body for delivery in batch.deliveries])
        return self.answer(batch)


def bodies(count):
    return [b"%d" % number for number in range(count)]


def consumer_of(source, handler, *, count=10, probe=lambda: None, age=0.05):
    return Consumer(source, handler, Limits(count, 10**6, age), probe)


def run_in_thread(consumer):
    thread = threading.Thread(target=consumer.run)
    thread.start()
    return thread


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_everything_is_handled_in_batches_and_acknowledged():
    source, handler = MemorySource(bodies(25), ends=True), Recording()
    consumer = consumer_of(source, handler)
    consumer.run()
    assert [len(batch) for batch in handler.batches] == [10, 10, 5]
    assert source.acknowledged == bodies(25)
    assert consumer.ledger.figures() == {
        "received": 25,
        "stored": 25,
        "duplicate": 0,
        "recovered": 0,
        "ignored": 0,
        "requeued": 0,
        "in_flight": 0,
    }


def test_single_message_is_given_back_by_its_outcome():
    source, handler = MemorySource(bodies(3)), Recording()
    consumer = consumer_of(source, handler)

    def answer(batch):
        consumer.stop()
        return [Outcome.STORED, Outcome.REQUEUED, Outcome.RECOVERED]

    handler.answer = answer
    consumer.run()
    assert source.acknowledged == [b"0", b"2"]
    assert list(source.waiting) == [(b"1", True)]
    assert consumer.ledger.outcomes[Outcome.REQUEUED] == 1


def test_batch_given_back_once_when_storage_is_down():
    source, handler, storage = MemorySource(bodies(25), ends=True), Recording(), MemoryStorage()
    storage.down = True

    def answer(batch):
        storage.probe()
        return [Outcome.STORED] * len(batch)

    handler.answer = answer
    consumer = consumer_of(source, handler, probe=storage.probe)
    thread = run_in_thread(consumer)
    wait_until(lambda: not consumer.gate.is_open and not source.unsettled)
    assert len(handler.batches) == 1
    assert source.given_back == 10
    assert consumer.gate.reason == "the memory is down"
    assert len(source.waiting) == 25
    storage.down = False
    thread.join(10)
    assert source.acknowledged == bodies(25)
    assert source.given_back == 10
    assert consumer.gate.is_open
    figures = consumer.ledger.figures()
    assert (figures["received"], figures["stored"], figures["requeued"]) == (35, 25, 10)
    assert consumer.ledger.imbalance == 0


def test_unsettled_messages_never_exceed_one_batch():
    source, handler = MemorySource(bodies(1000), ends=True), Recording()
    consumer_of(source, handler, count=7).run()
    assert source.most_unsettled == 7


def test_partial_batch_is_finished_at_shutdown_and_the_rest_given_back():
    source, handler = MemorySource(bodies(3)), Recording()
    consumer = consumer_of(source, handler, age=60)
    thread = run_in_thread(consumer)
    wait_until(lambda: len(source.unsettled) == 3)
    consumer.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert source.acknowledged == bodies(3)
    assert source.unsettled == []


def test_shutdown_does_not_wait_for_storage_to_come_back():
    source, handler, storage = MemorySource(bodies(3)), Recording(), MemoryStorage()
    storage.down = True
    handler.answer = lambda batch: storage.probe()
    consumer = consumer_of(source, handler, probe=storage.probe)
    thread = run_in_thread(consumer)
    wait_until(lambda: not consumer.gate.is_open)
    consumer.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(source.waiting) == 3


def test_bus_that_is_lost_is_opened_again():
    class Flaky(MemorySource):
        def receive(self, batch, timeout):
            super().receive(batch, timeout)
            if self.opened == 1:
                raise errors.Unavailable("cut")

    source, handler = Flaky(bodies(5), ends=True), Recording()
    consumer = consumer_of(source, handler)
    consumer.run()
    assert source.opened == 2
    assert source.acknowledged == bodies(5)
    assert consumer.ledger.figures()["requeued"] == 5
    assert consumer.ledger.imbalance == 0


@pytest.mark.parametrize("recovery_is_down", [False, True])
def test_culprit_of_a_broken_handler_goes_to_recovery(recovery_is_down):
    source, handler = MemorySource(bodies(8), ends=True), Recording()
    handler.parts.recovery.down = recovery_is_down

    def answer(batch):
        if any(delivery.body == b"5" for delivery in batch.deliveries):
            raise KeyError("bug")
        return [Outcome.STORED] * len(batch)

    handler.answer = answer
    consumer = consumer_of(source, handler, probe=handler.parts.recovery.probe)
    thread = run_in_thread(consumer)
    if recovery_is_down:
        wait_until(lambda: not consumer.gate.is_open)
        assert source.acknowledged == []
        handler.parts.recovery.down = False
    thread.join(10)
    assert source.acknowledged == bodies(8)
    assert [letter.body for letter in handler.parts.recovery.kept] == [b"5"]
    assert consumer.ledger.figures()["recovered"] == 1


def test_nothing_is_acknowledged_before_it_is_handled():
    source, handler = MemorySource(bodies(4), ends=True), Recording()
    seen = []

    def answer(batch):
        seen.append(list(source.acknowledged))
        return [Outcome.STORED] * len(batch)

    handler.answer = answer
    consumer_of(source, handler, count=2).run()
    assert seen == [[], [b"0", b"1"]]


def test_work_between_batches_is_done_in_the_loop():
    source, handler = MemorySource(bodies(4), ends=True), Recording()
    called = []
    Consumer(
        source,
        handler,
        Limits(2, 10**6, 1),
        lambda: None,
        between_batches=lambda: called.append(len(handler.batches)),
    ).run()
    assert called == [0, 1]
