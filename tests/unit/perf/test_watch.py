# SPDX-License-Identifier: Apache-2.0
"""When a watch ends, and what it does where a source is away for a while."""

import threading
import time
from collections.abc import Sequence

import pytest

from ceilobatch import errors
from ceilobatch.perf.sample import Counts, Sample, Worker
from ceilobatch.perf.watch import Ending, Goal, Watched, watch

ONE = Worker("h1", "p0")
LONG = 60.0
AWAY = errors.Unavailable("nobody answers")


class Script:
    """A source that tells what is written; the last line for ever."""

    def __init__(self, lines: Sequence[Counts | Exception]) -> None:
        self._lines = list(lines)

    def sample(self) -> Sample:
        line = self._lines.pop(0) if len(self._lines) > 1 else self._lines[0]
        if isinstance(line, Exception):
            raise line
        return Sample(time.monotonic(), {ONE: line})

    def close(self) -> None:
        pass


def seen(goal: Goal, *lines: Counts | Exception) -> Watched:
    return watch(Script(lines), goal, lambda _: None, threading.Event())


def test_ends_when_so_many_are_accounted_for_with_whatever_outcome() -> None:
    found = seen(
        Goal(10, None, LONG, 0.001),
        Counts(100, 50, 1),
        Counts(105, 55, 1),
        Counts(112, 57, 2, retried=5, duplicate=1),
        Counts(112, 58, 2, retried=9, duplicate=1),
    )
    assert found.ending is Ending.COUNTED
    assert found.tally.whole == Counts(12, 8, 1, 9, 1)


def test_ends_when_nothing_changes_any_more_but_not_before_anything_did() -> None:
    still = [Counts(5, 5)] * 30
    found = seen(Goal(None, 0.02, LONG, 0.001), *still, Counts(9, 9))
    assert found.ending is Ending.IDLE
    assert found.tally.whole == Counts(4, 4)
    assert len(found.tally.moments) > 31


def test_ends_when_time_is_over() -> None:
    assert seen(Goal(10, 0.01, 0.05, 0.001), Counts(5, 5)).ending is Ending.TIMED_OUT


def test_ends_when_told_so() -> None:
    stopped = threading.Event()
    stopped.set()
    script = Script([Counts(1)])
    found = watch(script, Goal(None, None, LONG, LONG), lambda _: None, stopped)
    assert found.ending is Ending.INTERRUPTED
    assert len(found.tally.moments) == 1


def test_samples_that_cannot_be_had_are_counted_and_the_watch_goes_on() -> None:
    found = seen(Goal(3, None, LONG, 0.001), Counts(1, 1), AWAY, AWAY, Counts(4, 4))
    assert (found.ending, found.missed, found.reason) == (Ending.COUNTED, 2, "nobody answers")
    assert found.tally.whole == Counts(3, 3)


def test_who_is_away_already_at_the_beginning_is_refused() -> None:
    with pytest.raises(errors.Unavailable, match="nobody answers"):
        seen(Goal(3, None, LONG, 0.001), AWAY)


def test_who_is_not_what_he_was_said_to_be_is_refused_at_any_time() -> None:
    with pytest.raises(errors.ConfigurationError, match="401"):
        seen(Goal(3, None, LONG, 0.001), Counts(1), errors.ConfigurationError("401"))
