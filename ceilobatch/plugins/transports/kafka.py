# SPDX-License-Identifier: Apache-2.0
"""Batch-native oslo.messaging driver for Kafka: offsets are committed after the outcome.

It is oslo.messaging's Kafka driver, with all its options, but for the listening side: bodies are
not decoded on the way, what is read ahead is bounded, and an offset is committed when everything
before it has a durable outcome, not when it was read.
"""

from collections.abc import Sequence

from oslo_config import cfg
from oslo_messaging.transport import TransportURL

from ceilobatch.plugins.transports.source import BatchDriver

try:
    from oslo_messaging._drivers import impl_kafka

    from ceilobatch.plugins.transports.kafka_source import KafkaSource
except ImportError as missing:
    raise ImportError(
        f"Kafka needs the library confluent-kafka: install ceilobatch[kafka] ({missing})"
    ) from missing

SCHEME = "ceilobatch-kafka"


class BatchKafkaDriver(impl_kafka.KafkaDriver, BatchDriver):  # type: ignore[misc]
    """Kafka, batch by batch; sends as oslo.messaging's Kafka driver does."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        url: TransportURL,
        default_exchange: str | None = None,
        allowed_remote_exmods: list[str] | None = None,
    ) -> None:
        url.transport = "kafka"
        super().__init__(conf, url, default_exchange, allowed_remote_exmods)

    def batch_source(
        self, bindings: Sequence[tuple[str, str]], pool: str | None, prefetch: int
    ) -> KafkaSource:
        """A source with a consumer of its own.

        :raises ConfigurationError: librdkafka refuses an option, or the URL has no host.
        """
        source = KafkaSource(self.conf, self._url, bindings, pool, prefetch)
        source.check()
        return source
