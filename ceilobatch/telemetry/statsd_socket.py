# SPDX-License-Identifier: Apache-2.0
"""Wire: a socket for datagrams that never waits, and a host that need not be there."""

import os
import socket
from collections.abc import Iterable

from oslo_log import log

from ceilobatch.telemetry.statsd_host import Address, Search, literal
from ceilobatch.telemetry.statsd_lines import LARGEST

LOG = log.getLogger(__name__)

# How long a flush waits for the address of a host; an answer that is later serves the next one.
PATIENCE = 0.2


class Wire:
    """Datagrams to one host and port; opens its socket with the first one.

    After a flush in which some were lost the next one begins with a new socket, to the next
    address of the host, or to where it has moved.

    :ivar sent: datagrams handed to the network.
    :ivar lost: datagrams that could not be, or that are known to have arrived nowhere.
    """

    def __init__(self, host: str, port: int) -> None:
        self.sent = self.lost = 0
        self._host = host.strip("[]")
        self._port = port
        self._socket: socket.socket | None = None
        self._search: Search | None = None
        self._addresses: list[Address] = []
        self._trouble = ""
        self._lost_before = 0

    def send(self, datagrams: Iterable[bytes]) -> None:
        """Send all of them, or count what is lost."""
        before = self.lost
        trouble = self._late_refusal()
        if trouble or self._trouble:
            self._shut()
        trouble = self._open() or trouble
        for datagram in datagrams:
            trouble = self._send(datagram) or trouble
        self._tell(trouble if self.lost > before else "")

    def close(self) -> None:
        """Close the socket."""
        self._late_refusal()
        self._shut()
        if self._search is not None:
            self._search.join(PATIENCE)
            self._search = None

    def _open(self) -> str:
        """See to it that there is a socket; why there is none."""
        problem = ""
        if self._socket is None and not self._addresses:
            problem = self._find()
        while self._socket is None and self._addresses:
            problem = self._connect(*self._addresses.pop(0))
        return problem

    def _find(self) -> str:
        """Find the addresses of the host; why there are none."""
        self._addresses = literal(self._host, self._port)
        if self._addresses:
            return ""
        if self._search is None:
            self._search = Search(self._host, self._port)
            self._search.start()
        self._search.join(PATIENCE)
        found = self._search.found
        if not self._search.is_alive():
            self._search = None
        if isinstance(found, str):
            return found
        self._addresses = found
        return ""

    def _connect(self, family: int, address: object) -> str:
        """Try an address; why it cannot be used."""
        try:
            opened = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            return str(error)
        try:
            opened.setblocking(False)
            opened.connect(address)  # type: ignore[arg-type]
        except OSError as error:
            opened.close()
            return str(error)
        self._socket = opened
        return ""

    def _send(self, datagram: bytes) -> str:
        """Send one; what went wrong, with it or with the one before it."""
        refused = ""
        if len(datagram) > LARGEST:
            self.lost += 1
            return f"a figure with its dimensions has more than {LARGEST} bytes"
        if self._socket is None:
            self.lost += 1
            return ""
        try:
            # What the network has to say of an earlier one would keep this one from being sent.
            refused = self._late_refusal()
            self._socket.send(datagram)
        except OSError as error:
            self.lost += 1
            return str(error)
        self.sent += 1
        return refused

    def _late_refusal(self) -> str:
        """What the network has answered to a datagram that was sent, if anything."""
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if self._socket else 0
        if not code:
            return ""
        self.lost += 1
        return f"[Errno {code}] {os.strerror(code)}"

    def _shut(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _tell(self, trouble: str) -> None:
        """Log when it begins and when it is over, and nothing in between."""
        place = f"{ascii(self._host)[1:-1]}:{self._port}"
        if trouble and not self._trouble:
            LOG.warning("No figures get through to %s by statsd: %s", place, trouble)
        elif self._trouble and not trouble:
            lost = self.lost - self._lost_before
            LOG.info("Figures get through to %s again; %d datagrams were lost", place, lost)
        if not trouble:
            self._lost_before = self.lost
        self._trouble = trouble
