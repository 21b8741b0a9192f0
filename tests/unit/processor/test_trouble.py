# SPDX-License-Identifier: Apache-2.0
"""A backend that fails for many scopes fills no log."""

import pytest

from ceilobatch.processor.trouble import Trouble


def test_a_line_at_once_and_then_one_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr("ceilobatch.processor.trouble.time.monotonic", lambda: now)
    trouble = Trouble()
    for second in range(121):
        now = 1000.0 + second
        trouble.failed([f"scope-{second % 7}", "other"], "cpu: busy")
    assert len(caplog.messages) == 3
    assert caplog.messages[0].endswith("line: 2), such as that for scope-0: cpu: busy")
    assert "line: 8)" in caplog.messages[1]


def test_a_metric_that_can_never_be_read_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble()
    for reason in ("no such method", "no such method", "another"):
        trouble.rejected("cpu", reason)
    assert caplog.messages == [
        "cpu is left out, it cannot be read: no such method",
        "cpu is left out, it cannot be read: another",
    ]
