# SPDX-License-Identifier: Apache-2.0
"""Whether the outcomes of a batch are outcomes, and true at the moment they are returned."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery, decode
from ceilobatch.model import Event, Sample
from ceilobatch.testing.memory import MemoryRecovery, MemoryStorage


def check_answer(outcomes: object, batch: MessageBatch) -> None:
    """One outcome per delivery."""
    assert isinstance(outcomes, list), (
        f"handle() returned {type(outcomes).__name__}, not a list of outcomes."
    )
    assert len(outcomes) == len(batch), (
        f"handle() gave {len(outcomes)} outcomes for {len(batch)} messages. Every message of a "
        "batch has exactly one outcome, in the same order: one without is neither acknowledged "
        "nor given back."
    )
    for outcome in outcomes:
        assert isinstance(outcome, Outcome), (
            f"handle() gave a message {outcome!r}, which is no ceilobatch.batch.Outcome."
        )


class Kept(NamedTuple):
    """Where a handler keeps what it declares to store."""

    stores: frozenset[type]
    events: MemoryStorage
    samples: MemoryStorage
    recovery: MemoryRecovery

    def missing(self, delivery: Delivery) -> Iterator[str]:
        """What a stored message should be in, and is not."""
        try:
            message_id = decode(delivery).message_id
        except errors.Malformed:
            # Not one of ours: the handler has its own idea of a message.
            return
        if Event in self.stores and message_id not in self.events.events:
            yield "events"
        if Sample in self.stores and all(message_id != key[0] for key in self.samples.samples):
            yield "samples"


def check_durable(outcomes: Sequence[Outcome], batch: MessageBatch, kept: Kept) -> None:
    """What is acknowledged next is in a storage or in recovery now."""
    letters = {letter.body for letter in kept.recovery.kept}
    for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
        if outcome is Outcome.RECOVERED:
            # A handler that stores nothing may put into recovery what it has found in a message.
            assert delivery.body in letters or (letters and not kept.stores), (
                "handle() said RECOVERED, and recovery has no letter of the message: it is "
                "acknowledged and lost. add() the letter before handle() returns."
            )
        if outcome in (Outcome.STORED, Outcome.DUPLICATE) and kept.stores:
            missing = list(kept.missing(delivery))
            assert not missing, (
                f"handle() said {outcome.name}, and the storage of {missing[0]} does not have "
                "the message: it is acknowledged before it is stored, and lost when the process "
                "ends now. Store first, and let Unavailable out."
            )
