# SPDX-License-Identifier: Apache-2.0
"""BusRecovery: letters are published to a topic of their own, for a central collector."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, NoReturn

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.base import Damage, Options, Recovery, RecoveryCharacteristics
from ceilobatch.plugins.recovery.bus_driver import rabbit_driver
from ceilobatch.plugins.recovery.bus_envelope import PRIORITY, wrap
from ceilobatch.plugins.recovery.bus_publisher import Publisher

GROUP = "recovery_bus"
OPTIONS = [
    cfg.StrOpt(
        "transport_url",
        default="",
        secret=True,
        help="Transport URL of the RabbitMQ that letters are published to. Empty means the first "
        "bus that the agent itself listens to.",
    ),
    cfg.StrOpt(
        "topic",
        default="ceilobatch_letters",
        help="Topic that letters are published under, which nothing else may use. Their queue "
        "is called after it, with .error behind.",
    ),
    cfg.StrOpt(
        "exchange",
        default="ceilobatch",
        help="Exchange that letters are published to, which nothing else should use: it is "
        "declared durable.",
    ),
    cfg.FloatOpt(
        "timeout",
        default=10.0,
        min=0.1,
        help="Seconds within which the broker has to confirm the letters of a batch, connecting "
        "included. When they are over recovery counts as unavailable.",
    ),
]


class BusRecovery(Recovery):
    """Publishes letters as notifications, which the broker has confirmed when add returns.

    They are persistent messages in a durable queue, which is declared here, so that letters wait
    there until a collector comes: an agent whose handler is ``letters``.
    """

    options: ClassVar[Options] = ((GROUP, OPTIONS),)
    characteristics = RecoveryCharacteristics(readable=False)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        group = conf[GROUP]
        _refuse_loop(conf, group.exchange, group.topic)
        driver = rabbit_driver(conf, _url(conf), f"[{GROUP}] transport_url")
        queue = f"{group.topic}.{PRIORITY}"
        self._publisher = Publisher(driver, group.exchange, queue, group.timeout)
        self._where = f"{self._publisher.name} under the topic {group.topic}"

    def add(self, letters: Sequence[Letter]) -> None:
        """Publish the letters and wait until the broker has confirmed all of them.

        :raises Unavailable: it has not, within ``[recovery_bus] timeout``. It may have taken some
            of the letters: they count as seen once more when they come again.
        """
        if letters:
            self._publisher.publish([wrap(letter) for letter in letters])

    def entries(self) -> Iterator[Entry]:
        """Letters are read where they are collected.

        :raises Rejected: always.
        """
        self._reject()

    def entry(self, letter_id: str) -> Entry | None:
        """As :meth:`entries`."""
        self._reject()

    def change(self, changes: Sequence[Change]) -> list[bool]:
        """As :meth:`entries`."""
        self._reject()

    def remove(self, letter_ids: Sequence[str]) -> int:
        """As :meth:`entries`."""
        self._reject()

    def verify(self) -> Iterator[Damage]:
        """As :meth:`entries`."""
        self._reject()

    def probe(self) -> None:
        """Let the broker declare the queue and confirm a message that goes nowhere.

        :raises Unavailable: it does not, within ``[recovery_bus] timeout``.
        """
        self._publisher.probe()

    def close(self) -> None:
        """Close the connection."""
        self._publisher.close()

    def _reject(self) -> NoReturn:
        raise errors.Rejected(
            f"letters are published to {self._where} and are read and changed where they are "
            "collected, by the agent whose handler is letters"
        )


def _url(conf: cfg.ConfigOpts) -> str | None:
    """None stands for ``[DEFAULT] transport_url``."""
    listened: Sequence[str] = conf.notification.urls or [""]
    return conf[GROUP].transport_url or listened[0] or None


def _refuse_loop(conf: cfg.ConfigOpts, exchange: str, topic: str) -> None:
    section = conf.notification
    if topic in section.topics and exchange in section.exchanges:
        raise errors.ConfigurationError(
            f"[{GROUP}] topic: the agent listens to {topic!r} of the exchange {exchange!r} itself "
            "([notification] topics): its letters would come back to it; a collector needs "
            "another [recovery] backend"
        )
