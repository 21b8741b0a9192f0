# SPDX-License-Identifier: Apache-2.0
"""The pace of a load, and its early end."""

import itertools
import threading
import time

from ceilobatch.perf.load import load
from ceilobatch.perf.publisher import Receipts
from ceilobatch.perf.stream import Parcel

PARCEL = Parcel("nova", "notifications.info", b"{}")


class Bus:
    """Confirms what was sent when it is attended to."""

    def __init__(self) -> None:
        self.receipts = Receipts()
        self.times: list[float] = []

    def send(self, parcel: Parcel) -> None:
        self.receipts.sent += 1
        self.times.append(time.monotonic())

    def attend(self, seconds: float) -> None:
        time.sleep(seconds)
        self.receipts.confirmed = self.receipts.sent

    def close(self) -> None:
        pass


def test_messages_go_at_their_rate() -> None:
    bus = Bus()
    done = load([PARCEL] * 40, bus, 400.0, lambda _: None, threading.Event())
    begun = bus.times[0]
    assert done.published == 40
    assert all(when - begun > number / 400 - 0.01 for number, when in enumerate(bus.times))
    assert done.seconds >= 39 / 400


def test_progress_comes_to_all_that_was_confirmed() -> None:
    told: list[int] = []
    done = load([PARCEL] * 500, Bus(), None, told.append, threading.Event())
    assert sum(told) == done.published == 500
    assert done.unconfirmed == done.refused == 0


def test_it_ends_early_when_told_so_with_everything_confirmed() -> None:
    stopped = threading.Event()
    bus = Bus()

    def told(_count: int) -> None:
        if bus.receipts.sent >= 20:
            stopped.set()

    done = load(itertools.repeat(PARCEL), bus, 1000.0, told, stopped)
    assert done.interrupted
    assert done.published == bus.receipts.sent
    assert done.unconfirmed == 0
