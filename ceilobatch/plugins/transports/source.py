# SPDX-License-Identifier: Apache-2.0
"""The contract between the agent and whatever it takes deliveries from."""

import abc
from collections.abc import Sequence

from ceilobatch.batch import MessageBatch, Outcome


class Source(abc.ABC):
    """Where deliveries come from; used by one thread, but for ``depth``.

    The life of a source: ``open``, any number of rounds of ``receive`` and ``settle``, ``close``;
    then it may be opened again. Nothing is acknowledged but by ``settle``.
    """

    name: str = "bus"

    @property
    def exhausted(self) -> bool:
        """Whether nothing will ever come any more; never true of a bus."""
        return False

    @abc.abstractmethod
    def open(self) -> None:
        """Connect, declare and begin to consume.

        :raises Unavailable: with the reason in one sentence.
        """

    @abc.abstractmethod
    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Add deliveries to the batch until it is full or ``timeout`` seconds have passed.

        Returns at once when the batch becomes full by count, bytes or age.

        :raises Unavailable: the connection is lost; unsettled messages will be delivered again.
        """

    @abc.abstractmethod
    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Acknowledge every message of the batch, but give back those that are ``REQUEUED``.

        :raises Unavailable: the connection is lost; unsettled messages will be delivered again.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Stop consuming and give back, once, everything that is not settled."""

    def depth(self) -> int | None:
        """How many messages wait for this source; None where that is not known.

        For the figures that are told of the agent: called from the thread that tells them, not
        from that of the other methods, at any time, also while the source is not open. It must
        not disturb what that one is doing, takes no longer than a few seconds whatever the bus
        does, and raises and logs nothing.
        """
        return None


class BatchDriver(abc.ABC):
    """An oslo.messaging transport driver that hands out whole batches by itself."""

    @abc.abstractmethod
    def batch_source(
        self,
        bindings: Sequence[tuple[str, str]],
        pool: str | None,
        prefetch: int,
    ) -> Source:
        """A source of what is published under the bindings.

        :param bindings: pairs of exchange and routing key (topic and priority, with a dot).
        :param pool: workers of one pool share its queue; None means the queues that all
            consumers without a pool share.
        :param prefetch: at most so many messages unsettled.
        """
