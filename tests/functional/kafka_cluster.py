# SPDX-License-Identifier: Apache-2.0
"""KafkaCluster: a mock cluster that speaks Kafka's protocol to clients in any process."""

import pathlib
import subprocess
import sys
from collections.abc import Iterable
from typing import Self

from confluent_kafka import Consumer, Message, Producer, TopicPartition

PROGRAM = pathlib.Path(__file__).with_name("kafka_cluster_process.py")
OFFSET_COMMIT = 8


class KafkaCluster:
    """Two brokers without disks; groups, offsets and rebalances are as in Kafka.

    :ivar servers: the bootstrap servers.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.servers = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The transport URL."""
        return f"kafka://{self.servers}/"

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def create(self, topic: str, partitions: int = 1) -> None:
        """Make a topic; a message to a topic that is not there makes it with four partitions."""
        self._command(f"topic {topic} {partitions}")

    def take_down(self) -> None:
        """Take all brokers away; what they hold stays."""
        self._command("down")

    def bring_up(self) -> None:
        """Bring them back on the same ports."""
        self._command("up")

    def refuse_commit(self, code: int) -> None:
        """Answer the next commit with an error of the protocol."""
        self._command(f"refuse {OFFSET_COMMIT} {code}")

    def publish(
        self, bodies: Iterable[bytes | None], topic: str, partition: int | None = None
    ) -> None:
        """Send these, and wait until they are there."""
        failed = []
        producer = Producer({"bootstrap.servers": self.servers, "linger.ms": 5})

        def check(error: object, _message: Message) -> None:
            if error:
                failed.append(error)

        anywhere = -1
        for body in bodies:
            producer.produce(
                topic,
                body,
                partition=anywhere if partition is None else partition,
                on_delivery=check,
            )
            producer.poll(0)
        assert producer.flush(30) == 0
        assert failed == []

    def committed(self, group: str, topic: str, partitions: int = 1) -> list[int]:
        """The offsets that a group has committed, by partition; -1001 where it has none."""
        asked = [TopicPartition(topic, number) for number in range(partitions)]
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group})
        try:
            return [place.offset for place in consumer.committed(asked, timeout=10)]
        finally:
            consumer.close()

    def _command(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, "the mock cluster has ended"
        return line
