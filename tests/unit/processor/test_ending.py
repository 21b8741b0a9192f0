# SPDX-License-Identifier: Apache-2.0
"""A worker ends soon whatever hangs, and takes over soon whatever the others leave."""

import datetime
import logging
import threading
import time
from collections.abc import Sequence

import pytest

from ceilobatch.processor.discovery import Discovery
from ceilobatch.processor.happenings import Repartitioned
from ceilobatch.usage import Point

from .scene import COMPLETE, Nobody, Scene, number


def test_a_request_that_hangs_keeps_nobody_from_ending(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ceilobatch.processor.retrieval.LAST_WAIT", 0.2)
    caplog.set_level(logging.INFO)
    go_on = threading.Event()

    def answer(metric: str, scope: str, begin: datetime.datetime) -> Sequence[Point]:
        go_on.wait(30)
        return number(metric, scope, begin)

    scene = Scene(["scope-1"], answer=answer)
    try:
        with scene.running():
            scene.wait_until(lambda: len(scene.collector.asked) == 4)
            begin = time.monotonic()
        assert time.monotonic() - begin < 2
    finally:
        go_on.set()
    assert "4 requests are left unanswered" in caplog.messages
    # Somebody may still be in it.
    assert not scene.collector.closed


def test_scopes_that_have_another_owner_now_are_taken_over_at_once() -> None:
    partition = Nobody(Discovery.NAME)
    scene = Scene(["scope-1", "scope-2"], partition=partition)
    with scene.running():
        scene.wait_until(lambda: len(scene.usage.known) == 2)
        assert not scene.usage.rows
        partition.own.update(("scope-1", "scope-2"))
        begin = time.monotonic()
        scene.happenings.put(Repartitioned())
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        assert time.monotonic() - begin < 3


def test_a_collector_that_fails_to_tell_where_data_begins_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene(["scope-1"])
    discovery = Discovery([("memory", scene.sources)], scene.collector, scene.calendar, None, 1)

    def fails(scopes: Sequence[str]) -> dict[str, datetime.datetime]:
        raise ZeroDivisionError("a bug")

    scene.collector.first = fails  # type: ignore[method-assign]
    assert discovery.discover().starts == {}
    assert "New scopes wait until their first data is known: ZeroDivisionError" in caplog.text
    del scene.collector.first
    assert set(discovery.discover().starts) == {"scope-1"}
