# SPDX-License-Identifier: Apache-2.0
"""Answers that are worked out once for all who ask within a moment."""

import threading

import falcon
import pytest

from ceilobatch.api.kept import LATE, MOST, Kept

PATIENCE = 20.0


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self):
        return self.now


class Work:
    """Counts how often it is done; waits until it is let go, where it is told to."""

    def __init__(self):
        self.done = 0
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def quickly(self):
        self.done += 1
        return self.done

    def slowly(self):
        self.begun.release()
        assert self.go.wait(PATIENCE)
        return self.quickly()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def ask():
    """Asks in a thread; all are joined."""
    threads = []

    def start(kept, question, work_out):
        found = []
        threads.append(threading.Thread(target=lambda: found.append(kept.get(question, work_out))))
        threads[-1].start()
        return threads[-1], found

    yield start
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_answer_is_kept_for_a_moment(clock, work):
    kept = Kept(1.0, clock)
    assert [kept.get("q", work.quickly) for _ in range(3)] == [1, 1, 1]
    clock.now += 1.0
    assert kept.get("q", work.quickly) == 2
    assert kept.get("other", work.quickly) == 3


def test_nothing_is_kept_where_that_is_not_wanted(clock, work):
    kept = Kept(0.0, clock)
    assert [kept.get("q", work.quickly) for _ in range(3)] == [1, 2, 3]


def test_those_who_ask_meanwhile_get_the_answer_before_unless_it_is_too_old(clock, work, ask):
    kept = Kept(1.0, clock)
    kept.get("q", work.quickly)
    clock.now += 5.0
    thread, found = ask(kept, "q", work.slowly)
    assert work.begun.acquire(timeout=PATIENCE)
    assert kept.get("q", work.quickly) == 1
    clock.now += LATE
    waiting = ask(kept, "q", work.quickly)
    work.go.set()
    for one in (thread, waiting[0]):
        one.join(PATIENCE)
    assert found == [2]
    # It was begun long before it was asked for: worked out anew.
    assert waiting[1] == [3]


def test_first_answer_is_shared_by_all_who_wait_for_it(clock, work, ask):
    kept = Kept(1.0, clock)
    first = ask(kept, "q", work.slowly)
    assert work.begun.acquire(timeout=PATIENCE)
    others = [ask(kept, "q", work.quickly) for _ in range(5)]
    work.go.set()
    for thread, found in (first, *others):
        thread.join(PATIENCE)
        assert found == [1]


def test_failure_is_not_kept_and_lets_others_try(clock, work):
    kept = Kept(1.0, clock)
    with pytest.raises(ZeroDivisionError):
        kept.get("q", lambda: 1 // 0)
    assert kept.get("q", work.quickly) == 1


def test_few_different_questions_are_answered_at_a_time(clock, work, ask):
    kept = Kept(1.0, clock)
    for question in ("a", "b"):
        ask(kept, question, work.slowly)
        assert work.begun.acquire(timeout=PATIENCE)
    with pytest.raises(falcon.HTTPServiceUnavailable) as told:
        kept.get("c", work.quickly)
    assert told.value.headers["Retry-After"] == "1"
    work.go.set()


def test_number_of_answers_is_bounded(clock, work):
    kept = Kept(1.0, clock)
    for question in range(MOST + 1):
        kept.get(question, work.quickly)
    assert kept.get(MOST, work.slowly) == MOST + 1
    assert kept.get(0, work.quickly) == MOST + 2
