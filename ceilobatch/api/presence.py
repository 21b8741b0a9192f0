# SPDX-License-Identifier: Apache-2.0
"""Presence: how much of what a worker has told last is still worth telling."""

import enum

from ceilobatch.telemetry.snapshot import Snapshot

# Seconds that the counts of a worker that is gone are told, for whoever asks each minute or so.
LINGERING = 300.0
# Seconds that a worker that went without a word is missed.
MISSED = 86_400.0


class Presence(enum.Enum):
    """How a worker is there."""

    FRESH = enum.auto()
    STALE = enum.auto()
    """It should have told its figures and has not."""
    ENDED = enum.auto()
    """It has drained."""
    LOST = enum.auto()
    """Stale, and for so long that its counts are not told any more."""
    FORGOTTEN = enum.auto()

    @property
    def counts(self) -> bool:
        """Whether its counts are told."""
        return self in (Presence.FRESH, Presence.STALE, Presence.ENDED)

    @property
    def missing(self) -> bool:
        """Whether it should be there and is not."""
        return self in (Presence.STALE, Presence.LOST)


def presence(snapshot: Snapshot, now: float, stale_after: float) -> Presence:
    """How the worker of this snapshot is there.

    :param now: seconds since the epoch.
    :param stale_after: seconds without figures.
    """
    age = now - snapshot.taken
    if snapshot.ended:
        return Presence.ENDED if age <= LINGERING else Presence.FORGOTTEN
    if age <= stale_after:
        return Presence.FRESH
    if age <= max(LINGERING, stale_after):
        return Presence.STALE
    return Presence.LOST if age <= MISSED else Presence.FORGOTTEN
