# SPDX-License-Identifier: Apache-2.0
"""How much waits in RabbitMQ queues, asked on short-lived connections."""

from collections.abc import Sequence

import kombu

# What the broker has for each answer, in seconds.
TIMEOUT = 1


class Questions:
    """Asks the brokers that a connection is to, in the same manner, and with little patience.

    Without the callbacks of the stock driver, which are for the connection that consumes.
    """

    def __init__(self, connection: kombu.Connection, hosts: int, queues: Sequence[str]) -> None:
        options = {
            "client_properties": connection.transport_options["client_properties"],
            "read_timeout": TIMEOUT,
            "write_timeout": TIMEOUT,
        }
        self._template = connection.clone(
            connect_timeout=TIMEOUT, heartbeat=0, transport_options=options
        )
        self._retries = max(0, hosts - 1)
        self._queues = queues

    def depth(self) -> int:
        """Messages that are ready.

        :raises Exception: whatever kombu and py-amqp raise; they have no common base.
        """
        with self._template.clone() as connection:
            # Each host once, and no wait in between.
            connection.ensure_connection(None, self._retries, 0, 0, 0)
            channel = connection.channel()
            answers = (channel.queue_declare(queue, passive=True) for queue in self._queues)
            return sum(int(answer.message_count) for answer in answers)
