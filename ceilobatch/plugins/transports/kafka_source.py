# SPDX-License-Identifier: Apache-2.0
"""Deliveries of Kafka topics in batches, and the offsets that are committed for them."""

from collections import deque
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from oslo_log import log
from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery
from ceilobatch.plugins.transports import kafka_depth, kafka_errors, kafka_settings
from ceilobatch.plugins.transports.kafka_errors import bus_errors, is_delivery
from ceilobatch.plugins.transports.kafka_progress import Partition, Progress
from ceilobatch.plugins.transports.source import Source

LOG = log.getLogger(__name__)

# Two batches: one is handled while the next is read.
PREFETCH_BATCHES = 2
# How long a broker may take to answer the first question, in seconds.
OPEN_TIMEOUT = 5.0


class KafkaSource(Source):
    """Deliveries of Kafka topics, as a member of a consumer group named by the pool.

    Without a pool the group is ``[oslo_messaging_kafka] consumer_group``. A message that is given
    back is read again, and so is everything after it in its partition: Kafka knows no
    acknowledgement of single messages. Storage recognises what it had stored of that.
    """

    def __init__(
        self,
        conf: Any,
        url: TransportURL,
        bindings: Sequence[tuple[str, str]],
        pool: str | None,
        prefetch: int,
    ) -> None:
        section = conf.oslo_messaging_kafka
        self.name = kafka_settings.servers(url)
        self.topics = kafka_settings.topics(bindings, url)
        self.settings = kafka_settings.consumer_settings(
            section,
            url,
            pool or section.consumer_group,
            prefetch,
            PREFETCH_BATCHES * conf.notification.batch_bytes,
        )
        self._longest_poll: float = section.kafka_consumer_timeout
        self._most_polled: int = max(1, section.max_poll_records)
        self._consumer: Consumer | None = None
        self._progress = Progress()
        self._held: deque[Message] = deque()
        self._loss: KafkaError | None = None

    def check(self) -> None:
        """Let librdkafka judge the settings; nothing is connected.

        :raises ConfigurationError: it refuses one.
        """
        with bus_errors(self.name):
            self._make().close()

    def open(self) -> None:
        """Join the group, once a broker has answered."""
        self._loss = None
        try:
            with bus_errors(self.name):
                self._consumer = consumer = self._make()
                self._begin(consumer)
                consumer.subscribe(
                    self.topics,
                    on_assign=self._on_assign,
                    on_revoke=self._on_revoke,
                    on_lost=self._on_revoke,
                )
        except errors.CeilobatchError:
            self.close()
            raise

    def _make(self) -> Consumer:
        return Consumer({**self.settings, "error_cb": self._on_error}, logger=LOG)

    def _begin(self, consumer: Consumer) -> None:
        try:
            self._ask(consumer)
        except KafkaException as error:
            # That tells only that nothing came; why is told to the callback.
            consumer.poll(0)
            raise KafkaException(self._loss or error.args[0]) from error

    def _ask(self, consumer: Consumer) -> None:
        """Ask a broker for the first topic, which need not be there."""
        consumer.list_topics(self.topics[0], timeout=OPEN_TIMEOUT)

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Read what is there; where nothing is, wait for the first message."""
        with bus_errors(self.name):
            consumer = self._require_consumer()
            deadline = monotonic() + timeout
            self._hand_over(batch)
            while batch.room > 0:
                left = deadline - monotonic()
                if batch.remaining is not None:
                    left = min(left, batch.remaining)
                if left <= 0:
                    return
                self._read(consumer, min(batch.room, self._most_polled), left)
                self._hand_over(batch)

    def _read(self, consumer: Consumer, count: int, left: float) -> None:
        """Take what librdkafka has read ahead, or else the next message that comes.

        Asking for many and waiting for them would collect without a bound of bytes.
        """
        before = self._progress.assignments
        messages = list(filter(is_delivery, consumer.consume(count, 0)))
        if messages and self._progress.assignments != before:
            # Nobody could tell which of them belong to the assignment before.
            raise errors.Unavailable(f"Kafka at {self.name}: partitions were assigned anew")
        if not messages:
            messages = list(filter(is_delivery, consumer.consume(1, min(left, self._longest_poll))))
        self._held.extend(messages)
        if self._loss is not None:
            self._confirm_loss(consumer, self._loss)

    def _hand_over(self, batch: MessageBatch) -> None:
        """Move messages into the batch; those of partitions that are gone come elsewhere."""
        held, progress = self._held, self._progress
        while held and batch.room > 0:
            message = held.popleft()
            partition = _partition(message)
            offset = message.offset()
            if offset is not None and progress.owns(partition):
                tag = progress.take(partition, offset)
                batch.add(Delivery(message.value() or b"", topic=partition[0], tag=tag))

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Commit as far as every outcome is durable, and wait for the broker's word.

        Partitions that were revoked since the batch was received are left out: their messages
        come again, here or elsewhere.
        """
        back = []
        for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
            if outcome is Outcome.REQUEUED:
                back.append(delivery.tag)
            else:
                self._progress.done(delivery.tag)
        places = self._progress.give_back(back)
        with bus_errors(self.name):
            consumer = self._require_consumer()
            self._commit(consumer, self._progress.committable())
            self._rewind(consumer, places)

    def _commit(self, consumer: Consumer, offsets: dict[Partition, int]) -> None:
        if not offsets:
            return
        places = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
        try:
            answers = consumer.commit(offsets=places, asynchronous=False) or ()
            for error in (place.error for place in answers if place.error is not None):
                raise KafkaException(error)
        except KafkaException as error:
            if not kafka_errors.is_rebalance(error.args[0]):
                raise
            # Leaving the group for that would make it rebalance once more. The next commit takes
            # these along, or the partitions are revoked and the messages come again.
            LOG.debug("Kafka at %s: %s", self.name, error.args[0].str())
        else:
            self._progress.commit(offsets)

    def _rewind(self, consumer: Consumer, places: dict[Partition, int]) -> None:
        """Read these partitions again from there; what is held of them lies behind."""
        self._drop(places)
        for partition, offset in places.items():
            consumer.seek(TopicPartition(*partition, offset))

    def close(self) -> None:
        """Leave the group without a commit; whoever has the partitions next begins there."""
        consumer, self._consumer = self._consumer, None
        self._held.clear()
        self._progress = Progress()
        if consumer is None:
            return
        try:
            consumer.close()
        except (KafkaException, RuntimeError) as error:
            LOG.debug("Closing the consumer of %s: %s", self.name, error)

    def depth(self) -> int | None:
        """What the whole group has not committed, asked by a client of its own."""
        try:
            return kafka_depth.depth(self.settings, self.topics)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is only not known then)
            LOG.debug("Asking %s how much waits: %s", self.name, error)
            return None

    def _on_assign(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._progress.assign((place.topic, place.partition) for place in places)
        LOG.debug("%d partitions of %s assigned", len(places), self.name)

    def _on_revoke(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        gone = [(place.topic, place.partition) for place in places]
        self._progress.revoke(gone)
        self._drop(gone)
        LOG.debug("%d partitions of %s revoked", len(gone), self.name)

    def _drop(self, partitions: Iterable[Partition]) -> None:
        gone = set(partitions)
        if gone:
            self._held = deque(one for one in self._held if _partition(one) not in gone)

    def _on_error(self, error: KafkaError) -> None:
        """Remember a loss; called by librdkafka while it is asked for more."""
        if kafka_errors.is_loss(error):
            self._loss = error
        else:
            LOG.debug("Kafka at %s: %s", self.name, error.str())

    def _confirm_loss(self, consumer: Consumer, loss: KafkaError) -> None:
        """All brokers may have been down for a moment only, as when the first host is dead."""
        self._loss = None
        if kafka_errors.is_silence(loss):
            try:
                self._ask(consumer)
            except KafkaException:
                LOG.debug("Kafka at %s: no answer in %.0f s", self.name, OPEN_TIMEOUT)
            else:
                return
        raise KafkaException(loss)

    def _require_consumer(self) -> Consumer:
        if self._consumer is None:
            raise errors.Unavailable(f"not connected to {self.name}")
        return self._consumer


def _partition(message: Message) -> Partition:
    return message.topic() or "", message.partition() or 0
