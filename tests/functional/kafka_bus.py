# SPDX-License-Identifier: Apache-2.0
"""Topics, pools and sources for tests of the Kafka source."""

import uuid

from ceilobatch import bus, config
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.plugins.transports.kafka_source import KafkaSource

from .kafka_cluster import KafkaCluster
from .servers import wait_until

PATIENT = Limits(5, 10**9, 10.0)
NOTHING = -1001
# The mock cluster rebalances when the session of a member would end, not when all have rejoined.
QUICK = {
    "session.timeout.ms": 2500,
    "heartbeat.interval.ms": 200,
    "topic.metadata.refresh.interval.ms": 500,
}


class Bus:
    """Topics and a pool that only one test has.

    :ivar topic: the Kafka topic with priority ``info``.
    """

    def __init__(self, cluster: KafkaCluster) -> None:
        self.cluster = cluster
        self.prefix = f"n{uuid.uuid4().hex[:8]}"
        self.topic = f"{self.prefix}.info"
        self._sources: list[KafkaSource] = []

    def source(self, url: str | None = None, **settings: object) -> KafkaSource:
        """A source, not opened."""
        defaults = {"batch_size": 5, "pool": self.prefix, "topics": [self.prefix]}
        overrides = {
            ("notification", name): value for name, value in {**defaults, **settings}.items()
        }
        overrides["notification", "urls"] = [url or self.cluster.url]
        (source,) = bus.sources(config.load([], [], overrides))
        assert isinstance(source, KafkaSource)
        source.settings.update(QUICK)
        self._sources.append(source)
        return source

    def opened(self, partitions: int = 1) -> KafkaSource:
        """A source of topics that are there."""
        self.create(partitions)
        source = self.source()
        source.open()
        return source

    def create(self, partitions: int = 1) -> None:
        """Make the topic."""
        self.cluster.create(self.topic, partitions)

    def publish(self, *bodies: bytes | None, partition: int | None = None) -> None:
        """Send to the topic."""
        self.cluster.publish(bodies, self.topic, partition)

    def committed(self, partitions: int = 1, pool: str | None = None) -> list[int]:
        """What the pool has committed."""
        return self.cluster.committed(pool or self.prefix, self.topic, partitions)

    def close(self) -> None:
        """Close all sources."""
        for source in self._sources:
            source.close()


def receive(source: KafkaSource, count: int, limits: Limits = PATIENT) -> MessageBatch:
    batch = MessageBatch(limits)

    def enough() -> bool:
        source.receive(batch, 0.2)
        return len(batch) >= count

    wait_until(enough)
    assert len(batch) == count
    return batch


def bodies(batch: MessageBatch) -> list[bytes]:
    return [delivery.body for delivery in batch.deliveries]


def stored(batch: MessageBatch) -> list[Outcome]:
    return [Outcome.STORED] * len(batch)


def numbers(first: int, end: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, end)]
