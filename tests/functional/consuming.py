# SPDX-License-Identifier: Apache-2.0
"""The loop of the agent in a thread, oslo.messaging's own listener, and what they are given."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import oslo_messaging
from oslo_config import cfg
from oslo_messaging._drivers import impl_rabbit

from ceilobatch import bus, config
from ceilobatch.agent import Consumer
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.definitions import load as definitions
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.handlers.notification import NotificationHandler
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.memory import MemoryRecovery, MemoryStorage
from ceilobatch.testing.notifications import generate

from .servers import wait_until

QUEUE = "ceilobatch"
# Seconds; long enough for a listener that works to do many times what is waited for.
IN_VAIN = 4.0


class Handler(NotificationHandler):
    """Stores, and then lets something happen before the first batch is settled."""

    happening: Callable[[], None] | None = None

    def handle(self, batch: MessageBatch) -> list[Outcome]:
        """See the contract."""
        outcomes = super().handle(batch)
        happening, self.happening = self.happening, None
        if happening is not None:
            happening()
        return outcomes


class Running:
    """The loop of the agent in a thread, into memory."""

    def __init__(self, url: str, consumer: str, query: str = "", **notification: object) -> None:
        overrides = {("notification", name): value for name, value in notification.items()}
        overrides[("notification", "urls")] = [url + query]
        overrides[("notification", "consumer")] = consumer
        overrides[("notification", "exchanges")] = ["nova"]
        conf = config.load([], [], overrides)
        self.storage = MemoryStorage()
        self.recovery = MemoryRecovery()
        both = [("memory", self.storage)]
        parts = Parts(
            definitions.load_events(conf, CallRegistry()),
            definitions.load_meters(conf, CallRegistry()),
            both,
            both,
            self.recovery,
            Origin(QUEUE, "host1", "w0"),
        )
        self.handler = Handler(conf, parts)
        (source,) = bus.sources(conf)
        self._consumer = Consumer(source, self.handler, bus.limits(conf), parts.probe)
        self._thread = threading.Thread(target=self._consumer.run)

    def start(self) -> "Running":
        """Begin to consume."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Give back what is not settled, and end."""
        self._consumer.stop()
        if self._thread.ident is not None:
            self._thread.join(60)
            assert not self._thread.is_alive()


@contextlib.contextmanager
def listening(
    url: str, take: Callable[[list[Any]], object], prefetch: int = 200, **options: object
) -> Iterator[None]:
    """Oslo.messaging's batch listener, with one endpoint."""
    conf = cfg.ConfigOpts()
    conf([], project="stock", default_config_files=[])
    conf.register_opts(impl_rabbit.rabbit_opts, group="oslo_messaging_rabbit")
    conf.set_override("rabbit_qos_prefetch_count", prefetch, group="oslo_messaging_rabbit")
    transport = oslo_messaging.get_notification_transport(conf, url=url)

    class Endpoint:
        def info(self, messages: list[Any]) -> object:
            return take(messages)

    target = oslo_messaging.Target(topic="notifications", exchange="nova")
    listener = oslo_messaging.get_batch_notification_listener(
        transport, [target], [Endpoint()], pool=QUEUE, **options
    )
    listener.start()
    try:
        yield
    finally:
        listener.stop()
        listener.wait()
        transport.cleanup()


def bodies(count: int, seed: int = 0) -> list[bytes]:
    """Good notifications on the wire."""
    return [one.envelope() for one in generate(count, seed=seed, mix={"nova": 1})]


def never(condition: Callable[[], object]) -> bool:
    """Whether the condition does not come true although it is waited for."""
    try:
        wait_until(condition, IN_VAIN)
    except AssertionError:
        return True
    return False
