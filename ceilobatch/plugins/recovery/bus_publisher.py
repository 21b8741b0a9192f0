# SPDX-License-Identifier: Apache-2.0
"""Publisher: sends bodies to a queue of RabbitMQ and returns when all of them are confirmed.

Oslo.messaging's own way to send notifications cannot promise that: it logs and swallows what goes
wrong, publishes to a queue that is gone as if it were there, and takes no limit of time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import amqp
import kombu.exceptions
from oslo_messaging import exceptions as messaging_exceptions
from oslo_messaging._drivers import impl_rabbit

from ceilobatch import errors
from ceilobatch.plugins.recovery.bus_connection import Connection, Deadline, persistent

CLOSE_TIMEOUT = 3.0
_BUS_ERRORS = (
    OSError,
    amqp.exceptions.AMQPError,
    kombu.exceptions.KombuError,
    messaging_exceptions.MessagingException,
    AttributeError,  # py-amqp's answer to the use of a connection that was just closed
)


class Publisher:
    """Publishes to one durable queue; connects when it is first needed.

    :param driver: of oslo.messaging, for the URL and the connection options.
    :param timeout: seconds that a call may take.
    """

    def __init__(
        self, driver: impl_rabbit.RabbitDriver, exchange: str, queue: str, timeout: float
    ) -> None:
        self._driver = driver
        self._exchange = exchange
        self._queue = queue
        self._timeout = timeout
        self._connection: Connection | None = None
        hosts = driver._url.hosts
        self.name = ", ".join(f"{host.hostname}:{host.port or 5672}" for host in hosts)

    def publish(self, bodies: Sequence[tuple[str, bytes]]) -> None:
        """Publish pairs of message id and body; the broker has confirmed all when it returns.

        :raises Unavailable: nothing is known of any of them.
        """
        deadline = Deadline(self._timeout)
        with self._bus_errors():
            connection, channel = self._declared(deadline)
            confirms = _Confirms(connection, channel)
            for message_id, body in bodies:
                message = persistent(body, message_id)
                confirms.publish(message, self._exchange, self._queue, deadline)
            confirms.wait(deadline)
            channel.close()

    def probe(self) -> None:
        """Let the broker confirm a message that no queue gets, to see that it takes any.

        :raises Unavailable: it does not.
        """
        deadline = Deadline(self._timeout)
        with self._bus_errors():
            connection, channel = self._declared(deadline)
            confirms = _Confirms(connection, channel)
            message = persistent(b"{}", "probe")
            confirms.publish(message, "", f"{self._queue}.probe", deadline, mandatory=False)
            confirms.wait(deadline)
            channel.close()

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with self._bus_errors():
                connection.limit(Deadline(min(self._timeout, CLOSE_TIMEOUT)))
            connection.close()

    def _declared(self, deadline: Deadline) -> tuple[Connection, amqp.Channel]:
        """A channel on the connection there is, if it still stands, else on a new one."""
        if self._connection is not None:
            try:
                return self._connection, self._open(self._connection, deadline)
            except TimeoutError:
                raise
            except _BUS_ERRORS:
                self._drop()
        url, conf = self._driver._url, self._driver.conf
        # The other half is for what is published.
        connection = Connection(conf, url, deadline.left() / 2)
        self._connection = connection
        return connection, self._open(connection, deadline)

    def _open(self, connection: Connection, deadline: Deadline) -> amqp.Channel:
        channel = connection.channel_by(deadline)
        connection.declare(channel, self._exchange, self._queue)
        return channel

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop()

    @contextmanager
    def _bus_errors(self) -> Iterator[None]:
        """Whatever goes wrong: the connection is not used again, and nobody counts on it."""
        try:
            yield
        except BaseException as error:
            self._drop()
            if isinstance(error, TimeoutError):
                raise self._unavailable(f"no answer within {self._timeout:g} s") from error
            if isinstance(error, _Refusal):
                raise self._unavailable(str(error)) from error
            if isinstance(error, _BUS_ERRORS):
                raise self._unavailable(f"{type(error).__name__}: {error}") from error
            raise

    def _unavailable(self, reason: str) -> errors.Unavailable:
        return errors.Unavailable(f"letters cannot be published to {self.name}: {reason}")


class _Refusal(Exception):
    """The broker answered, and does not keep a message."""


class _Confirms:
    """Counts what is published on a new channel in confirm mode, and what the broker says."""

    def __init__(self, connection: Connection, channel: amqp.Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._published = 0
        self._open: set[int] = set()
        self._refusal = ""
        channel.events["basic_ack"].add(self._acknowledged)
        channel.events["basic_nack"].add(self._refused)
        channel.events["basic_return"].add(self._returned)

    def publish(
        self,
        message: amqp.Message,
        exchange: str,
        queue: str,
        deadline: Deadline,
        *,
        mandatory: bool = True,
    ) -> None:
        """Send a message; many are under way before the first is confirmed."""
        self._connection.limit(deadline)
        self._published += 1
        self._open.add(self._published)
        # The public method waits for the confirmation of each.
        self._channel._basic_publish(message, exchange, queue, mandatory=mandatory)
        self._raise_refusal()

    def wait(self, deadline: Deadline) -> None:
        """Return when everything that was published is confirmed.

        :raises TimeoutError: it is not by then.
        :raises _Refusal: something never will be.
        """
        while self._open:
            self._raise_refusal()
            self._connection.stream.drain_events(timeout=deadline.left())
        self._raise_refusal()

    def _raise_refusal(self) -> None:
        if self._refusal:
            raise _Refusal(self._refusal)
        if self._connection.blocked:
            raise _Refusal(f"the broker takes no messages: {self._connection.blocked}")

    def _acknowledged(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._open = {one for one in self._open if one > tag}
        else:
            self._open.discard(tag)

    def _refused(self, _tag: int, _multiple: bool) -> None:
        self._refusal = "the broker refused a message"

    def _returned(
        self, error: Exception, _exchange: str, queue: str, _message: amqp.Message
    ) -> None:
        self._refusal = f"the broker has no queue {queue}: {error}"
