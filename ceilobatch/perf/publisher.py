# SPDX-License-Identifier: Apache-2.0
"""Publisher: puts messages on a bus and learns of each whether the bus has it."""

from dataclasses import dataclass
from typing import Protocol

from ceilobatch.perf.stream import Parcel

# Messages that may be under way; more would not be faster, and bursts would be larger.
WINDOW = 1000


@dataclass(slots=True)
class Receipts:
    """What became of messages.

    :ivar confirmed: taken by the bus.
    :ivar unroutable: of these, those that no queue wanted, and so are gone.
    :ivar refused: not taken.
    """

    sent: int = 0
    confirmed: int = 0
    unroutable: int = 0
    refused: int = 0

    @property
    def under_way(self) -> int:
        """Sent, and not heard of yet."""
        return self.sent - self.confirmed - self.refused

    @property
    def published(self) -> int:
        """Waiting on the bus for whoever consumes."""
        return self.confirmed - self.unroutable


class Publisher(Protocol):
    """A connection to a bus, used by one thread."""

    receipts: Receipts

    def send(self, parcel: Parcel) -> None:
        """Send; may wait while too many are under way.

        :raises Unavailable: the bus is away; what is under way is lost or not.
        """

    def attend(self, seconds: float) -> None:
        """Hear what the bus has to say, for about so long.

        :raises Unavailable: the bus is away.
        """

    def close(self) -> None:
        """Close the connection."""
