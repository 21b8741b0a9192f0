# SPDX-License-Identifier: Apache-2.0
"""Batch-native oslo.messaging driver for RabbitMQ: whole batches off the channel.

It is oslo.messaging's rabbit driver, with all its options, but for the listening side: bodies
are not decoded on the way, so one that cannot be is not dropped; the prefetch is bounded; a batch
is acknowledged with one frame.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import amqp
import kombu.compression
import kombu.exceptions
from oslo_config import cfg
from oslo_log import log
from oslo_messaging import exceptions as messaging_exceptions
from oslo_messaging._drivers import common as driver_common
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery
from ceilobatch.plugins.transports.rabbit_depth import Questions
from ceilobatch.plugins.transports.readahead import ReadAhead
from ceilobatch.plugins.transports.source import BatchDriver, Source

LOG = log.getLogger(__name__)

SCHEME = "ceilobatch-rabbit"
MAX_PREFETCH = 65535
CLOSE_TIMEOUT = 5


class BatchRabbitDriver(impl_rabbit.RabbitDriver, BatchDriver):  # type: ignore[misc]
    """RabbitMQ, batch by batch; sends as oslo.messaging's rabbit driver does."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        url: TransportURL,
        default_exchange: str | None = None,
        allowed_remote_exmods: list[str] | None = None,
    ) -> None:
        url.transport = "rabbit"
        super().__init__(conf, url, default_exchange, allowed_remote_exmods)

    def batch_source(
        self, bindings: Sequence[tuple[str, str]], pool: str | None, prefetch: int
    ) -> "RabbitSource":
        """A source on a connection of its own."""
        return RabbitSource(self.conf, self._url, bindings, pool, prefetch)


class Connection(impl_rabbit.Connection):  # type: ignore[misc]
    """A connection of the stock driver with a prefetch of ours, tried once a host."""

    def __init__(self, conf: Any, url: TransportURL, prefetch: int) -> None:
        self._prefetch = prefetch
        super().__init__(conf, url, driver_common.PURPOSE_LISTEN, retry=max(0, len(url.hosts) - 1))

    def _set_qos(self, channel: amqp.Channel) -> None:
        channel.basic_qos(0, self._prefetch, False)

    def declare(self, exchange: str, routing_key: str, queue: str) -> None:
        """Declare exchange, queue and binding as the stock driver does, mismatches included."""
        consumer = impl_rabbit.Consumer(
            exchange_name=exchange,
            queue_name=queue,
            routing_key=routing_key,
            type="topic",
            durable=self.durable,
            exchange_auto_delete=self.amqp_auto_delete,
            queue_auto_delete=self.amqp_auto_delete,
            callback=None,
            rabbit_ha_queues=self.rabbit_ha_queues,
            enable_cancel_on_failover=self.enable_cancel_on_failover,
            rabbit_quorum_queue=self.rabbit_quorum_queue,
            rabbit_quorum_queue_config=self.rabbit_quorum_queue_config,
        )
        consumer.declare(self)


class RabbitSource(Source):
    """Deliveries of RabbitMQ queues."""

    def __init__(
        self,
        conf: Any,
        url: TransportURL,
        bindings: Sequence[tuple[str, str]],
        pool: str | None,
        prefetch: int,
    ) -> None:
        self._conf = conf
        self._url = url
        self._bindings = bindings
        self._pool = pool
        self._prefetch = min(prefetch, MAX_PREFETCH)
        self._connection: Connection | None = None
        self._batch: MessageBatch | None = None
        self._questions: Questions | None = None
        self.name = ", ".join(f"{host.hostname}:{host.port or 5672}" for host in url.hosts)

    def open(self) -> None:
        """Connect to the first host that answers, declare, bind and consume."""
        with self._bus_errors():
            self._connection = Connection(self._conf, self._url, self._prefetch)
            channel = self._connection.channel
            channel.auto_decode = False
            stream = channel.connection.transport
            stream._quick_recv = ReadAhead(stream.sock.recv).recv
            failover = self._connection.enable_cancel_on_failover
            arguments = {"x-cancel-on-ha-failover": True} if failover else None
            queues = self._declare()
            self._questions = Questions(self._connection.connection, len(self._url.hosts), queues)
            for number, queue in enumerate(queues):
                # Waiting for the answer would read what the queues before this one deliver.
                channel.basic_consume(
                    queue, f"{number}", nowait=True, callback=self._take, arguments=arguments
                )

    def _declare(self) -> list[str]:
        """Declare each exchange and queue once and bind the rest; the names of the queues."""
        connection = self._connection
        assert connection is not None  # noqa: S101
        queues: dict[str, None] = {}
        by_exchange = itertools.groupby(sorted(self._bindings), key=lambda binding: binding[0])
        for exchange, bindings in by_exchange:
            declared = None
            for _, routing_key in bindings:
                queue = self._pool or routing_key
                if declared == queue:
                    connection.channel.queue_bind(queue, exchange, routing_key)
                else:
                    connection.declare(exchange, routing_key, queue)
                    declared = queue
                queues[queue] = None
        return list(queues)

    def _take(self, message: amqp.Message) -> None:
        info = message.delivery_info
        body = message.body
        if type(body) is not bytes:
            body = bytes(body, "utf-8") if isinstance(body, str) else bytes(body)
        headers = message.properties.get("application_headers")
        if headers and headers.get("compression"):
            body = _decompress(body, headers["compression"])
        if self._batch is None:
            # Without a batch to put it in (a frame read while settling or closing) the
            # message stays unsettled; the broker delivers it again.
            raise errors.Unavailable("a message was delivered out of turn")
        self._batch.add(
            Delivery(
                body,
                exchange=info["exchange"],
                topic=info["routing_key"],
                redelivered=info["redelivered"],
                headers=headers,
                tag=info["delivery_tag"],
            )
        )

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Read frames until the batch is full; send heartbeats while it is quiet."""
        with self._bus_errors():
            connection = self._require_connection()
            stream = connection.channel.connection
            self._batch = batch
            try:
                self._read(stream, batch, time.monotonic() + timeout)
            except TimeoutError:
                pass
            finally:
                self._batch = None
            if connection.heartbeat_timeout_threshold > 0:
                connection._heartbeat_check()

    def _read(self, stream: amqp.Connection, batch: MessageBatch, deadline: float) -> None:
        sock = stream.transport.sock
        read = stream.blocking_read
        taken = -1
        while batch.room > 0:
            if len(batch) != taken:
                taken = len(batch)
                left = min(deadline - time.monotonic(), _at_most(batch.remaining))
                if left <= 0:
                    return
                sock.settimeout(left)
            read()

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Reject what is given back one by one; acknowledge all the rest with one frame."""
        if not batch.deliveries:
            return
        with self._bus_errors():
            connection = self._require_connection()
            connection.set_transport_socket_timeout()
            channel = connection.channel
            last = None
            for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
                if outcome is Outcome.REQUEUED:
                    channel.basic_reject(delivery.tag, requeue=True)
                else:
                    last = delivery.tag
            if last is not None:
                channel.basic_ack(last, multiple=True)

    def close(self) -> None:
        """Close the connection; the broker puts back what is not settled, once."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.set_transport_socket_timeout(CLOSE_TIMEOUT)
            connection.close()
        except Exception as error:  # noqa: BLE001  (it is gone either way)
            LOG.debug("Closing the connection to %s: %s", self.name, error)

    def depth(self) -> int | None:
        """What is ready in the queues, asked on a short-lived connection of its own."""
        questions = self._questions
        try:
            return questions.depth() if questions is not None else None
        except Exception as error:  # noqa: BLE001  (whatever it is, it is only not known then)
            LOG.debug("Asking %s how much waits: %s", self.name, error)
            return None

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise errors.Unavailable(f"not connected to {self.name}")
        return self._connection

    @contextmanager
    def _bus_errors(self) -> Iterator[None]:
        """Everything that goes wrong with the broker is one thing: away for now."""
        try:
            yield
        except errors.CeilobatchError:
            raise
        except (
            OSError,
            amqp.exceptions.AMQPError,
            kombu.exceptions.KombuError,
            messaging_exceptions.MessagingException,
            AttributeError,  # py-amqp's answer to the use of a channel that was just closed
        ) as error:
            raise errors.Unavailable(
                f"RabbitMQ at {self.name}: {type(error).__name__}: {error}"
            ) from error


def _at_most(remaining: float | None) -> float:
    return float("inf") if remaining is None else remaining


def _decompress(body: bytes, method: str) -> bytes:
    """The body as it was before compression; as it came where it cannot be told."""
    decompress: Callable[[bytes, str], bytes] = kombu.compression.decompress
    try:
        return decompress(body, method)
    except Exception as error:  # noqa: BLE001  (each library has exceptions of its own)
        LOG.debug("A body with the compression %r: %s", method, error)
        return body
