# SPDX-License-Identifier: Apache-2.0
"""load: publishes messages at a pace, until all are confirmed or somebody wants no more."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ceilobatch.perf.publisher import Publisher
from ceilobatch.perf.stream import Parcel

# Seconds.
LAST_WORD = 60.0
GLANCE = 0.05
TOLD_EVERY = 0.1


class Loaded(NamedTuple):
    """What was done.

    :ivar published: lies on the bus; ``unroutable``, ``refused`` and ``unconfirmed`` do not.
    :ivar seconds: from the first message to the last confirmation.
    """

    published: int
    unroutable: int
    refused: int
    unconfirmed: int
    seconds: float
    interrupted: bool


def load(
    parcels: Iterable[Parcel],
    publisher: Publisher,
    rate: float | None,
    told: Callable[[int], None],
    stopped: threading.Event,
) -> Loaded:
    """Publish all of them.

    :param rate: messages a second; None for as many as the bus takes.
    :param told: called now and then with how many more were confirmed.
    :param stopped: ends it early, after what is under way was confirmed.
    :raises Unavailable: the bus is away.
    """
    teller = _Teller(publisher, told)
    begun = time.monotonic()
    for number, parcel in enumerate(parcels):
        if rate is not None:
            _wait_until(begun + number / rate, publisher, teller, stopped)
        if stopped.is_set():
            break
        publisher.send(parcel)
        teller.tell()
    _settle(publisher, teller)
    seconds, receipts = time.monotonic() - begun, publisher.receipts
    return Loaded(
        receipts.published,
        receipts.unroutable,
        receipts.refused,
        receipts.under_way,
        round(seconds, 3),
        stopped.is_set(),
    )


class _Teller:
    """Tells of progress, but not at every message."""

    def __init__(self, publisher: Publisher, told: Callable[[int], None]) -> None:
        self._receipts = publisher.receipts
        self._told = told
        self._confirmed = 0
        self._again = 0.0

    def tell(self, *, now: bool = False) -> None:
        if now or time.monotonic() >= self._again:
            confirmed = self._receipts.confirmed
            self._told(confirmed - self._confirmed)
            self._confirmed = confirmed
            self._again = time.monotonic() + TOLD_EVERY


def _wait_until(
    when: float, publisher: Publisher, teller: _Teller, stopped: threading.Event
) -> None:
    while (left := when - time.monotonic()) > 0 and not stopped.is_set():
        publisher.attend(min(left, GLANCE))
        teller.tell()


def _settle(publisher: Publisher, teller: _Teller) -> None:
    """Hear of what is under way."""
    until = time.monotonic() + LAST_WORD
    while publisher.receipts.under_way and time.monotonic() < until:
        publisher.attend(GLANCE)
        teller.tell()
    teller.tell(now=True)
