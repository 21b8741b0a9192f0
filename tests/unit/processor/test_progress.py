# SPDX-License-Identifier: Apache-2.0
"""A line a minute while there is much to do, and one when all is done."""

import pytest

from ceilobatch.processor.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("ceilobatch.processor.progress.time.monotonic", lambda: now[0])
    return now


def test_a_long_backlog_has_a_line_a_minute(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    progress = Progress()
    for left in range(300, 0, -1):
        progress.stored(10)
        progress.tell(left)
        clock[0] += 1
    assert len(caplog.messages) == 4
    assert caplog.messages[0] == "Stored 610 periods of scopes in 60 s; 240 are left"


def test_the_end_is_told_at_once_but_not_twice_a_minute(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    progress = Progress()
    progress.tell(0)
    assert not caplog.messages
    progress.stored(5)
    clock[0] += 3
    progress.tell(0)
    assert caplog.messages == ["Stored 5 periods of scopes in 3 s; nothing is left to do"]
    progress.stored(2)
    progress.tell(0)
    assert len(caplog.messages) == 1
    clock[0] += 60
    progress.tell(0)
    assert caplog.messages[1] == "Stored 2 periods of scopes in 60 s; nothing is left to do"
