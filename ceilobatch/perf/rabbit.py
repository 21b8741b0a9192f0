# SPDX-License-Identifier: Apache-2.0
"""RabbitPublisher: publishes to RabbitMQ, every message confirmed by the broker."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import amqp
import kombu.exceptions
from oslo_messaging import exceptions as messaging_exceptions
from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.perf.publisher import WINDOW, Receipts
from ceilobatch.perf.stream import Parcel
from ceilobatch.plugins.transports.rabbit import Connection

PERSISTENT = 2
# Seconds that the broker may take to read or to confirm.
PATIENCE = 60.0
_LOST = (
    OSError,
    amqp.exceptions.AMQPError,
    kombu.exceptions.KombuError,
    messaging_exceptions.MessagingException,
    AttributeError,  # py-amqp's answer to the use of a channel that was just closed
)


class RabbitPublisher:
    """One channel in confirm mode, on oslo.messaging's connection with all its options.

    :param conf: with the options of ``[oslo_messaging_rabbit]``.
    :raises Unavailable: there is no connection to be had.
    """

    def __init__(self, conf: Any, url: TransportURL) -> None:
        self.receipts = Receipts()
        self._waiting: set[int] = set()
        self._exchanges: set[str] = set()
        self._name = ", ".join(f"{host.hostname}:{host.port or 5672}" for host in url.hosts)
        with self._bus_errors():
            self._connection = Connection(conf, url, 1)
            self._stream = self._connection.channel.connection
            # That of the connection has oslo.messaging's answer to what nobody wants.
            self._channel = self._stream.channel()
            # The broker stops reading from a publisher that is too fast; by default the kernel
            # would end a connection that is not read from for a second.
            self._sock = self._stream.transport.sock
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)
            self._sock.settimeout(PATIENCE)
            self._listen()

    def send(self, parcel: Parcel) -> None:
        """Part of :class:`Publisher`."""
        with self._bus_errors():
            if parcel.exchange not in self._exchanges:
                self._declare(parcel.exchange)
            message = amqp.Message(
                parcel.body,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=PERSISTENT,
            )
            self.receipts.sent += 1
            self._waiting.add(self.receipts.sent)
            # The channel's own one would wait for each confirmation by itself.
            amqp.Channel.basic_publish(
                self._channel,
                message,
                exchange=parcel.exchange,
                routing_key=parcel.routing_key,
                mandatory=True,
            )
            if len(self._waiting) >= WINDOW:
                self._hear_until(WINDOW // 2)

    def attend(self, seconds: float) -> None:
        """Part of :class:`Publisher`."""
        until = time.monotonic() + seconds
        with self._bus_errors():
            if self._connection.heartbeat_timeout_threshold > 0:
                self._connection._heartbeat_check()
            while (left := until - time.monotonic()) > 0:
                with contextlib.suppress(TimeoutError):
                    self._stream.drain_events(timeout=left)

    def close(self) -> None:
        """Part of :class:`Publisher`."""
        with contextlib.suppress(errors.Unavailable), self._bus_errors():
            self._connection.close()

    def _hear_until(self, waiting: int) -> None:
        while len(self._waiting) > waiting:
            self._stream.drain_events(timeout=PATIENCE)

    def _listen(self) -> None:
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._channel.confirm_select()

    def _declare(self, exchange: str) -> None:
        """Make the exchange where it is not there, as oslo.messaging would.

        On channels of their own: the broker closes the one on which something was refused.
        """
        try:
            with self._stream.channel() as channel:
                channel.exchange_declare(exchange, "topic", passive=True)
        except amqp.exceptions.NotFound:
            durable, auto_delete = self._connection.durable, self._connection.amqp_auto_delete
            with self._stream.channel() as channel:
                channel.exchange_declare(
                    exchange, "topic", durable=durable, auto_delete=auto_delete
                )
        self._exchanges.add(exchange)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self.receipts.confirmed += self._settled(tag, multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self.receipts.refused += self._settled(tag, multiple)

    def _on_return(self, *_returned: object) -> None:
        """No queue wanted it; its confirmation follows all the same."""
        self.receipts.unroutable += 1

    def _settled(self, tag: int, multiple: bool) -> int:
        tags = {one for one in self._waiting if one <= tag} if multiple else {tag}
        found = tags & self._waiting
        self._waiting -= found
        return len(found)

    @contextlib.contextmanager
    def _bus_errors(self) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            reason = str(error) or type(error).__name__
            raise errors.Unavailable(f"RabbitMQ at {self._name}: {reason}") from error
