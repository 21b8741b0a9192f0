# SPDX-License-Identifier: Apache-2.0
"""The contract of handlers: what is done with a batch of messages."""

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from oslo_config import cfg

from ceilobatch.model import Event, Sample
from ceilobatch.plugins.contracts.plugin import Plugin

if TYPE_CHECKING:
    from ceilobatch.batch import MessageBatch, Outcome
    from ceilobatch.parts import Parts


@dataclass(frozen=True, slots=True)
class HandlerCharacteristics:
    """What a handler declares about itself.

    :ivar stores: the record types that it makes of a good message and stores; none where it
        puts every message into recovery.
    """

    stores: frozenset[type] = frozenset({Event, Sample})


class Handler(Plugin):
    """What is done with a batch (namespace ``ceilobatch.handlers``).

    One for each consuming thread, which receives a batch, calls ``handle`` and settles the messages
    by its outcomes, one after the other. Definitions may be exchanged between two batches: take
    them from ``self.parts`` each time. :class:`ceilobatch.testing.handler.HandlerSuite` checks what
    is promised here.

    :cvar characteristics: see :class:`HandlerCharacteristics`.
    :param parts: the definitions, storages and recovery of this worker.
    """

    operations = ("handle",)
    characteristics: ClassVar[HandlerCharacteristics] = HandlerCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts, parts: "Parts") -> None:
        self.conf = conf
        self.parts = parts

    @abc.abstractmethod
    def handle(self, batch: "MessageBatch") -> list["Outcome"]:
        """Decide about every message of the batch; one outcome per delivery, same order.

        Called once for each batch, which has at least one message; again for the same messages
        when they come back, after ``Unavailable``, a lost connection or a killed process. The same
        message may stand in it twice. When ``handle`` returns, every outcome is durable (stored, or
        in recovery): the messages are acknowledged next, but for those that are ``REQUEUED``, which
        come again at once. Events are stored before samples, so that a batch which is given back
        has metered nothing. A message that cannot be used goes to recovery with the bytes it came
        with; it holds up no other, and it is never requeued, or it would come back for ever.

        :raises Unavailable: as a storage or the recovery has raised it: the whole batch is given
            back once, the gate closes, and nothing is consumed until every driver answers its
            probe.
        :raises Exception: anything else is a bug: the batch is handled again in halves until the
            culprit is alone, and that one goes to recovery.
        """
