# SPDX-License-Identifier: Apache-2.0
"""How much of what a worker told last is still told."""

import dataclasses

import pytest

from ceilobatch.api.presence import LINGERING, MISSED, Presence, presence

from .scene import snapshot

STALE_AFTER = 15.0


@pytest.mark.parametrize(
    ("age", "ended", "expected"),
    [
        (1, False, Presence.FRESH),
        (STALE_AFTER, False, Presence.FRESH),
        (STALE_AFTER + 1, False, Presence.STALE),
        (LINGERING + 1, False, Presence.LOST),
        (MISSED + 1, False, Presence.FORGOTTEN),
        (1, True, Presence.ENDED),
        (STALE_AFTER + 1, True, Presence.ENDED),
        (LINGERING + 1, True, Presence.FORGOTTEN),
    ],
)
def test_worker_is_told_less_the_longer_it_is_silent(
    age: float, ended: bool, expected: Presence
) -> None:
    worker = dataclasses.replace(snapshot(), ended=ended)
    assert presence(worker, worker.taken + age, STALE_AFTER) is expected


def test_patience_longer_than_the_usual_is_kept() -> None:
    worker = snapshot()
    assert presence(worker, worker.taken + 900, 1000.0) is Presence.FRESH


def test_only_workers_that_should_be_there_are_missing() -> None:
    assert [one for one in Presence if one.missing] == [Presence.STALE, Presence.LOST]
    assert [one for one in Presence if not one.counts] == [Presence.LOST, Presence.FORGOTTEN]
