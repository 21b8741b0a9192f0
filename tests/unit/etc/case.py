# SPDX-License-Identifier: Apache-2.0
"""Case: a notification and what the shipped definitions make of it."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ceilobatch.message import Delivery, Notification, decode

PUBLISHER = "service.host-1"
REQUEST = "req-5b8f4b3c"
CONTEXT_PROJECT = "context-project"
CONTEXT_USER = "context-user"
PROJECT = "payload-project"
USER = "payload-user"

DEFAULT_TRAITS: Mapping[str, Any] = {
    "service": PUBLISHER,
    "request_id": REQUEST,
    "project_id": CONTEXT_PROJECT,
    "tenant_id": CONTEXT_PROJECT,
    "user_id": CONTEXT_USER,
}


class Measured(NamedTuple):
    """What is expected of one sample."""

    name: str
    type: str
    volume: float
    unit: str
    resource_id: str


class Case(NamedTuple):
    """A notification and everything that it must yield.

    :ivar traits: all of them, but for the default ones where they have the value of the context.
    :ivar samples: all of them, in any order.
    :ivar owner: project and user of the samples; None where they differ.
    """

    event_type: str
    payload: Mapping[str, Any]
    traits: Mapping[str, Any]
    samples: Sequence[Measured] = ()
    owner: tuple[str | None, str] = (CONTEXT_PROJECT, CONTEXT_USER)

    def notification(self) -> Notification:
        """As it arrives."""
        return arrived(self.event_type, self.payload)


def arrived(event_type: str, payload: Mapping[str, Any]) -> Notification:
    """A notification of this type, sent at noon with the context of this module."""
    body = {
        "message_id": "e7d4f5f0-7d0c-4b42-a2d4-0c2f8f8f5a10",
        "publisher_id": PUBLISHER,
        "event_type": event_type,
        "priority": "INFO",
        "payload": payload,
        "timestamp": "2026-03-01 12:00:00.000000",
        "_context_request_id": REQUEST,
        "_context_project_id": CONTEXT_PROJECT,
        "_context_user_id": CONTEXT_USER,
    }
    return decode(Delivery(None, decoded=body))


def utc(text: str) -> datetime.datetime:
    """A time in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
