# SPDX-License-Identifier: Apache-2.0
"""Tries what the agent needs of a RabbitMQ, with a queue that is gone with the connection."""

import contextlib
import uuid
from collections.abc import Iterator, Sequence

import amqp

from ceilobatch import errors
from ceilobatch.plugins.transports.rabbit import Connection

# The oldest release that the agent was tested with.
OLDEST = (3, 8)
_KEY = "ceilobatch.check"


def examine(connection: Connection, pool: str, exchanges: Sequence[str]) -> str:
    """Declare a queue, bind it to an exchange that is there and read it: what the agent may do.

    Nothing is declared that stays and nothing is published.

    :param pool: the name of the queue tried begins so, as rights are given by the beginning.
    :raises Unavailable: the login lacks a right.
    """
    stream = connection.channel.connection
    version = str(stream.server_properties.get("version", "of an unknown version"))
    there = [name for name in exchanges if name and _exists(stream, name)]
    _try_queue(stream, f"{pool or 'notifications'}.check-{uuid.uuid4().hex[:8]}", there[:1])
    missing = [name for name in exchanges if name not in there]
    more = f"; not there yet, so the agent declares them: {', '.join(missing)}" if missing else ""
    rights = "declare, bind and read" if there else "declare and read"
    return f"RabbitMQ {version}{_judged(version)}; may {rights}{more}"


def _judged(version: str) -> str:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    old = len(numbers) == len(OLDEST) and numbers < OLDEST
    return f" (older than {'.'.join(map(str, OLDEST))}, which nobody tries)" if old else ""


def _exists(stream: amqp.Connection, exchange: str) -> bool:
    # A refusal closes the channel, so each question has its own.
    channel = stream.channel()
    try:
        channel.exchange_declare(exchange, "topic", passive=True)
    except amqp.exceptions.NotFound:
        return False
    finally:
        with contextlib.suppress(amqp.exceptions.AMQPError, OSError):
            channel.close()
    return True


def _try_queue(stream: amqp.Connection, queue: str, exchanges: Sequence[str]) -> None:
    channel = stream.channel()
    with _refusals():
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        for exchange in exchanges:
            channel.queue_bind(queue, exchange, _KEY)
        channel.basic_get(queue, no_ack=True)
        channel.queue_delete(queue)
    channel.close()


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except amqp.exceptions.AccessRefused as error:
        raise errors.Unavailable(
            f"the login lacks a right ({error.reply_text}): it needs configure, write and read, "
            "see 'rabbitmqctl set_permissions'"
        ) from error
