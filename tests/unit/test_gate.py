# SPDX-License-Identifier: Apache-2.0
"""Opening and closing of the gate."""

import logging
import threading

from ceilobatch import errors
from ceilobatch.gate import Backoff, Gate


def test_waits_double_up_to_the_longest_and_begin_again():
    backoff = Backoff(first=1.0, longest=5.0)
    waits = [backoff.failed() for _ in range(6)]
    for wait, bound in zip(waits, [1, 2, 4, 5, 5, 5], strict=True):
        assert 0.75 * bound <= wait <= bound
    backoff.succeeded()
    assert backoff.failed() <= 1.0


def test_gate_opens_by_itself_when_the_probe_succeeds():
    gate = Gate("bus")
    gate._backoff = Backoff(first=0.001, longest=0.001)
    gate.close("storage is away")
    answers = [errors.Unavailable("still away"), errors.Unavailable("nearly"), None]
    seen = []

    def probe():
        seen.append(gate.reason)
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    gate.wait_until_open(probe, threading.Event())
    assert gate.is_open
    assert seen == ["storage is away", "still away", "nearly"]
    assert gate.closed_at is None


def test_reason_is_logged_once(caplog):
    gate = Gate("bus")
    with caplog.at_level(logging.WARNING):
        gate.close("disk full")
        gate.close("disk full")
    assert [record.getMessage() for record in caplog.records] == [
        "Gate of bus closed, consuming stops: disk full"
    ]


def test_stop_ends_the_wait():
    gate, stop = Gate("bus"), threading.Event()
    gate.close("away")
    stop.set()
    gate.wait_until_open(lambda: None, stop)
    assert not gate.is_open
