# SPDX-License-Identifier: Apache-2.0
"""When a batch is full."""

from ceilobatch.batch import Limits, MessageBatch
from ceilobatch.message import Delivery


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_full_by_count():
    batch = MessageBatch(Limits(2, 1000, 1.0))
    batch.add(Delivery(b"a"))
    assert (batch.trigger, batch.room) == (None, 1)
    batch.add(Delivery(b"b"))
    assert (batch.trigger, batch.room) == ("count", 0)


def test_full_by_bytes():
    batch = MessageBatch(Limits(10, 5, 1.0))
    batch.add(Delivery(b"1234"))
    assert (batch.trigger, batch.room) == (None, 9)
    batch.add(Delivery(b"5"))
    assert (batch.trigger, batch.room) == ("bytes", 0)


def test_full_by_the_age_of_its_oldest_message():
    clock = Clock()
    batch = MessageBatch(Limits(10, 1000, 2.0), clock)
    clock.now += 50
    assert batch.trigger is None
    assert batch.remaining is None
    batch.add(Delivery(b"a"))
    clock.now += 1.5
    batch.add(Delivery(b"b"))
    assert (batch.trigger, batch.remaining) == (None, 0.5)
    clock.now += 0.5
    assert (batch.trigger, batch.remaining) == ("age", 0.0)


def test_part_keeps_the_identity_of_the_batch():
    batch = MessageBatch(Limits(10, 1000, 2.0))
    for body in (b"a", b"b", b"c"):
        batch.add(Delivery(body))
    part = batch.part(batch.deliveries[1:])
    assert part.id == batch.id
    assert [delivery.body for delivery in part.deliveries] == [b"b", b"c"]
    assert batch.part(batch.deliveries) is batch
