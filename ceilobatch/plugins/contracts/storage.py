# SPDX-License-Identifier: Apache-2.0
"""The contract of storage drivers: where events and samples go."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from oslo_config import cfg

from ceilobatch.model import Event, Result, Sample
from ceilobatch.plugins.contracts.plugin import Plugin

if TYPE_CHECKING:
    from ceilobatch.page import Booking, Page


@dataclass(frozen=True, slots=True)
class StorageCharacteristics:
    """What a storage driver declares about itself.

    :ivar accepts: the record types it stores.
    :ivar idempotent: storing the same item again changes nothing.
    :ivar recognises: and is answered with ``DUPLICATE``; where this is false, with ``STORED``, so
        that a message that comes again counts as stored again.
    :ivar late_after: seconds; an item whose time is longer ago when it is stored may be answered
        with ``STORED`` and yet be dropped, so a letter that old is not replayed into it unasked.
        None where age does not matter.
    """

    accepts: frozenset[type] = frozenset({Event, Sample})
    idempotent: bool = True
    recognises: bool = True
    late_after: float | None = None


class Storage(Plugin):
    """Where events and samples go (namespace ``ceilobatch.storage``).

    ``store`` is called for each batch, first with its events, then with its samples, by every
    consuming thread of every worker with a driver of its own; ``probe`` while the gate is closed,
    and by ``ceilobatch check --probe``. A driver that is configured for events and for samples is
    one object. :class:`ceilobatch.testing.storage.StorageSuite` checks what is promised here.

    :cvar characteristics: see :class:`StorageCharacteristics`.
    """

    operations = ("store", "probe")
    characteristics: ClassVar[StorageCharacteristics] = StorageCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> StorageCharacteristics:  # noqa: ARG003
        """What a driver of this configuration declares, where that depends on its options.

        Called on the class, without a driver, by commands (check, replay, plugin show), any number
        of times. Nobody is connected to; the options are registered.

        :raises ConfigurationError: it cannot be said because they are wrong.
        """
        return cls.characteristics

    @abc.abstractmethod
    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Store a batch; the answer has one result per item, in the same order.

        Called once for each batch and record type; the messages of the batch are acknowledged
        soon after the last storage has answered. All items of a call are of one type, one that is
        in ``accepts``; there may be one, and as many as ``[notification] batch_size`` messages
        give. Called again with the same items, by any worker, when an acknowledgement was lost.

        - ``STORED`` and ``DUPLICATE`` promise that the item is durable now: it is there when the
          process is killed before ``close()``. ``DUPLICATE`` says that it was there before.
        - ``rejected(reason)`` is for an item that can never be stored, today or tomorrow, whatever
          is done to the storage; the message becomes a letter, and a person reads the sentence.
          It keeps no other item from being stored.
        - ``IGNORED`` is for one that is none of the driver's business, as its options say; it
          gets no letter.

        The same identity may stand twice in one call: the first is stored, the second is a
        duplicate. An event is identified by ``message_id``, a sample by ``message_id``, ``name``
        and ``position``; texts are compared character by character. Whatever else is in it may be
        odd: very long, not a number, half a surrogate pair; it was written by strangers.

        :raises Unavailable: nothing is known of any item, some may be stored. The whole batch is
            given back, nothing more is consumed until ``probe`` returns, and the same items come
            again. For an item that cannot be stored this is wrong: it comes again for ever.
        :raises Exception: anything else is a bug: the call is repeated with halves of the items
            until one is left for which it fails; that one is taken as rejected.
        """

    @abc.abstractmethod
    def probe(self) -> None:
        """Ask the storage whether it would store now; cheap; stores nothing.

        Called while the gate is closed, with waits of half a second that grow to five, before
        consuming goes on. It has to fail where ``store`` would: a probe that is too easily
        content makes the worker take batches and give them back in turn.

        :raises Unavailable: with the reason in one sentence; the operator reads it as the state
            of the gate.
        """


class Bookkeeper(Storage):
    """A storage that can keep the books next to what it stores, in one transaction.

    Nobody needs it: the first driver of ``[storage] events`` that is one keeps the books; where
    none is, they are kept in the state database.
    """

    @abc.abstractmethod
    def store(
        self,
        items: Sequence[Event] | Sequence[Sample],
        booking: "Booking | None" = None,
    ) -> list[Result]:
        """As :meth:`Storage.store`; the pages of the booking are written with the items.

        Items and pages become durable together or not at all.

        :raises Unavailable: nothing is known of any item or page; each page may come again.
        """

    @abc.abstractmethod
    def book(self, pages: "Sequence[Page]") -> None:
        """Write pages, in order; they are durable together when this returns.

        :raises Unavailable: nothing is known of them; each may come again.
        """
