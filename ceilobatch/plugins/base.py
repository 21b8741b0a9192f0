# SPDX-License-Identifier: Apache-2.0
"""The contracts of the plugin kinds; what is written here is what drivers may rely on.

Common to all kinds:

- A driver is constructed once for each consuming thread of a worker, in that thread, after the
  worker process has started: sockets and threads may be opened in ``__init__``, but it should
  not need another host there. All calls come from that one thread, never two at a time.
- ``close()`` is the last call and comes exactly once.
- Exceptions: :class:`~ceilobatch.errors.Unavailable` says wait and try again,
  :class:`~ceilobatch.errors.Rejected` says never try this again,
  :class:`~ceilobatch.errors.ConfigurationError` out of ``__init__`` ends the process with its
  sentences. Anything else is taken for a bug of the driver: the call is repeated with fewer
  items until the culprit is alone, and that one goes to recovery.
"""

import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from oslo_config import cfg

from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.model import Event, Result, Sample

if TYPE_CHECKING:
    from ceilobatch.batch import MessageBatch, Outcome
    from ceilobatch.page import Booking, Page
    from ceilobatch.parts import Parts

Options = Sequence[tuple[str, Sequence[cfg.Opt]]]


class Plugin(abc.ABC):  # noqa: B024  (the kinds below have the abstract methods)
    """What every configured plugin has: options, and an end.

    :cvar options: pairs of group and options; they are registered before the driver is
        constructed and appear in the generated sample configuration.
    :cvar operations: the methods of the contract, each call of which is measured.
    """

    options: ClassVar[Options] = ()
    operations: ClassVar[tuple[str, ...]] = ()

    def close(self) -> None:  # noqa: B027  (a driver without resources need not define it)
        """Release what ``__init__`` opened."""


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

    :cvar characteristics: see :class:`StorageCharacteristics`.
    """

    operations = ("store", "probe")
    characteristics: ClassVar[StorageCharacteristics] = StorageCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> StorageCharacteristics:  # noqa: ARG003
        """What a driver of this configuration declares, where that depends on its options.

        Nobody is connected to; the options are registered.

        :raises ConfigurationError: it cannot be said because they are wrong.
        """
        return cls.characteristics

    @abc.abstractmethod
    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Store a batch; the answer has one result per item, in the same order.

        All items of a call are of one type. ``STORED`` and ``DUPLICATE`` promise that the item
        is durable. An item that can never be stored is answered with ``rejected(reason)`` and
        keeps no other from being stored; one that is none of the driver's business, as its
        options say, is ``IGNORED`` and gets no letter. The same identity may stand twice in one
        call: the first is stored, the second is a duplicate.

        :raises Unavailable: nothing is known of any item; the same items will come again.
        """

    @abc.abstractmethod
    def probe(self) -> None:
        """Ask the storage whether it would store now; cheap; stores nothing.

        :raises Unavailable: with the reason in one sentence.
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


@dataclass(frozen=True, slots=True)
class RecoveryCharacteristics:
    """What a recovery driver declares about itself.

    :ivar readable: what was added can be read and changed through this driver; where it is
        false, all methods but ``add``, ``probe`` and ``close`` raise ``Rejected`` with a sentence
        that tells where the letters are.
    """

    readable: bool = True


class Damage(NamedTuple):
    """A place in the recovery store that holds no letter though it should, and why."""

    place: str
    reason: str


class Recovery(Plugin):
    """Where unusable messages wait for a person (namespace ``ceilobatch.recovery``).

    Workers add; the command line and the service read and change, in other processes and at the
    same time. What stands in the store is never changed in place: a letter is added once or
    several times, and each change is added to its history.

    :cvar characteristics: see :class:`RecoveryCharacteristics`.
    """

    operations = ("add", "change", "remove", "probe")
    characteristics: ClassVar[RecoveryCharacteristics] = RecoveryCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def add(self, letters: Sequence[Letter]) -> None:
        """Keep the letters; they are durable when this returns.

        A letter whose id is there already adds one to ``seen`` of that entry and changes nothing
        else. Many workers and processes may add at the same time.

        :raises Unavailable: none of them may be taken for kept; they will come again.
        """

    @abc.abstractmethod
    def entries(self) -> Iterator[Entry]:
        """One entry for each letter id, by the time of its first, oldest first.

        Others may add and change meanwhile; what they do may or may not be seen, but no entry is
        seen twice or in part. What is damaged is left out and logged once.

        :raises Unavailable: the store cannot be read.
        """

    def entry(self, letter_id: str) -> Entry | None:
        """The entry of this id, or None.

        :raises Unavailable: the store cannot be read.
        """
        return next((entry for entry in self.entries() if entry.id == letter_id), None)

    @abc.abstractmethod
    def change(self, changes: Sequence[Change]) -> list[bool]:
        """Add each change to the history of its letter; durable when this returns.

        A change is taken only where its ``revision`` is the number of changes the letter has, so
        that of two people who change one letter at the same time the second is told. Several
        changes of one letter may stand in one call, in order.

        :returns: for each change whether it was taken; False where the letter is not there or
            has another revision.
        :raises Unavailable: nothing is known of any; after reading again it is.
        """

    @abc.abstractmethod
    def remove(self, letter_ids: Sequence[str]) -> int:
        """Erase letters and their history for good; how many there were.

        :raises Unavailable: some may be erased; the others are whole.
        """

    @abc.abstractmethod
    def verify(self) -> Iterator[Damage]:
        """Read everything there is; what is torn, was tampered with or cannot be understood.

        :raises Unavailable: the store cannot be read.
        """

    @abc.abstractmethod
    def probe(self) -> None:
        """Ask whether a letter could be kept now.

        :raises Unavailable: with the reason in one sentence.
        """


class Handler(Plugin):
    """What is done with a batch (namespace ``ceilobatch.handlers``).

    :param parts: the definitions, storages and recovery of this worker.
    """

    operations = ("handle",)

    def __init__(self, conf: cfg.ConfigOpts, parts: "Parts") -> None:
        self.conf = conf
        self.parts = parts

    @abc.abstractmethod
    def handle(self, batch: "MessageBatch") -> list["Outcome"]:
        """Decide about every message of the batch; one outcome per delivery, same order.

        When it returns, all outcomes are durable and the messages are acknowledged, but for
        those that are ``REQUEUED``.

        :raises Unavailable: the whole batch is given back and the gate closes.
        """


class TraitPlugin(abc.ABC):
    """Turns what a trait's fields matched into values (namespace ``ceilobatch.traits``).

    Constructed once for each trait that names it, with the ``parameters`` of the definition as
    keyword arguments; wrong ones raise ``ValueError`` or ``TypeError`` with a sentence.
    """

    @abc.abstractmethod
    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> Iterable[Any]:
        """Values for the pairs of path and value that matched; called without any, too.

        The first value that is not None is used.
        """
