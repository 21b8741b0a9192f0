# SPDX-License-Identifier: Apache-2.0
"""Faults: what a fake raises when it writes, and how far it has come by then."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Faults:
    """Exceptions for the next writes, each of which takes at most one.

    :ivar before: nothing of the call has been written yet.
    :ivar half: half of the items are written.
    :ivar late: all of it is written, and the answer is lost.
    """

    def __init__(self) -> None:
        self.before: deque[BaseException] = deque()
        self.half: deque[BaseException] = deque()
        self.late: deque[BaseException] = deque()

    def run(self, items: Sequence[Any], write: Callable[[Any], Answer]) -> Answer:
        """Write as far as the next fault allows."""
        if self.before:
            raise self.before.popleft()
        if self.half:
            write(items[: len(items) // 2])
            raise self.half.popleft()
        answer = write(items)
        if self.late:
            raise self.late.popleft()
        return answer
