# SPDX-License-Identifier: Apache-2.0
"""Search: the addresses of a host, without waiting longer for them than one likes to."""

import contextlib
import socket
import threading
from typing import Any

Address = tuple[int, Any]


class Search(threading.Thread):
    """Asks once, in a thread of its own: the resolver may take minutes and cannot be stopped.

    Who has started it joins it, as long as there is patience; nothing depends on its end, so it
    keeps no process alive.

    :ivar found: once it has ended, the addresses, or why there are none.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="statsd-address", daemon=True)
        self.found: list[Address] | str = "its address is not known yet"
        self._host = host
        self._port = port

    def run(self) -> None:
        """The body of the thread."""
        try:
            self.found = addresses(self._host, self._port)
        except (OSError, UnicodeError) as error:
            self.found = str(error)


def literal(host: str, port: int) -> list[Address]:
    """The address, where that is what the host is given by: then nobody needs to be asked."""
    with contextlib.suppress(OSError, UnicodeError):
        return addresses(host, port, socket.AI_NUMERICHOST)
    return []


def addresses(host: str, port: int, flags: int = 0) -> list[Address]:
    """All of them, in the order of the system's preference.

    :raises OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]
