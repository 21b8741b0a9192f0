# SPDX-License-Identifier: Apache-2.0
"""Threads that ask the same at the same time share an answer that is not older than they."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ceilobatch.plugins.gnocchi.shared import Shared


class Source:
    """Answers with the number of the call, when it may."""

    def __init__(self) -> None:
        self.calls = 0
        self.asked = threading.Semaphore(0)
        self.may_answer = threading.Semaphore(0)
        self.fails = False

    def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        self.asked.release()
        assert self.may_answer.acquire(timeout=20)
        if self.fails:
            raise ConnectionError(str(number))
        return number


def test_who_comes_during_a_question_gets_the_answer_of_the_next() -> None:
    source = Source()
    shared = Shared(source)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(shared.get)
        assert source.asked.acquire(timeout=20)
        others = [pool.submit(shared.get) for _ in range(8)]
        deadline = time.monotonic() + 20
        while shared.waiting < len(others):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        source.may_answer.release(2)
        assert first.result(20) == 1
        assert [other.result(20) for other in others] == [2] * len(others)
    assert source.calls == 2


def test_a_failure_is_everybodys_who_waited_and_nobody_elses() -> None:
    source = Source()
    shared = Shared(source)
    source.fails = True
    source.may_answer.release()
    with pytest.raises(ConnectionError):
        shared.get()
    source.fails = False
    source.may_answer.release()
    assert shared.get() == 2
