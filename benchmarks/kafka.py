# SPDX-License-Identifier: Apache-2.0
"""What is lost and what is doubled when the consumer of a Kafka topic is killed again and again.

Publishes realistic notifications to librdkafka's mock cluster, consumes them with the
``notification`` handler into SQLite in a process of its own, and kills that with SIGKILL as soon
as it has stored something and a random moment has passed; the last one may finish. Then compares
events and samples with what the same notifications give without a bus. Prints one line of JSON.

    python -m benchmarks.kafka --count 50000 --kills 20
    python -m benchmarks.kafka --count 50000 --kills 20 --consumer stock
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import confluent_kafka

from benchmarks.kafka_consumer import POOL, wire
from ceilobatch.testing.notifications import GeneratedNotification, generate
from tests.functional.kafka_cluster import KafkaCluster

PARTITIONS = 16
# The last consumer has finished when nothing new was stored for so many seconds.
QUIET = 15.0


def main() -> None:
    """Run, compare, print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as directory, KafkaCluster() as cluster:
        report = Run(cluster, Path(directory), arguments).report()
    print(json.dumps(report))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50000, help="notifications")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--consumer", choices=["batch", "stock"], default="batch")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


class Run:
    """One run: publish a slice, let a consumer begin with it, kill it, again."""

    def __init__(self, cluster: KafkaCluster, directory: Path, arguments: Any) -> None:
        self._cluster = cluster
        self._directory = directory
        self._arguments = arguments
        self._random = random.Random(arguments.seed)
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": cluster.servers,
                "compression.type": "lz4",
                "linger.ms": 20,
                "log_level": 0,
            }
        )
        self._sent: set[str] = set()
        self._topics: set[str] = set()

    def report(self) -> dict[str, Any]:
        """The figures of the run."""
        begin = time.monotonic()
        slices = self._slices()
        self._prime()
        for _ in range(self._arguments.kills):
            self._publish(next(slices))
            with self._consumer() as consumer:
                self._wait_for_more(consumer)
                time.sleep(self._random.uniform(0.0, 0.4))
                consumer.kill()
        self._publish(next(slices))
        with self._consumer() as consumer:
            self._wait_until_quiet()
            consumer.terminate()
            consumer.wait(30)
        seconds = time.monotonic() - begin
        return {
            "consumer": self._arguments.consumer,
            "published": len(self._sent),
            "kills": self._arguments.kills,
            **self._compare(),
            "dropped_by_the_mock_cluster": self._dropped(),
            "seconds": round(seconds, 1),
        }

    def _slices(self) -> Iterator[list[GeneratedNotification]]:
        notifications = list(generate(self._arguments.count, seed=self._arguments.seed))
        self._topics = {one.routing_key for one in notifications}
        for topic in self._topics:
            self._cluster.create(topic, PARTITIONS)
        parts = self._arguments.kills + 1
        return (notifications[part::parts] for part in range(parts))

    def _prime(self) -> None:
        """Let the group commit something everywhere.

        The stock driver begins with the newest message where nothing is committed, so a killed
        one would lose more than what is measured here.
        """
        places = [(topic, number) for topic in self._topics for number in range(PARTITIONS)]
        consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": self._cluster.servers, "group.id": POOL}
        )
        offsets = [confluent_kafka.TopicPartition(*place, 0) for place in places]
        consumer.commit(offsets=offsets, asynchronous=False)
        consumer.close()

    def _publish(self, notifications: Iterable[GeneratedNotification]) -> None:
        for one in notifications:
            self._sent.add(one.body["message_id"])
            number = self._random.randrange(PARTITIONS)
            self._producer.produce(one.routing_key, wire(one), partition=number)
            self._producer.poll(0)
        if self._producer.flush(60):
            raise SystemExit("the mock cluster did not take everything")

    def _consumer(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        options = ("--url", self._cluster.url, "--consumer", self._arguments.consumer)
        return _process("consume", self._directory, *options)

    def _wait_for_more(self, consumer: subprocess.Popen[bytes], seconds: float = 60) -> None:
        before = self._stored()
        deadline = time.monotonic() + seconds
        while self._stored() == before:
            if consumer.poll() is not None:
                raise SystemExit(f"the consumer ended with {consumer.returncode}")
            if time.monotonic() > deadline:
                raise SystemExit(f"nothing was stored in {seconds} s")
            time.sleep(0.02)

    def _wait_until_quiet(self) -> None:
        last, since = self._stored(), time.monotonic()
        while last < len(self._sent) and time.monotonic() < since + QUIET:
            time.sleep(0.2)
            if (now := self._stored()) != last:
                last, since = now, time.monotonic()

    def _stored(self) -> int:
        rows = _rows(self._directory, "SELECT count(*) FROM event")
        return int(rows[0][0]) if rows else 0

    def _compare(self) -> dict[str, int]:
        expected = self._directory / "expected"
        expected.mkdir()
        options = ("--count", str(self._arguments.count), "--seed", str(self._arguments.seed))
        with _process("reference", expected, *options) as reference:
            if reference.wait() != 0:
                raise SystemExit("the reference could not be made")
        events = "SELECT message_id, count(*) FROM event GROUP BY 1"
        samples = "SELECT message_id || '/' || name, count(*) FROM sample GROUP BY 1"
        events_lost, events_doubled = _difference(self._directory, expected, events)
        samples_lost, samples_doubled = _difference(self._directory, expected, samples)
        return {
            "events_lost": events_lost,
            "events_doubled": events_doubled,
            "samples_lost": samples_lost,
            "samples_doubled": samples_doubled,
        }

    def _dropped(self) -> int:
        """Messages that the mock cluster has forgotten for want of room; the run counts if 0."""
        consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": self._cluster.servers, "group.id": "watch"}
        )
        dropped = 0
        for topic in self._topics:
            for number in range(PARTITIONS):
                place = confluent_kafka.TopicPartition(topic, number)
                dropped += consumer.get_watermark_offsets(place, timeout=10)[0]
        consumer.close()
        return dropped


@contextmanager
def _process(role: str, directory: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a role, which does not outlive the block."""
    module = ("-m", "benchmarks.kafka_consumer")
    command = [sys.executable, *module, role, "--directory", str(directory)]
    with subprocess.Popen([*command, *options]) as process:
        try:
            yield process
        finally:
            process.kill()


def _difference(directory: Path, expected: Path, query: str) -> tuple[int, int]:
    """How many are missing, and how many there are too many of, in the first of two stores."""
    found, wanted = dict(_rows(directory, query)), dict(_rows(expected, query))
    lost = sum(max(0, count - found.get(key, 0)) for key, count in wanted.items())
    doubled = sum(max(0, count - wanted.get(key, 0)) for key, count in found.items())
    return lost, doubled


def _rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    file = directory / "stored.sqlite"
    if not file.exists():
        return []
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


if __name__ == "__main__":
    main()
