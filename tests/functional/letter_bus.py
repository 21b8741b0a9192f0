# SPDX-License-Identifier: Apache-2.0
"""A topic of letters of its own on a RabbitMQ, who publishes to it, and its collector."""

import contextlib
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from oslo_config import cfg

from ceilobatch import bus, config
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Notification
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Recovery
from ceilobatch.plugins.handlers.letters import LettersHandler
from ceilobatch.plugins.recovery.bus import BusRecovery
from ceilobatch.plugins.recovery.file import FileRecovery
from ceilobatch.plugins.transports.source import Source
from ceilobatch.testing.memory import MemoryStorage
from tests.unit.recovery.letter_writer import open_recovery

from .servers import RabbitMQ, wait_until

EXCHANGE = "letters"
DURABLE = "?amqp_durable_queues=true"


class Unwanted:
    """Definitions that nobody may ask: a letter is not converted."""

    def convert(self, notification: Notification) -> NoReturn:
        """Nobody asks."""
        raise AssertionError(notification)


class LetterBus:
    """The way of letters from one driver ``bus`` to a directory.

    :ivar outcomes: of all that was collected.
    """

    def __init__(self, server: RabbitMQ, directory: Path) -> None:
        self._server = server
        self._directory = str(directory)
        self._lock = threading.Lock()
        self.topic = f"letters-{uuid.uuid4().hex[:12]}"
        self.queue = f"{self.topic}.error"
        self.outcomes: list[Outcome] = []
        self._collector = self._collector_conf()

    def sender(self, timeout: float = 10.0, url: str = "", query: str = "") -> BusRecovery:
        """A new driver."""
        conf = cfg.ConfigOpts()
        conf.register_opts(bus.OPTIONS, group="notification")
        loader.register_options(conf, BusRecovery)
        conf([], default_config_files=[], default_config_dirs=[])
        conf.set_override("transport_url", (url or self._server.url) + query, "recovery_bus")
        conf.set_override("topic", self.topic, "recovery_bus")
        conf.set_override("exchange", EXCHANGE, "recovery_bus")
        conf.set_override("timeout", timeout, "recovery_bus")
        return BusRecovery(conf)

    def store(self) -> FileRecovery:
        """The recovery of the collector, as it is."""
        return open_recovery(self._directory)

    def reader(self) -> FileRecovery:
        """The recovery of the collector, once it has what was published until now."""
        with self._lock:
            self.collect(self.waiting())
        return self.store()

    def waiting(self) -> int:
        """Letters that nobody has taken yet."""
        return self._server.queue_length(self.queue)

    def collect(self, count: int, happening: Callable[[], object] | None = None) -> None:
        """Let a collector handle so many messages.

        :param happening: takes the place of the acknowledgement of the first batch.
        """
        if count == 0:
            return
        conf = self._collector
        (source,) = bus.sources(conf)
        source.open()
        try:
            with contextlib.closing(self.store()) as store:
                handler = LettersHandler(conf, self._parts(store))
                while count > 0:
                    batch = MessageBatch(bus.limits(conf))
                    wait_until(lambda batch=batch: _received(source, batch), what="letters")
                    self.outcomes += handler.handle(batch)
                    count -= len(batch)
                    if happening is not None:
                        happening()
                        return
                    source.settle(batch, self.outcomes[-len(batch) :])
        finally:
            source.close()

    def remove(self) -> None:
        """Remove the queues."""
        with self._server.connect() as connection:
            channel = connection.channel()
            for priority in bus.PRIORITIES:
                channel.queue_delete(f"{self.topic}.{priority}", nowait=True)
            channel.close()

    def _parts(self, recovery: Recovery) -> Parts:
        both = [("memory", MemoryStorage())]
        return Parts(Unwanted(), Unwanted(), both, both, recovery, Origin("", "collector", "w0"))

    def _collector_conf(self) -> cfg.ConfigOpts:
        overrides: dict[tuple[str, str], object] = {
            ("notification", "urls"): [self._server.url + DURABLE],
            ("notification", "exchanges"): [EXCHANGE],
            ("notification", "topics"): [self.topic],
            ("notification", "pool"): "",
            ("notification", "batch_size"): 200,
        }
        return config.load([], [], overrides)


def _received(source: Source, batch: MessageBatch) -> bool:
    source.receive(batch, 0.05)
    return len(batch) > 0
