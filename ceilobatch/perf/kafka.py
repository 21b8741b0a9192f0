# SPDX-License-Identifier: Apache-2.0
"""KafkaPublisher: publishes to Kafka, every message confirmed by all replicas."""

from typing import Any

from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.perf.publisher import WINDOW, Receipts
from ceilobatch.perf.stream import Parcel
from ceilobatch.plugins.transports.kafka_settings import connection_settings, servers, topics

# Milliseconds until a message that could not be sent counts as refused.
PATIENCE_MS = 60_000
# Seconds until a cluster that does not answer at the beginning is away.
REACH = 10.0
_CRITICAL = 2


class KafkaPublisher:
    """A producer of librdkafka.

    :param conf: with the options of ``[oslo_messaging_kafka]``.
    :raises ConfigurationError: the library is not installed, or refuses an option.
    :raises Unavailable: there is no cluster.
    """

    def __init__(self, conf: Any, url: TransportURL) -> None:
        self.receipts = Receipts()
        self._url = url
        self._reason = ""
        self._topics: dict[str, str] = {}
        try:
            from confluent_kafka import KafkaException, Producer
        except ImportError as error:
            raise errors.ConfigurationError(
                f"Kafka needs a library: pip install 'ceilobatch[kafka]' ({error})"
            ) from None
        settings = {
            **connection_settings(conf.oslo_messaging_kafka, url),
            "enable.idempotence": True,
            "linger.ms": 5,
            "delivery.timeout.ms": PATIENCE_MS,
            "log_level": _CRITICAL,
        }
        try:
            self._producer = Producer(settings)
        except (KafkaException, ValueError) as error:
            raise errors.ConfigurationError(f"Kafka: {error}") from None
        try:
            self._producer.list_topics(timeout=REACH)
        except KafkaException as error:
            raise errors.Unavailable(f"Kafka at {servers(url)}: {error.args[0].str()}") from None

    def send(self, parcel: Parcel) -> None:
        """Part of :class:`Publisher`; Kafka has no exchanges."""
        topic = self._topics.get(parcel.routing_key)
        if topic is None:
            (topic,) = topics([("", parcel.routing_key)], self._url)
            self._topics[parcel.routing_key] = topic
        self.receipts.sent += 1
        self._producer.produce(topic, parcel.body, on_delivery=self._on_delivery)
        self._producer.poll(0)
        while self.receipts.under_way >= WINDOW:
            self.attend(0.1)

    def attend(self, seconds: float) -> None:
        """Part of :class:`Publisher`."""
        self._producer.poll(seconds)
        if self._reason and not self.receipts.confirmed:
            raise errors.Unavailable(f"Kafka: {self._reason}")

    def close(self) -> None:
        """Part of :class:`Publisher`."""
        self._producer.purge()
        self._producer.flush(5)

    def _on_delivery(self, error: Any, _message: Any) -> None:
        if error is None:
            self.receipts.confirmed += 1
        else:
            self.receipts.refused += 1
            self._reason = str(error)
