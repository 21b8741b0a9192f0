# SPDX-License-Identifier: Apache-2.0
"""Parts: what a handler works with; one set for each worker."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from oslo_config import cfg

from ceilobatch import books
from ceilobatch.books import Books
from ceilobatch.message import Notification
from ceilobatch.model import Event, MeterProblem, Sample
from ceilobatch.plugins.base import Recovery, Storage

OPTIONS: Sequence[tuple[str, Sequence[cfg.Opt]]] = [
    (
        "storage",
        [
            cfg.ListOpt(
                "events",
                default=["sql"],
                help="Where events go: drivers of the namespace ceilobatch.storage. Every one "
                "gets every event. With a label, as in sql:archive, a driver is used once more "
                "with options of its own, here those of [storage_sql_archive].",
            ),
            cfg.ListOpt(
                "samples",
                default=["sql"],
                help="Where samples go: drivers of the namespace ceilobatch.storage, with a label "
                "or without as in events. Every one gets every sample.",
            ),
        ],
    ),
    (
        "recovery",
        [
            cfg.StrOpt(
                "backend",
                default="file",
                help="Where messages that cannot be used wait for a person: a driver of the "
                "namespace ceilobatch.recovery.",
            ),
        ],
    ),
    ("ledger", books.OPTIONS),
]


class EventConverter(Protocol):
    """Event definitions, compiled."""

    def convert(self, notification: Notification) -> Event | None:
        """The event of a notification, or None where no definition wants it.

        :raises Malformed: a trait cannot be converted and definitions are strict.
        """


class MeterConverter(Protocol):
    """Meter definitions, compiled."""

    def convert(self, notification: Notification) -> tuple[list[Sample], list[MeterProblem]]:
        """The samples of a notification, and those that it promised but did not yield."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is at work, for letters."""

    pool: str
    host: str
    worker: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The converters, storages and recovery of a worker.

    :ivar event_storage: pairs of name and driver; a driver that stores samples as well is the
        same object in both lists.
    :ivar books: kept nowhere by default.
    """

    events: EventConverter
    meters: MeterConverter
    event_storage: Sequence[tuple[str, Storage]]
    sample_storage: Sequence[tuple[str, Storage]]
    recovery: Recovery
    origin: Origin
    books: Books = field(default_factory=Books)

    @property
    def drivers(self) -> list[Storage | Recovery]:
        """Every storage, once, what keeps the books, and the recovery."""
        storages = list(dict([*self.event_storage, *self.sample_storage]).values())
        keeper = self.books.keeper
        if keeper is not None and keeper not in storages:
            storages.append(keeper)
        return [*storages, self.recovery]

    def with_converters(self, events: EventConverter, meters: MeterConverter) -> "Parts":
        """The same drivers with other definitions."""
        return dataclasses.replace(self, events=events, meters=meters)

    def probe(self) -> None:
        """Ask every driver whether it would take something now.

        :raises Unavailable: the first that would not.
        """
        for driver in self.drivers:
            driver.probe()

    def close(self) -> None:
        """Close every driver."""
        for driver in self.drivers:
            driver.close()
