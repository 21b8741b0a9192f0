# SPDX-License-Identifier: Apache-2.0
"""How many letters wait is counted beside the requests."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.api.letters_waiting import LettersWaiting
from ceilobatch.letter import Entry
from ceilobatch.plugins.recovery.file import FileRecovery
from ceilobatch.recovery import settling
from ceilobatch.recovery.opening import opened
from tests.unit.api.v1.world import letter

from .conftest import Configure


@pytest.fixture
def conf(configure: Configure) -> cfg.ConfigOpts:
    return configure(letters_interval=1.0)


@pytest.fixture
def waiting(conf: cfg.ConfigOpts) -> Iterator[LettersWaiting]:
    made = LettersWaiting(conf)
    yield made
    made.stop()


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never held"
        time.sleep(0.01)


def value(waiting: LettersWaiting) -> float | None:
    found = waiting.series()
    return float(found[0].value) if found else None  # type: ignore[arg-type]


def test_only_those_that_wait_are_counted(conf: cfg.ConfigOpts, waiting: LettersWaiting) -> None:
    with opened(conf) as recovery:
        recovery.add([letter(number) for number in range(3)])
        entry = next(recovery.entries())
        list(settling.discard(recovery, [settling.to_discard(entry)], "me", "why"))
    until(lambda: value(waiting) == 2)
    (told,) = waiting.series()
    assert told.name == "letters.waiting"
    assert told.dimensions == {"service": "recovery", "hostname": "here"}
    with opened(conf) as recovery:
        recovery.add([letter(9)])
    until(lambda: value(waiting) == 3)


def test_a_store_that_hangs_holds_up_no_question(
    waiting: LettersWaiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def hang(_: FileRecovery) -> Iterator[Entry]:
        goes_on.wait()
        return iter(())

    monkeypatch.setattr(FileRecovery, "entries", hang)
    begun = time.monotonic()
    assert waiting.series() == []
    assert time.monotonic() - begun < 1
    goes_on.set()
    until(lambda: value(waiting) == 0)


def test_what_cannot_be_counted_any_more_is_told_no_longer(
    conf: cfg.ConfigOpts, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    waiting = LettersWaiting(conf, lambda: now[0])
    until(lambda: value(waiting) == 0)

    def away(_: FileRecovery) -> Iterator[Entry]:
        raise errors.Unavailable("the disk is away")

    monkeypatch.setattr(FileRecovery, "entries", away)
    waiting.stop()
    now[0] += 2
    assert value(waiting) == 0
    now[0] += 2
    assert waiting.series() == []


def test_the_thread_ends_with_the_service(conf: cfg.ConfigOpts, tmp_path: Path) -> None:
    waiting = LettersWaiting(conf)
    waiting.start()
    waiting.stop()
    assert "letters waiting" not in {thread.name for thread in threading.enumerate()}
    waiting.series()
    assert "letters waiting" not in {thread.name for thread in threading.enumerate()}
