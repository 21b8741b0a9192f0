# SPDX-License-Identifier: Apache-2.0
"""What the generator hands out, and what its services say before it is wrapped."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from ceilobatch.message import ENVELOPE_MESSAGE, ENVELOPE_VERSION

Payload = dict[str, Any]


class Actor(NamedTuple):
    """Who asked a service to act.

    :ivar context: the ``_context_*`` keys that every message of the actor carries; shared.
    """

    project_id: str
    user_id: str
    user_name: str
    context: Payload


class Message(NamedTuple):
    """What a service has to say, before the notifier adds ids, time and context."""

    event_type: str
    payload: Payload
    actor: Actor
    publisher_id: str
    priority: str = "INFO"


@dataclass(frozen=True, slots=True)
class GeneratedNotification:
    """One notification, ready for a bus.

    :ivar exchange: the exchange of the service that sends it, such as ``nova``.
    :ivar topic: ``notifications``, or ``versioned_notifications`` for those of nova and ironic's
        own topic for ironic.
    :ivar priority: in lower case, as in the routing key.
    :ivar body: the bare body: ``message_id``, ``publisher_id``, ``event_type``, ``priority``,
        ``payload``, ``timestamp``, ``_unique_id`` and ``_context_*``. Bodies share parts with
        each other: read them, copy them, do not change them.
    """

    exchange: str
    topic: str
    priority: str
    body: Payload

    @property
    def routing_key(self) -> str:
        """What it is published under, such as ``notifications.info``."""
        return f"{self.topic}.{self.priority}"

    def envelope(self) -> bytes:
        """The bytes on the wire: oslo.messaging's envelope 2.0 around the body."""
        return envelope(orjson.dumps(self.body).decode())


def envelope(text: str, version: str = "2.0") -> bytes:
    """Oslo.messaging's envelope around a text."""
    return orjson.dumps({ENVELOPE_VERSION: version, ENVELOPE_MESSAGE: text})
