# SPDX-License-Identifier: Apache-2.0
"""The traps of oslo.messaging's own listener: how they show, and that ours has none of them.

What is asserted of ``stock`` is the trap itself, so that it is noticed when upstream mends it.
Where our use of the stock driver avoids a trap, it is shown on oslo.messaging's batch listener.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import amqp
import pytest

from ceilobatch import config
from ceilobatch.assembly import build_recovery
from ceilobatch.letter import Stage
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import BrokenKind, break_notification, generate

from .agent_process import Agent, Stored, settings
from .consuming import QUEUE, Running, bodies, listening, never
from .servers import RabbitMQ, wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
MIB = 2**20


@pytest.fixture
def make(rabbitmq_url: str) -> Iterator[Callable[..., Running]]:
    made = []

    def make_one(consumer: str, **options: object) -> Running:
        made.append(Running(rabbitmq_url, consumer, **options))
        return made[-1]

    yield make_one
    for one in made:
        one.stop()


@pytest.fixture
def send(rabbitmq: RabbitMQ, rabbitmq_url: str) -> Iterator[Callable[..., None]]:
    """Publishes bodies straight to the queue, which is made when it is not there."""
    connection = rabbitmq.connect(rabbitmq_url)
    channel = connection.channel()
    channel.queue_declare(QUEUE, auto_delete=False)
    connection.close()

    def publish(*bodies: bytes) -> None:
        with rabbitmq.connect(rabbitmq_url) as connection:
            channel = connection.channel()
            for body in bodies:
                channel.basic_publish(amqp.Message(body, **JSON), routing_key=QUEUE)

    return publish


@pytest.fixture
def state(rabbitmq: RabbitMQ, rabbitmq_url: str) -> Callable[[], tuple[int, int]]:
    def ask() -> tuple[int, int]:
        queue = rabbitmq.queues(rabbitmq_url)[QUEUE]
        return queue["ready"], queue["unacknowledged"]

    return ask


@pytest.fixture
def cut(rabbitmq: RabbitMQ, make, send) -> Callable[..., Running]:
    """A consumer whose connection is cut between storing ten messages and settling them."""

    def start(consumer: str, **options: object) -> Running:
        running = make(consumer, **options)
        running.handler.happening = rabbitmq.close_connections
        send(*bodies(10))
        running.start()
        wait_until(lambda: running.handler.happening is None)
        wait_until(lambda: len(running.storage.events) == 10)
        send(*bodies(20, seed=1))
        return running

    return start


def test_cut_connection_with_a_prefetch_of_ten_stops_stock_for_good(cut, state):
    running = cut("stock", query="?rabbit_qos_prefetch_count=10", batch_size=10)
    wait_until(lambda: state() == (20, 10))
    assert never(lambda: len(running.storage.events) > 10)
    assert state() == (20, 10)


def test_cut_connection_with_a_prefetch_of_ten_stops_nothing_of_ours(cut, state):
    running = cut("batch", batch_size=5)
    wait_until(lambda: len(running.storage.events) == 30)
    wait_until(lambda: state() == (0, 0))


def test_copies_of_one_unique_id_stop_stock(make, send, state):
    copy, *good = bodies(21)
    send(*[copy] * 150, *good)
    running = make("stock", batch_size=50, batch_timeout=1).start()
    wait_until(lambda: state() == (20, 100))
    assert never(lambda: len(running.storage.events) > 1)
    assert state() == (20, 100)


def test_copies_of_one_unique_id_are_duplicates_of_ours(make, send, state):
    copy, *good = bodies(21)
    send(*[copy] * 150, *good)
    running = make("batch", batch_size=50, batch_timeout=1).start()
    wait_until(lambda: len(running.storage.events) == 21)
    wait_until(lambda: state() == (0, 0))
    assert running.recovery.kept == []


def test_batch_that_never_fills_is_held_back_by_the_stock_listener(rabbitmq_url, send, state):
    taken: list[object] = []
    with listening(rabbitmq_url, taken.extend, batch_size=100):
        send(*bodies(7))
        wait_until(lambda: state() == (0, 7))
        assert never(lambda: taken)


@pytest.mark.parametrize("consumer", ["batch", "stock"])
def test_batch_that_never_fills_is_stored_by_its_age(make, send, state, consumer):
    running = make(consumer, batch_size=100, batch_timeout=0.5).start()
    send(*bodies(7))
    wait_until(lambda: len(running.storage.events) == 7)
    wait_until(lambda: state() == (0, 0))


def without_event_type(count: int, place: int) -> list[bytes]:
    made = list(generate(count, mix={"nova": 1}))
    wire = [one.envelope() for one in made]
    wire[place] = break_notification(made[place], BrokenKind.NO_EVENT_TYPE).wire
    return wire


def test_one_message_without_event_type_comes_again_for_ever_with_the_stock_listener(
    rabbitmq_url, send
):
    seen: list[int] = []

    def take(messages):
        seen.append(len(messages))
        return [message["event_type"].upper() for message in messages]

    send(*without_event_type(50, 20))
    with listening(rabbitmq_url, take, batch_size=50, batch_timeout=10, allow_requeue=True):
        wait_until(lambda: len(seen) >= 5)
    assert seen[:5] == [50] * 5


@pytest.mark.parametrize("consumer", ["batch", "stock"])
def test_one_message_without_event_type_among_5000_is_one_letter(make, send, state, consumer):
    wire = without_event_type(5000, 2500)
    running = make(consumer, batch_timeout=0.5)
    send(*wire)
    running.start()
    wait_until(lambda: len(running.storage.events) == 4999, 60)
    wait_until(lambda: state() == (0, 0))
    (letter,) = running.recovery.kept
    assert letter.reason == "there is no event_type"
    assert consumer == "stock" or letter.body == wire[2500]


def garbage() -> list[bytes]:
    """What cannot be decoded."""
    (one,) = generate(1, seed=9)
    unknown = break_notification(one, BrokenKind.UNKNOWN_ENVELOPE).wire
    return [b"", b"\x00\xff\xfe raw", unknown, b"\xf0" * (20 * MIB)]


def test_garbage_straight_in_the_queue_is_thrown_away_by_stock(make, send, state):
    running = make("stock", batch_timeout=0.3).start()
    send(*garbage(), *bodies(1))
    wait_until(lambda: len(running.storage.events) == 1)
    wait_until(lambda: state() == (0, 0))
    # An empty body is taken for an empty message, and so becomes a letter with another body.
    (letter,) = running.recovery.kept
    assert letter.body not in garbage()


def test_garbage_straight_in_the_queue_is_kept_byte_for_byte_by_ours(make, send, state):
    running = make("batch", batch_timeout=0.3).start()
    send(*garbage(), *bodies(1))
    wait_until(lambda: len(running.storage.events) == 1)
    wait_until(lambda: state() == (0, 0))
    assert [letter.body for letter in running.recovery.kept] == garbage()
    assert {letter.stage for letter in running.recovery.kept} == {Stage.DECODE}


def shouted() -> bytes:
    (one,) = generate(1, mix={"nova": 1})
    return one.envelope().replace(b'\\"priority\\":\\"INFO\\"', b'\\"priority\\":\\"SHOUT\\"')


def test_unknown_priority_is_thrown_away_by_the_stock_listener(rabbitmq_url, send, state):
    taken: list[object] = []
    send(shouted(), *bodies(1, seed=1))
    with listening(rabbitmq_url, taken.extend, batch_size=2, batch_timeout=0.3):
        wait_until(lambda: taken)
        wait_until(lambda: state() == (0, 0))
    assert len(taken) == 1


@pytest.mark.parametrize("consumer", ["batch", "stock"])
def test_unknown_priority_is_stored_like_any_other(make, send, state, consumer):
    running = make(consumer, batch_timeout=0.3).start()
    assert b"SHOUT" in shouted()
    send(shouted())
    wait_until(lambda: len(running.storage.events) == 1)
    wait_until(lambda: state() == (0, 0))


def peak(agent: Agent) -> int:
    """Bytes that the largest worker has ever had in memory."""
    lines = itertools.chain.from_iterable(
        Path(f"/proc/{pid}/status").read_text().splitlines() for pid in agent.workers()
    )
    return max(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def test_memory_is_bounded_however_many_messages_of_20_megabytes_come(
    tmp_path, rabbitmq_url, postgresql, postgresql_url, send, state
):
    size = 20 * MIB
    stored = Stored(postgresql, postgresql_url)
    agent = Agent(tmp_path, settings(rabbitmq_url, postgresql_url, batch_size=2)).start()
    large = [bytes([number]) * size for number in range(240, 249)]
    try:
        wait_until(agent.workers)
        before = peak(agent)
        send(*large[:3], *bodies(1))
        stored.wait_for("event", 1)
        after_three = peak(agent)
        send(*large[3:], *bodies(1, seed=1))
        stored.wait_for("event", 2)
        wait_until(lambda: state() == (0, 0))
        after_nine = peak(agent)
    finally:
        agent.stop()
    recovery = build_recovery(config.load([str(agent.file)]), CallRegistry())
    assert sorted(entry.letter.body for entry in recovery.entries()) == large
    # One message at a time, in several forms: frames, body, text of base64, line of the journal.
    assert after_three - before < 16 * size
    assert after_nine - after_three < 4 * size
