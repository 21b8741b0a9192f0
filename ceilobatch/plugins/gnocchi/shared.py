# SPDX-License-Identifier: Apache-2.0
"""Shared: one answer for all threads that ask the same at the same time."""

import threading
from collections.abc import Callable
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Asks once for all who wait, and never gives an answer older than the question.

    Whoever comes while somebody asks waits for the end of that, because its answer may be older;
    then one of those who wait asks for all of them.

    :param ask: is called by one thread at a time; what it raises, all raise who have waited.
    :ivar waiting: how many threads wait for what another one asks.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self.waiting = 0
        self._ask = ask
        self._changed = threading.Condition()
        self._begun = 0
        self._ended = 0
        self._outcome: Callable[[], T] = ask

    def get(self) -> T:
        """An answer that was asked for after this call began."""
        with self._changed:
            wanted = self._begun + 1
            while self._ended < wanted and self._begun > self._ended:
                self.waiting += 1
                self._changed.wait()
                self.waiting -= 1
            if self._ended >= wanted:
                outcome = self._outcome
                number = 0
            else:
                self._begun += 1
                number = self._begun
        if number:
            outcome = self._answer()
            with self._changed:
                self._ended, self._outcome = number, outcome
                self._changed.notify_all()
        return outcome()

    def _answer(self) -> Callable[[], T]:
        try:
            answer = self._ask()
        except Exception as error:  # noqa: BLE001  (raised in every thread that asked)
            return _Raise(error)
        return lambda: answer


class _Raise:
    """Raises an exception whenever it is called."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self) -> NoReturn:
        raise self._error
