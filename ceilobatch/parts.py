# SPDX-License-Identifier: Apache-2.0
"""Parts: what a handler works with; one set for each worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ceilobatch.message import Notification
from ceilobatch.model import Event, MeterProblem, Sample
from ceilobatch.plugins.base import Recovery, Storage


class EventConverter(Protocol):
    """Event definitions, compiled."""

    def convert(self, notification: Notification) -> Event | None:
        """The event of a notification, or None where no definition wants it.

        :raises Malformed: a trait cannot be converted and definitions are strict.
        """


class MeterConverter(Protocol):
    """Meter definitions, compiled."""

    def convert(self, notification: Notification) -> tuple[list[Sample], list[MeterProblem]]:
        """The samples of a notification, and those that it promised but did not yield."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is at work, for letters."""

    pool: str
    host: str
    worker: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The converters, storages (by the name in the configuration) and recovery of a worker."""

    events: EventConverter
    meters: MeterConverter
    event_storage: Sequence[tuple[str, Storage]]
    sample_storage: Sequence[tuple[str, Storage]]
    recovery: Recovery
    origin: Origin
