# SPDX-License-Identifier: Apache-2.0
"""How much waits in Kafka topics for a consumer group, all of its members together."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, TopicPartition

# What the brokers have for all answers together, in seconds.
TIMEOUT = 2.0


def depth(settings: Mapping[str, Any], topics: Sequence[str]) -> int:
    """Messages that the group has not committed; what is in hand counts as well.

    Asked by a client of its own, which does not join the group: that of the source may be closed
    by its own thread at any time.

    :param settings: of a consumer of the group.
    :raises KafkaException: a broker does not answer.
    """
    deadline = time.monotonic() + TIMEOUT
    # Whatever is wrong, the source tells it.
    consumer = Consumer({**settings, "error_cb": lambda _: None, "log_level": 0})
    try:
        places = list(_partitions(consumer, topics, deadline))
        committed = consumer.committed(places, _left(deadline)) if places else []
        return sum(_waiting(consumer, place, deadline) for place in committed)
    finally:
        consumer.close()


def _partitions(
    consumer: Consumer, topics: Sequence[str], deadline: float
) -> Iterator[TopicPartition]:
    """Those of the topics that are there; asking for one by its name might create it."""
    known = consumer.list_topics(timeout=_left(deadline)).topics
    for topic in topics:
        if topic in known:
            for partition in known[topic].partitions:
                yield TopicPartition(topic, partition)


def _waiting(consumer: Consumer, place: TopicPartition, deadline: float) -> int:
    """Nothing is committed before the first batch; the group begins with the oldest message."""
    low, high = consumer.get_watermark_offsets(place, timeout=_left(deadline))
    begin = low if place.offset == OFFSET_INVALID else max(low, place.offset)
    return int(max(0, high - begin))


def _left(deadline: float) -> float:
    return max(0.01, deadline - time.monotonic())
