# SPDX-License-Identifier: Apache-2.0
"""Replay: sends the messages of letters through a handler again, and writes down what came of it.

A letter is marked after its message is durable, so whoever is killed in between replays it once
more, and storage, which knows the message, answers that it is there.
"""

import datetime
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ceilobatch.batch import Limits, MessageBatch
from ceilobatch.letter import Action, Change, Entry, digest
from ceilobatch.recovery.trial import Trial, Verdict, batches

Mark = Callable[[Sequence[Change]], list[bool]]
# Batches a second where a rate is set, so that it is kept evenly.
_STEPS = 10


class Replayed(NamedTuple):
    """A letter, what became of its message, and whether that stands in its history.

    :ivar marked: False where somebody else changed or removed the letter meanwhile.
    """

    entry: Entry
    verdict: Verdict
    marked: bool


class Replay:
    """One run over letters, in one thread.

    :param mark: takes changes as :meth:`ceilobatch.plugins.base.Recovery.change` does.
    :param who: for the history.
    :param rate: messages a second, at most; None for no bound.
    :param stop: set by another thread or a signal: the batch in hand is finished, no other begun.
    """

    def __init__(
        self,
        trial: Trial,
        mark: Mark,
        who: str,
        limits: Limits,
        *,
        rate: float | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._trial = trial
        self._mark = mark
        self._who = who
        self._stop = stop or threading.Event()
        self._pace = Pace(rate, self._stop)
        self._limits = limits if rate is None else _slowed(limits, rate)
        self._books = trial.handler.parts.books

    def run(self, entries: Iterable[Entry], tell: Callable[[Replayed], None]) -> None:
        """Replay one batch after the other.

        :param tell: called for each letter once it is marked.
        :raises Unavailable: storage or recovery is away; what was told is done, the others wait.
        """
        self._books.start()
        try:
            for held, batch in batches(entries, self._limits):
                self._pace.wait(len(held))
                if self._stop.is_set():
                    return
                for replayed in self._replay(held, batch):
                    tell(replayed)
        finally:
            self._books.finish()

    def _replay(self, held: Sequence[Entry], batch: MessageBatch) -> list[Replayed]:
        verdicts = self._handle(batch)
        pairs = list(zip(held, verdicts, strict=True))
        marks = self._mark([self._change(entry, verdict) for entry, verdict in pairs])
        return [
            Replayed(entry, verdict, marked)
            for (entry, verdict), marked in zip(pairs, marks, strict=True)
        ]

    def _handle(self, batch: MessageBatch) -> list[Verdict]:
        """Handle a batch, in the books as those of the agent are."""
        page = self._books.begin(batch)
        try:
            outcomes = self._trial.outcomes(batch)
            page.close(outcomes)
        except BaseException:  # Ctrl-C as well
            page.give_back()
            raise
        return self._trial.verdicts(batch, outcomes)

    def _change(self, entry: Entry, verdict: Verdict) -> Change:
        same = digest(entry.body)
        return Change(
            entry.id,
            entry.revision,
            Action.REPLAYED if verdict.is_done else Action.FAILED,
            self._who,
            datetime.datetime.now(datetime.UTC),
            same,
            same,
            verdict.result,
        )


class Pace:
    """Keeps to a rate by waiting before each step.

    :param rate: things a second; None for no bound.
    """

    def __init__(
        self,
        rate: float | None,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._stop = stop
        self._clock = clock
        self._due = clock()

    def wait(self, count: int) -> None:
        """Wait until so many may be done; returns early when ``stop`` is set."""
        if self._rate is None:
            return
        now = self._clock()
        if self._due > now:
            self._stop.wait(self._due - now)
        # Time that was not used, because storage was slow, is not made up for.
        self._due = max(self._due, now) + count / self._rate


def _slowed(limits: Limits, rate: float) -> Limits:
    return Limits(max(1, min(limits.count, round(rate / _STEPS))), limits.size, limits.age)
