# SPDX-License-Identifier: Apache-2.0
"""ReadAhead: one system call for many AMQP frames, where py-amqp makes three for each."""

from collections.abc import Callable

CHUNK = 262144


class ReadAhead:
    """Stands in for a socket's ``recv``: asks for much, hands out what is asked for.

    :param receive: the ``recv`` of the socket; its timeouts and errors pass through.
    """

    __slots__ = ("_at", "_held", "_receive")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held = b""
        self._at = 0

    def recv(self, count: int) -> bytes:
        """At least one byte and at most ``count``; empty when the peer has closed."""
        begin, end = self._at, self._at + count
        if end <= len(self._held):
            self._at = end
            return self._held[begin:end]
        if begin < len(self._held):
            rest, self._held, self._at = self._held[begin:], b"", 0
            return rest
        received = self._receive(max(count, CHUNK))
        if len(received) <= count:
            return received
        self._held, self._at = received, count
        return received[:count]
