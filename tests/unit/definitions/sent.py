# SPDX-License-Identifier: Apache-2.0
"""Notifications for the tests of definitions, and what became of them in short."""

import datetime
from typing import Any

from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.message import Notification
from ceilobatch.model import Sample

SENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC)


def notification(
    payload: dict[str, Any] | None = None,
    event_type: str = "thing.made",
    ctxt: dict[str, Any] | None = None,
    priority: str = "info",
    publisher_id: str | None = "compute.host1",
) -> Notification:
    """A notification of this payload."""
    body = {
        "ctxt": ctxt or {},
        "publisher_id": publisher_id,
        "event_type": event_type,
        "payload": {} if payload is None else payload,
        "metadata": {"message_id": "m1", "timestamp": "2026-01-02 03:04:05.678901"},
    }
    return Notification("m1", event_type, priority, SENT, body)


def traits(definitions: EventDefinitions, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The traits of a notification's event: name to value."""
    event = definitions.convert(notification(*args, **kwargs))
    assert event is not None
    return {trait.name: trait.value for trait in event.traits}


def samples(definitions: MeterDefinitions, *args: Any, **kwargs: Any) -> list[Sample]:
    """The samples of a notification that yields all that it promised."""
    made, problems = definitions.convert(notification(*args, **kwargs))
    assert problems == []
    return made


def sample(definitions: MeterDefinitions, *args: Any, **kwargs: Any) -> Sample:
    """The only sample of a notification."""
    (only,) = samples(definitions, *args, **kwargs)
    return only


def reasons(definitions: MeterDefinitions, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    """Meter and reason of each problem of a notification that yields no sample."""
    made, problems = definitions.convert(notification(*args, **kwargs))
    assert made == []
    return [tuple(problem) for problem in problems]
