# SPDX-License-Identifier: Apache-2.0
"""How much waits on a bus and how old it is, looked at seldom."""

import datetime
import json

import pytest

from ceilobatch.agent import Consumer
from ceilobatch.batch import Limits, Outcome
from ceilobatch.message import Delivery
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.base import Handler
from ceilobatch.telemetry.consumer import readings
from ceilobatch.telemetry.waiting import Depth, Lag
from ceilobatch.testing.memory import MemoryRecovery, MemorySource

NOW = datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def notification(age):
    sent = (NOW - datetime.timedelta(seconds=age)).replace(tzinfo=None)
    message = {"message_id": "m", "event_type": "e", "payload": {}, "timestamp": str(sent)}
    return json.dumps(message).encode()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lag(clock):
    return Lag(clock, NOW.timestamp)


def test_age_is_told_by_the_time_stamp(lag):
    assert lag.seconds is None
    lag.look(Delivery(notification(90)))
    assert lag.seconds == 90


def test_one_notification_a_second_is_looked_at(lag, clock):
    lag.look(Delivery(notification(90)))
    clock.now += 0.9
    lag.look(Delivery(notification(50)))
    assert lag.seconds == 90
    clock.now += 0.2
    lag.look(Delivery(notification(50)))
    assert lag.seconds == 50


def test_notification_of_a_clock_that_is_ahead_has_no_age(lag):
    lag.look(Delivery(notification(-5)))
    assert lag.seconds == 0


def test_what_is_no_notification_has_no_age(lag, clock):
    lag.look(Delivery(b"{"))
    assert lag.seconds is None
    clock.now += 2
    lag.look(Delivery(notification(3)))
    clock.now += 2
    lag.look(Delivery(b"{"))
    assert lag.seconds == 3


def test_nothing_is_late_where_nothing_waits(lag):
    lag.nothing_waits()
    assert lag.seconds is None
    lag.look(Delivery(notification(90)))
    lag.nothing_waits()
    assert lag.seconds == 0


def test_depth_is_asked_once_in_an_interval(clock):
    answers = iter([5, 7])
    depth = Depth(lambda: next(answers), lambda: 20.0, clock)
    assert [depth.messages() for _ in range(3)] == [5, 5, 5]
    clock.now += 19
    assert depth.messages() == 5
    clock.now += 2
    assert depth.messages() == 7


def test_depth_that_cannot_be_told_is_asked_no_sooner(clock):
    asked = []
    depth = Depth(lambda: asked.append(1), lambda: 20.0, clock)
    assert [depth.messages() for _ in range(3)] == [None] * 3
    assert len(asked) == 1


def test_driver_that_fails_to_tell_costs_nothing_else(clock):
    def fail():
        raise KeyError("queue")

    assert Depth(fail, lambda: 20.0, clock).messages() is None


class Stored(Handler):
    """Everything is."""

    def __init__(self):
        parts = Parts(None, None, [], [], MemoryRecovery(), Origin("pool1", "host1", "w0"))
        super().__init__(None, parts)

    def handle(self, batch):
        return [Outcome.STORED] * len(batch)


def told(consumer, depth=None):
    return {one.name: one.value for one in readings(consumer, "t0", depth)}


def test_consumer_tells_what_waits_once_it_is_known():
    source = MemorySource([notification(0), b"rest"], ends=True)
    consumer = Consumer(source, Stored(), Limits(2, 1000, 1.0), lambda: None)
    assert not {"queue.depth", "queue.lag"} & set(told(consumer))
    consumer.run()
    found = told(consumer, 3)
    assert found["queue.depth"] == 3
    assert found["queue.lag"] > 0


def test_source_that_cannot_tell_says_so():
    assert MemorySource().depth() is None
