# SPDX-License-Identifier: Apache-2.0
"""Which offsets the batch-native Kafka source commits, on librdkafka's mock cluster."""

import contextlib
from collections.abc import Iterator

import pytest

from ceilobatch import errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.plugins.transports.kafka_source import KafkaSource

from .kafka_bus import NOTHING, PATIENT, Bus, bodies, numbers, receive, stored
from .kafka_cluster import KafkaCluster
from .servers import wait_until


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    with KafkaCluster() as cluster:
        yield cluster


@pytest.fixture
def kafka(cluster: KafkaCluster) -> Iterator[Bus]:
    one = Bus(cluster)
    yield one
    cluster.bring_up()
    one.close()


def test_message_given_back_comes_again_with_what_follows_it_in_its_partition(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 4))
    batch = receive(source, 4)
    outcomes = [Outcome.STORED, Outcome.REQUEUED, Outcome.RECOVERED, Outcome.REQUEUED]
    source.settle(batch, outcomes)
    assert kafka.committed() == [1]
    again = receive(source, 3)
    assert bodies(again) == numbers(1, 4)
    source.settle(again, stored(again))
    assert kafka.committed() == [4]


def test_message_given_back_holds_up_no_other_partition(kafka):
    source = kafka.opened(partitions=2)
    kafka.publish(b"back", b"after", partition=0)
    kafka.publish(b"good", partition=1)
    batch = receive(source, 3)
    back = {b"back": Outcome.REQUEUED}
    source.settle(batch, [back.get(body, Outcome.STORED) for body in bodies(batch)])
    assert kafka.committed(2) == [NOTHING, 1]
    assert bodies(receive(source, 2)) == [b"back", b"after"]


def test_what_was_read_ahead_comes_once_after_a_message_given_back(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 20))
    batch = receive(source, 5)
    source.settle(batch, [Outcome.STORED, Outcome.REQUEUED, *[Outcome.STORED] * 3])
    seen = []
    while len(seen) < 19:
        batch = receive(source, min(5, 19 - len(seen)))
        seen += bodies(batch)
        source.settle(batch, stored(batch))
    assert seen == numbers(1, 20)
    assert kafka.committed() == [20]


def test_nothing_is_committed_before_an_earlier_batch_is_settled(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 10))
    first, second = receive(source, 5), receive(source, 5)
    source.settle(second, stored(second))
    assert kafka.committed() == [NOTHING]
    source.settle(first, stored(first))
    assert kafka.committed() == [10]


def test_two_batches_given_back_come_again_from_the_first_message(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 10))
    for batch in [receive(source, 5), receive(source, 5)]:
        source.settle(batch, [Outcome.REQUEUED] * 5)
    assert bodies(receive(source, 5)) + bodies(receive(source, 5)) == numbers(0, 10)


def test_closing_gives_back_everything_that_is_not_settled(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 9))
    settled = receive(source, 5)
    source.settle(settled, stored(settled))
    receive(source, 4)
    source.close()
    assert kafka.committed() == [5]
    source.open()
    assert bodies(receive(source, 4)) == numbers(5, 9)


def test_brokers_away_are_unavailable_and_everything_comes_again(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 3))
    batch = receive(source, 3)
    kafka.cluster.take_down()
    away = r"^Kafka at 127\.0\.0\.1:\d+,127\.0\.0\.1:\d+: no broker answers$"
    with pytest.raises(errors.Unavailable, match=away):
        wait_until(lambda: source.receive(MessageBatch(PATIENT), 0.1))
    source.close()
    with pytest.raises(errors.Unavailable, match=away):
        source.open()
    kafka.cluster.bring_up()
    source.open()
    again = receive(source, 3)
    assert bodies(again) == bodies(batch)
    source.settle(again, stored(again))
    assert kafka.committed() == [3]


@pytest.mark.parametrize(("code", "name"), [(22, "ILLEGAL_GENERATION"), (25, "UNKNOWN_MEMBER_ID")])
def test_refused_commit_is_unavailable_and_everything_comes_again(kafka, code, name):
    source = kafka.opened()
    kafka.publish(*numbers(0, 3))
    batch = receive(source, 3)
    kafka.cluster.refuse_commit(code)
    with pytest.raises(errors.Unavailable, match=rf"^Kafka at .*: {name}"):
        source.settle(batch, stored(batch))
    source.close()
    assert kafka.committed() == [NOTHING]
    source.open()
    assert bodies(receive(source, 3)) == numbers(0, 3)


def test_commit_that_meets_a_rebalance_is_made_with_the_next_batch(kafka):
    source = kafka.opened()
    kafka.publish(*numbers(0, 2))
    first, second = receive(source, 1, Limits(1, 10**6, 10)), receive(source, 1)
    kafka.cluster.refuse_commit(27)
    source.settle(first, stored(first))
    assert kafka.committed() == [NOTHING]
    source.settle(second, stored(second))
    assert kafka.committed() == [2]


def test_rebalance_between_two_consumers_loses_nothing(kafka):
    first = kafka.opened(partitions=4)
    second = kafka.source()
    seen: dict[KafkaSource, set[bytes]] = {first: set(), second: set()}
    sent: list[bytes] = []

    def send() -> None:
        for partition in range(4):
            bodies = numbers(len(sent), len(sent) + 2)
            kafka.publish(*bodies, partition=partition)
            sent.extend(bodies)

    def consume(source: KafkaSource) -> bool:
        seen[source].update(step(source))
        return bool(seen[source])

    wait_until(lambda: (send(), consume(first)) and seen[first])
    second.open()
    wait_until(lambda: (send(), consume(first), consume(second)) and seen[second], 60)
    wait_until(
        lambda: consume(first) and consume(second) and seen[first] | seen[second] == set(sent), 60
    )
    wait_until(lambda: (step(first), step(second)) and sum(kafka.committed(4)) == len(sent), 60)


def test_batch_in_hand_commits_nothing_of_partitions_that_were_revoked(kafka):
    first = kafka.opened(partitions=2)
    for partition in range(2):
        kafka.publish(*numbers(0, 2), partition=partition)
    in_hand = receive(first, 4)
    second = kafka.source()
    second.open()
    elsewhere, more = MessageBatch(PATIENT), MessageBatch(PATIENT)

    def second_has_its_share() -> int:
        # What came at the very moment of the new assignment is told as lost; it comes again.
        with contextlib.suppress(errors.Unavailable):
            first.receive(more, 0.05)
        second.receive(elsewhere, 0.05)
        return len(elsewhere)

    wait_until(second_has_its_share, 60)
    first.settle(in_hand, stored(in_hand))
    assert kafka.committed(2) == [NOTHING, NOTHING]
    for source, batch in ((first, more), (second, elsewhere)):
        source.settle(batch, stored(batch))
    wait_until(lambda: (step(first), step(second)) and kafka.committed(2) == [2, 2], 60)


def step(source: KafkaSource) -> list[bytes]:
    """Receive, settle, and where the bus is lost come back, as the agent does."""
    batch = MessageBatch(Limits(20, 10**6, 0.05))
    try:
        source.receive(batch, 0.05)
        source.settle(batch, stored(batch))
    except errors.Unavailable:
        source.close()
        source.open()
    return bodies(batch)


def test_depth_is_what_the_whole_group_has_not_committed(kafka):
    source = kafka.source()
    kafka.create(2)
    kafka.publish(*numbers(0, 6), partition=0)
    kafka.publish(*numbers(6, 8), partition=1)
    assert source.depth() == 8
    source.open()
    batch = receive(source, 5)
    source.settle(batch, stored(batch))
    assert source.depth() == 3
    source.close()
    assert source.depth() == 3


def test_depth_is_not_known_while_no_broker_answers(kafka, caplog):
    source = kafka.source()
    kafka.cluster.take_down()
    assert source.depth() is None
    assert not caplog.records
