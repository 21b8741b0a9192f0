# SPDX-License-Identifier: Apache-2.0
"""Deliveries from any driver of oslo.messaging, through its own polling listener.

What such a driver cannot decode it has dropped before we see it, and the bytes of a letter are
the decoded message encoded again; batch-native drivers have neither limit.
"""

import time
from collections.abc import Sequence
from typing import Any

import oslo_messaging
from oslo_log import log
from oslo_messaging.transport import Transport

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import CONTEXT_PREFIX, Delivery
from ceilobatch.plugins.transports.source import Source

LOG = log.getLogger(__name__)


class StockSource(Source):
    """The polling listener of an oslo.messaging driver."""

    def __init__(
        self, transport: Transport, bindings: Sequence[tuple[str, str]], pool: str | None
    ) -> None:
        self._driver = transport._driver
        self._targets = [_target(exchange, key) for exchange, key in bindings]
        self._pool = pool
        self._listener: Any = None
        self._unsettled: list[Any] = []

    def open(self) -> None:
        """Make the listener; the stock rabbit driver waits in here while no broker answers."""
        try:
            adapter = self._driver.listen_for_notifications(self._targets, self._pool, 1, None)
        except Exception as error:
            raise errors.Unavailable(f"{type(error).__name__}: {error}") from error
        self._listener = adapter._poll_style_listener

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Poll; the driver's own batch window ends at the age of our batch at the latest."""
        deadline = time.monotonic() + timeout
        while batch.room > 0:
            left = deadline - time.monotonic()
            if batch.remaining is not None:
                left = min(left, batch.remaining)
            if left <= 0:
                return
            incoming = self._poll(batch.room if len(batch) else 1, left)
            for message in incoming:
                self._unsettled.append(message)
                batch.add(_delivery(message))

    def _poll(self, count: int, timeout: float) -> list[Any]:
        try:
            polled = self._listener.poll(timeout=timeout, batch_size=count, batch_timeout=timeout)
        except Exception as error:
            raise errors.Unavailable(f"{type(error).__name__}: {error}") from error
        return [message for message in polled or () if message is not None]

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """One acknowledgement or requeue a message; the driver sends them when polled again."""
        for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
            if outcome is Outcome.REQUEUED:
                delivery.tag.requeue()
            else:
                delivery.tag.acknowledge()
        self._unsettled.clear()

    def close(self) -> None:
        """Give back what is not settled, let the driver send that, and end the listener."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        for message in self._unsettled:
            message.requeue()
        self._unsettled.clear()
        try:
            # A poll sends the acknowledgements that wait. The listener's own stop() waits for a
            # poll in another thread to end, and there is none.
            listener.poll(timeout=0, batch_size=1, batch_timeout=0)
            listener.cleanup()
        except Exception as error:  # noqa: BLE001  (the connection is gone either way)
            LOG.debug("Closing the listener: %s", error)


def _target(exchange: str, key: str) -> tuple[oslo_messaging.Target, str]:
    topic, _, priority = key.rpartition(".")
    return oslo_messaging.Target(exchange=exchange, topic=topic), priority


def _delivery(incoming: Any) -> Delivery:
    message = dict(incoming.message)
    for key, value in (incoming.ctxt or {}).items():
        message.setdefault(CONTEXT_PREFIX + key, value)
    return Delivery(None, decoded=message, tag=incoming, size=_rough_size(message))


def _rough_size(message: dict[str, Any]) -> int:
    """Bytes, by the length of Python's own rendering, since the real bytes are gone."""
    return len(str(message.get("payload", ""))) + 512
