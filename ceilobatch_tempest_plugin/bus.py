# SPDX-License-Identifier: Apache-2.0
"""Publishes notifications as the services of a cloud do, with a time and an id of our choice."""

import contextlib
import datetime
import uuid
from collections.abc import Iterator
from typing import Any

import oslo_messaging
from oslo_config import cfg

# As oslo.messaging's notification driver messagingv2 sends.
VERSION = 2.0
PRIORITY = "info"
RETRIES = 3


class Publisher:
    """Of one topic."""

    def __init__(self, transport: Any, topic: str) -> None:
        self._transport = transport
        self._target = oslo_messaging.Target(topic=f"{topic}.{PRIORITY}")

    def publish(
        self, event_type: str, payload: object, moment: datetime.datetime | None = None
    ) -> str:
        """Publish one notification; its message id.

        :param moment: its time stamp, aware; None stands for now.
        """
        moment = (moment or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC)
        message_id = str(uuid.uuid4())
        message = {
            "message_id": message_id,
            "publisher_id": "tempest.ceilobatch",
            "event_type": event_type,
            "priority": PRIORITY.upper(),
            "payload": payload,
            "timestamp": moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
        }
        # The notifier would choose the time and the id.
        self._transport._send_notification(self._target, {}, message, VERSION, retry=RETRIES)
        return message_id


@contextlib.contextmanager
def publisher(url: str, exchange: str, topic: str) -> Iterator[Publisher]:
    """A publisher, on a connection of its own until the end."""
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch-tempest", default_config_files=[])
    oslo_messaging.set_transport_defaults(exchange)
    transport = oslo_messaging.get_notification_transport(conf, url=url)
    try:
        yield Publisher(transport, topic)
    finally:
        transport.cleanup()
