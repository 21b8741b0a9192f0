# SPDX-License-Identifier: Apache-2.0
"""What ``ceilobatch demo`` needs besides the agent: embedded settings and a publisher.

The bus is oslo.messaging's in-process driver, and the notifications are published by its own
Notifier, as a service would publish them.
"""

import contextlib
import random
import threading
from collections.abc import Iterator

import oslo_messaging
from oslo_config import cfg
from oslo_messaging.transport import TransportURL

from ceilobatch.testing.notifications import BrokenKind, break_notification, generate

TRANSPORT_URL = "fake://"
# Seconds.
PERIOD = 1
BROKEN_KINDS = (
    BrokenKind.NO_EVENT_TYPE,
    BrokenKind.PAYLOAD_LIST,
    BrokenKind.VOLUME_NOT_A_NUMBER,
)


def overrides(state_path: str) -> dict[tuple[str, str], object]:
    """What the demo changes in the configuration: everything embedded, below ``state_path``."""
    return {
        ("DEFAULT", "state_path"): state_path,
        ("notification", "urls"): [TRANSPORT_URL],
        ("notification", "batch_timeout"): 0.25,
        ("notification", "batch_size"): 200,
        ("notification", "consumer"): "stock",
        ("storage", "events"): ["sql"],
        ("storage", "samples"): ["sql"],
        ("recovery", "backend"): "file",
        # A whole cloud's hours in seconds.
        ("processor", "period"): PERIOD,
        ("processor", "wait_periods"): 0,
        ("processor", "settle"): 0,
        ("processor", "revisit_periods"): 0,
    }


class Publisher(threading.Thread):
    """Publishes notifications at a steady rate, a share of them broken.

    :ivar published: how many are on the bus.
    :ivar failure: what ended it early, if anything did.
    """

    def __init__(self, count: int, rate: float, broken: float, seed: int) -> None:
        super().__init__(name="publisher")
        self.published = 0
        self.failure: Exception | None = None
        self._count = count
        self._pause = 1 / rate
        self._broken = broken
        self._random = random.Random(seed)
        self._seed = seed
        self._stopped = threading.Event()
        self._notifiers: dict[tuple[str, str], oslo_messaging.Notifier] = {}

    def run(self) -> None:
        """Publish all, or until stopped."""
        try:
            for exchange, topic, body in self._bodies():
                notifier = self._notifier(exchange, topic).prepare(body.get("publisher_id"))
                send = getattr(notifier, str(body.get("priority", "info")).lower())
                send({}, body.get("event_type"), body.get("payload"))
                self.published += 1
                if self._stopped.wait(self._pause):
                    return
        except Exception as error:  # noqa: BLE001  (told by whoever joins the thread)
            self.failure = error

    def stop(self) -> None:
        """Publish no more."""
        self._stopped.set()

    def _bodies(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        for one in generate(self._count, seed=self._seed):
            body = one.body
            if self._random.random() < self._broken:
                kind = self._random.choice(BROKEN_KINDS)
                # Not every notification has a quantity to spoil.
                with contextlib.suppress(ValueError):
                    body = break_notification(one, kind).body or body
            yield one.exchange, one.topic, body

    def _notifier(self, exchange: str, topic: str) -> oslo_messaging.Notifier:
        if (exchange, topic) not in self._notifiers:
            transport = oslo_messaging.get_notification_transport(_bus_of(exchange), TRANSPORT_URL)
            self._notifiers[exchange, topic] = oslo_messaging.Notifier(
                transport, driver="messagingv2", topics=[topic], publisher_id=exchange
            )
        return self._notifiers[exchange, topic]


def _bus_of(exchange: str) -> cfg.ConfigOpts:
    """What a service that publishes to this exchange has in its configuration."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    TransportURL.parse(conf, TRANSPORT_URL)  # registers the option
    conf.set_override("control_exchange", exchange)
    return conf
