# SPDX-License-Identifier: Apache-2.0
"""Kept: answers that cost a lot, worked out by one request and shared with others for a moment."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import falcon

T = TypeVar("T")

# Seconds by which an answer may be older while a new one is worked out.
LATE = 10.0
# Different questions: how many are worked out at a time, and how many answers are kept.
AT_A_TIME = 2
MOST = 16


class Kept(Generic[T]):
    """Answers by question, at most so many seconds old, and one request at work on each.

    :param seconds: 0 stands for no keeping.
    :param clock: seconds, never set back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Condition()
        # When it was asked for, and the answer.
        self._answers: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._working: set[Hashable] = set()

    def get(self, question: Hashable, work_out: Callable[[], T]) -> T:
        """The answer: a kept one, that of somebody who is at work on it, or a new one.

        :raises falcon.HTTPServiceUnavailable: too many others are being worked out.
        """
        asked = self._clock()
        with self._lock:
            while True:
                answer = self._kept(question, asked)
                if answer is not None:
                    return answer[1]
                if question not in self._working:
                    break
                self._lock.wait()
            if len(self._working) >= AT_A_TIME:
                sentence = "Too many such questions are being answered; ask again."
                raise falcon.HTTPServiceUnavailable(description=sentence, retry_after=1)
            self._working.add(question)
        return self._work(question, work_out)

    def _kept(self, question: Hashable, asked: float) -> tuple[float, T] | None:
        """What may be answered to somebody who asked then."""
        answer = self._answers.get(question)
        if answer is None:
            return None
        late = LATE if self._seconds and question in self._working else 0.0
        # One that was begun after it was asked for is always good.
        return answer if asked - answer[0] < self._seconds + late else None

    def _work(self, question: Hashable, work_out: Callable[[], T]) -> T:
        begun = self._clock()
        try:
            answer = work_out()
            with self._lock:
                self._answers[question] = (begun, answer)
                self._answers.move_to_end(question)
                if len(self._answers) > MOST:
                    self._answers.popitem(last=False)
            return answer
        finally:
            with self._lock:
                self._working.discard(question)
                self._lock.notify_all()
