# SPDX-License-Identifier: Apache-2.0
"""The records that flow from a notification to storage: Trait, Event, Sample and Result.

They are named tuples: immutable, without a per-instance dictionary, and the cheapest records
that Python can make by the hundred thousand.
"""

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

TraitType = Literal["text", "int", "float", "datetime"]
TraitValue = str | int | float | datetime.datetime
SampleType = Literal["gauge", "delta", "cumulative"]


class Trait(NamedTuple):
    """One typed fact of an event; a datetime is aware and in UTC."""

    name: str
    type: TraitType
    value: TraitValue


class Event(NamedTuple):
    """What happened, once; identified by ``message_id``.

    :ivar generated: when the notification was sent, aware, UTC.
    :ivar raw: the notification's body, or None where it is not to be stored.
    :ivar warnings: one sentence for each trait that was left out.
    """

    message_id: str
    event_type: str
    generated: datetime.datetime
    traits: tuple[Trait, ...]
    raw: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One measured quantity; identified by ``message_id``, ``name`` and ``position``.

    :ivar position: 0, 1, ... among the samples of this name in the same notification.
    :ivar metadata: shared, not copied, by all samples of a notification that have the same;
        drivers may rely on identity to encode it once.
    """

    message_id: str
    name: str
    position: int
    type: SampleType
    unit: str
    volume: int | float
    user_id: str | None
    project_id: str | None
    resource_id: str | None
    timestamp: datetime.datetime
    metadata: Mapping[str, Any]


class MeterProblem(NamedTuple):
    """A sample that a definition promised and the notification did not yield."""

    meter: str
    reason: str


class Status(enum.Enum):
    """What storage did with one item."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"


class Result(NamedTuple):
    """The answer of storage for one item; ``reason`` is a sentence, for ``REJECTED`` only."""

    status: Status
    reason: str = ""


STORED = Result(Status.STORED)
DUPLICATE = Result(Status.DUPLICATE)
IGNORED = Result(Status.IGNORED)


def rejected(reason: str) -> Result:
    """The result of an item that storage will never take, and why."""
    return Result(Status.REJECTED, reason)
