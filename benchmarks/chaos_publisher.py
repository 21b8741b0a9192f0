# SPDX-License-Identifier: Apache-2.0
"""The publisher of a chaos run, a process of its own: sends until the broker has confirmed.

Reads from standard input how many slots of the plan may be out, one number a line; writes how
many slots from the first on are confirmed whenever that changes, and at the end one line of JSON.
What was not confirmed before a connection was lost is sent again, and so perhaps twice.
"""

import contextlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator

import amqp

from benchmarks.chaos_plan import Slot, plan

WINDOW = 1000
PERSISTENT = 2
LOST = (OSError, amqp.exceptions.AMQPError, AttributeError)
Numbered = tuple[int, Slot]


class Publisher:
    """Sends slots in order, with at most ``WINDOW`` of them unconfirmed.

    :param place: host with port, user, password and virtual host.
    """

    def __init__(self, place: tuple[str, str, str, str], slots: Iterator[Slot]) -> None:
        self.granted = 0
        self.sent = self.reconnects = 0
        self._place = place
        self._slots: Iterator[Numbered] = enumerate(slots)
        self._again: deque[Numbered] = deque()
        self._taken = 0
        self._waiting: dict[int, Numbered] = {}
        self._confirmed: set[int] = set()
        self._prefix = 0
        self._exhausted = False

    def run(self) -> None:
        """Send everything."""
        while not self._finished():
            try:
                with self._connection() as connection:
                    self._send_all(connection)
            except LOST:
                self.reconnects += 1
                self._again.extendleft(reversed(self._waiting.values()))
                self._waiting.clear()
                time.sleep(0.1)

    def _finished(self) -> bool:
        return self._exhausted and not self._again and not self._waiting

    def _connection(self) -> amqp.Connection:
        host, user, password, vhost = self._place
        connection = amqp.Connection(host, user, password, virtual_host=vhost, connect_timeout=3)
        connection.connect()
        return connection

    def _send_all(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        channel.confirm_select()
        tag = 0
        while not self._finished():
            while len(self._waiting) < WINDOW and (numbered := self._next()) is not None:
                tag += 1
                self._waiting[tag] = numbered
                self._send(channel, numbered)
            self._hear(connection)

    def _next(self) -> Numbered | None:
        if self._again:
            return self._again.popleft()
        if self._taken >= self.granted or self._exhausted:
            return None
        numbered = next(self._slots, None)
        self._exhausted = numbered is None
        self._taken += numbered is not None
        return numbered

    def _send(self, channel: amqp.Channel, numbered: Numbered) -> None:
        number, slot = numbered
        message = amqp.Message(
            slot.body,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=PERSISTENT,
            message_id=str(number),
        )
        self.sent += 1
        channel.basic_publish(
            message, exchange=slot.exchange, routing_key=slot.routing_key, mandatory=True
        )

    def _hear(self, connection: amqp.Connection) -> None:
        before = self._prefix
        with contextlib.suppress(TimeoutError):
            connection.drain_events(timeout=0.02)
        while self._prefix in self._confirmed:
            self._confirmed.discard(self._prefix)
            self._prefix += 1
        if self._prefix != before:
            print(self._prefix, flush=True)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._confirmed.update(number for number, _ in self._settled(tag, multiple))

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._again.extend(self._settled(tag, multiple))

    def _on_return(self, _error: object, _exchange: str, _key: str, message: amqp.Message) -> None:
        """No queue took it; its confirmation, which follows, must not count."""
        returned = int(message.properties["message_id"])
        tag = next(tag for tag, (number, _) in self._waiting.items() if number == returned)
        self._again.append(self._waiting.pop(tag))

    def _settled(self, tag: int, multiple: bool) -> list[Numbered]:
        tags = [one for one in self._waiting if one <= tag] if multiple else [tag]
        found = [self._waiting.pop(one, None) for one in tags]
        return [numbered for numbered in found if numbered is not None]


def main(host: str, user: str, password: str, vhost: str, count: str, seed: str) -> None:
    """Send the plan of a seed."""
    publisher = Publisher((host, user, password, vhost), plan(int(count), int(seed)))

    def listen() -> None:
        for line in sys.stdin:
            publisher.granted = int(line)

    threading.Thread(target=listen, daemon=True).start()
    publisher.run()
    print(json.dumps({"sent": publisher.sent, "reconnects": publisher.reconnects}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
