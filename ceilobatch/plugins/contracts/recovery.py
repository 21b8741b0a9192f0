# SPDX-License-Identifier: Apache-2.0
"""The contract of recovery drivers: where unusable messages wait for a person."""

import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from oslo_config import cfg

from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.contracts.plugin import Plugin


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
    :class:`ceilobatch.testing.recovery.RecoverySuite` checks what is promised here.

    :cvar characteristics: see :class:`RecoveryCharacteristics`.
    """

    operations = ("add", "change", "remove", "probe")
    characteristics: ClassVar[RecoveryCharacteristics] = RecoveryCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def add(self, letters: Sequence[Letter]) -> None:
        """Keep the letters; they are durable when this returns.

        Called at most once for each batch, by the handler, with all letters of the batch: after
        its items are stored, before its messages are acknowledged. A letter whose id is there
        already adds one to ``seen`` of that entry and changes nothing else. Many workers and
        processes may add at the same time. A letter may be empty, a mebibyte, or bytes that are no
        text; there is no letter that may be refused.

        :raises Unavailable: none of them may be taken for kept. The batch is given back, the gate
            closes, and they come again: those that were kept after all are seen twice.
        """

    @abc.abstractmethod
    def entries(self) -> Iterator[Entry]:
        """One entry for each letter id, in the order in which the ids were first added.

        Called by commands and the service, in their own processes; a reader may stop in the
        middle. There can be more than fit into memory: read them as they are asked for. Others may
        add and change meanwhile; what they do may or may not be seen, but no entry is seen twice or
        in part. What is damaged is left out and logged once.

        :raises Unavailable: the store cannot be read.
        """

    def entry(self, letter_id: str) -> Entry | None:
        """The entry of this id, or None.

        Called for a person who names a letter, with whatever was typed, and by the handler
        ``letters`` for what the bus delivers again. Define it where the store finds one letter
        faster than by reading all.

        :raises Unavailable: the store cannot be read.
        """
        return next((entry for entry in self.entries() if entry.id == letter_id), None)

    @abc.abstractmethod
    def change(self, changes: Sequence[Change]) -> list[bool]:
        """Add each change to the history of its letter; durable when this returns.

        Called by ``recovery edit``, ``replay`` and ``discard``, with one change or thousands.
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

        Called by ``recovery purge`` only. An id that is not there is passed over.

        :raises Unavailable: some may be erased; the others are whole.
        """

    @abc.abstractmethod
    def verify(self) -> Iterator[Damage]:
        """Read everything there is; what is torn, was tampered with or cannot be understood.

        Called by ``recovery verify``, while workers add. It changes nothing.

        :raises Unavailable: the store cannot be read.
        """

    @abc.abstractmethod
    def probe(self) -> None:
        """Ask whether a letter could be kept now; cheap; keeps nothing.

        Called while the gate is closed, whoever has closed it, and by ``ceilobatch check --probe``.

        :raises Unavailable: with the reason in one sentence.
        """
