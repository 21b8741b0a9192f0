# SPDX-License-Identifier: Apache-2.0
"""What the batch-native Kafka source delivers, on librdkafka's mock cluster."""

import json
from collections.abc import Iterator
from typing import Any

import confluent_kafka
import oslo_messaging
import pytest
from oslo_config import cfg
from oslo_context.context import RequestContext
from oslo_messaging.transport import TransportURL

from ceilobatch.batch import Limits, MessageBatch
from ceilobatch.message import decode

from .kafka_bus import Bus, bodies, numbers, receive, stored
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


def test_no_more_than_two_batches_of_bytes_are_read_ahead(kafka):
    kafka.create(4)
    body = bytes(50_000)
    for partition in range(4):
        kafka.cluster.publish([body] * 80, kafka.topic, partition)
    source = kafka.source(batch_bytes=1_000_000, batch_size=1000)
    queued: list[int] = []

    def count(statistics: str) -> None:
        topics = json.loads(statistics)["topics"].values()
        partitions = [one for topic in topics for one in topic["partitions"].values()]
        # All partitions share one queue, and each tells the size of that.
        queued.append(max((one["fetchq_size"] for one in partitions), default=0))

    watch = {"statistics.interval.ms": 50, "stats_cb": count}
    consumer = confluent_kafka.Consumer({**source.settings, **watch})
    consumer.subscribe(source.topics)
    # Each look takes one message, too; the place is filled again, and never above the bound.
    wait_until(lambda: consumer.poll(0) and len([size for size in queued if size]) >= 20)
    consumer.close()
    # A fetch that is on its way when the bound is reached comes in whole, one from each broker.
    assert max(queued) <= 2_000_000 + 2 * 2_000_000 < 16_000_000


def test_any_bytes_are_delivered_as_they_are(kafka):
    source = kafka.opened()
    garbage = [b"\xff\x00", b"{", json.dumps({"oslo.message": 1}).encode(), b""]
    kafka.publish(*garbage, None)
    batch = receive(source, 5)
    assert bodies(batch) == [*garbage, b""]
    assert {delivery.topic for delivery in batch.deliveries} == {kafka.topic}
    assert {delivery.exchange for delivery in batch.deliveries} == {""}


def test_batch_ends_by_bytes_and_by_age(kafka):
    source = kafka.opened()
    kafka.publish(b"x" * 600, b"y" * 600, b"z" * 600)
    batch = receive(source, 2, Limits(5, 1000, 10.0))
    assert batch.trigger == "bytes"
    source.settle(batch, stored(batch))
    batch = MessageBatch(Limits(5, 10**6, 0.2))
    source.receive(batch, 10)
    assert (bodies(batch), batch.trigger) == ([b"z" * 600], "age")


def test_quiet_bus_returns_after_the_timeout(kafka):
    source = kafka.opened()
    batch = MessageBatch(Limits(5, 10**6, 0.2))
    source.receive(batch, 0.1)
    assert len(batch) == 0


def test_message_larger_than_a_fetch_is_whole(kafka):
    source = kafka.opened()
    body = bytes(range(256)) * 12_000
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": kafka.cluster.servers, "message.max.bytes": 10**7}
    )
    producer.produce(kafka.topic, body)
    assert producer.flush(30) == 0
    assert bodies(receive(source, 1)) == [body]


def test_compressed_body_is_opened(kafka):
    source = kafka.opened()
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": kafka.cluster.servers, "compression.type": "gzip"}
    )
    producer.produce(kafka.topic, b"x" * 5000)
    assert producer.flush(30) == 0
    assert bodies(receive(source, 1)) == [b"x" * 5000]


def test_topic_that_is_created_later_is_found(kafka):
    source = kafka.opened()
    kafka.publish(b"first")
    batch = receive(source, 1)
    kafka.cluster.publish([b"later"], f"{kafka.prefix}.error")
    source.settle(batch, stored(batch))
    assert bodies(receive(source, 1)) == [b"later"]


def test_new_pool_begins_with_the_oldest_message_and_takes_nothing_from_others(kafka):
    kafka.create()
    kafka.publish(*numbers(0, 3))
    for pool in ("one", "two"):
        source = kafka.source(pool=f"{kafka.prefix}-{pool}")
        source.open()
        batch = receive(source, 3)
        source.settle(batch, stored(batch))
        assert kafka.committed(pool=f"{kafka.prefix}-{pool}") == [3]


def test_without_a_pool_the_group_of_the_option_is_joined(kafka):
    kafka.create()
    kafka.publish(b"x")
    group = f"{kafka.prefix}-shared"
    source = kafka.source(f"{kafka.cluster.url}?consumer_group={group}", pool="")
    source.open()
    batch = receive(source, 1)
    source.settle(batch, stored(batch))
    assert kafka.committed(pool=group) == [1]


def test_second_host_is_used_when_the_first_does_not_answer(kafka):
    kafka.create()
    source = kafka.source(f"kafka://127.0.0.1:1,{kafka.cluster.servers}/")
    source.open()
    kafka.publish(b"x")
    assert len(receive(source, 1)) == 1


@pytest.mark.parametrize("vhost", ["", "v1"])
def test_what_the_notifier_sends_is_understood(kafka, vhost):
    url = kafka.cluster.url + vhost
    _notify(url, kafka.prefix)
    source = kafka.source(url)
    source.open()
    batch = receive(source, 1)
    notification = decode(batch.deliveries[0])
    assert notification.event_type == "thing.failed"
    assert notification.priority == "error"
    assert notification.payload == {"id": "é"}
    assert notification.body["publisher_id"] == "compute.host1"


def _notify(url: str, topic: str) -> None:
    conf: Any = cfg.ConfigOpts()
    conf([], default_config_files=[])
    transport = oslo_messaging.get_notification_transport(conf, url=TransportURL.parse(conf, url))
    notifier = oslo_messaging.Notifier(
        transport, "compute.host1", driver="messagingv2", topics=[topic]
    )
    notifier.error(RequestContext(project_id="p1", user_id="u1"), "thing.failed", {"id": "é"})
    transport.cleanup()
