# SPDX-License-Identifier: Apache-2.0
"""A connection of oslo.messaging's rabbit driver on which nothing waits without a limit."""

import contextlib
import time
from typing import Any

import amqp
import kombu
from oslo_log import log
from oslo_messaging._drivers import common as driver_common
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.transport import TransportURL

LOG = log.getLogger(__name__)


class Deadline:
    """The moment when a call has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then.

        :raises TimeoutError: there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class Connection(impl_rabbit.Connection):  # type: ignore[misc]
    """A connection to the first host that answers; it never connects again by itself.

    It has no heartbeats, for which a thread would be needed: who uses it finds out whether it
    still stands by opening a channel.

    :param seconds: how long connecting may take, for all hosts together.
    :ivar stream: py-amqp's connection.
    :ivar blocked: why the broker takes no messages; empty while it does.
    """

    def __init__(self, conf: Any, url: TransportURL, seconds: float) -> None:
        self._hosts = max(1, len(url.hosts))
        self._seconds = seconds
        self.blocked = ""
        super().__init__(conf, url, driver_common.PURPOSE_LISTEN)

    def ensure_connection(self) -> None:
        """Connect, trying each host once."""
        client = self.connection
        client.heartbeat = 0
        client.connect_timeout = self._seconds / self._hosts
        client.ensure_connection(
            max_retries=self._hosts - 1, interval_start=0, interval_step=0, interval_max=0
        )
        self.stream: amqp.Connection = client.connection

    def channel_by(self, deadline: Deadline) -> amqp.Channel:
        """A new channel in confirm mode, on which every wait for the broker ends by then."""
        self.limit(deadline)
        channel = self.stream.channel()
        channel.confirm_select()
        return channel

    def limit(self, deadline: Deadline) -> None:
        """No single wait for the broker from now on lasts longer than until then."""
        self.stream.transport.sock.settimeout(deadline.left())

    def declare(self, channel: amqp.Channel, exchange: str, queue: str) -> None:
        """Declare a topic exchange and a queue of the same routing key, to outlive the broker.

        They are durable whatever the options say, and what listeners of oslo.messaging declare
        whose options say so.
        """
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        arguments = impl_rabbit._get_queue_arguments(
            self.rabbit_ha_queues,
            0,
            self.rabbit_quorum_queue,
            self.rabbit_quorum_queue_config,
            False,
        )
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind(queue, exchange, queue)

    def drop(self) -> None:
        """Close the socket without a word to the broker."""
        with contextlib.suppress(Exception):
            self.connection.collect()

    def close(self) -> None:
        """Close in order; drop what does not answer."""
        try:
            super().close()
        except Exception as error:  # noqa: BLE001  (it is gone either way)
            LOG.debug("Closing the connection for letters: %s", error)
            self.drop()

    def _on_connection_blocked(self, reason: str) -> None:
        self.blocked = str(reason)

    def _on_connection_unblocked(self) -> None:
        self.blocked = ""


def persistent(body: bytes, message_id: str) -> amqp.Message:
    """A message of JSON that the broker keeps on disk."""
    return amqp.Message(
        body,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=kombu.Exchange.PERSISTENT_DELIVERY_MODE,
        message_id=message_id,
    )
