# SPDX-License-Identifier: Apache-2.0
"""The handler suite finds handlers that break a promise, and tells what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.plugins.handlers.notification import NotificationHandler, Worksheet
from ceilobatch.testing.handler import HandlerSuite as Suite
from ceilobatch.testing.handler_scene import Desk


class LeavesAMessageWithoutOutcome(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        return [one for one in super().handle(batch) if one is not Outcome.RECOVERED]


class AcknowledgesBeforeItStores(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        try:
            return super().handle(batch)
        except errors.Unavailable:
            return [Outcome.STORED] * len(batch)


class StoresWithTheNextBatch(NotificationHandler):
    waiting: MessageBatch | None = None

    def handle(self, batch: MessageBatch) -> list[Outcome]:
        waiting, self.waiting = self.waiting, batch
        if waiting is not None:
            super().handle(waiting)
        return [Outcome.STORED] * len(batch)


class MetersBeforeEventsAreDurable(NotificationHandler):
    def _work(self, sheet: Worksheet) -> None:
        self._meters(sheet)
        self._events(sheet)


class SaysRecoveredAndKeepsNoLetter(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        sheet = Worksheet(batch, self.parts)
        sheet.decode()
        self._work(sheet)
        return sheet.outcomes()


class RequeuesWhatItCannotUse(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        recovered = Outcome.RECOVERED
        outcomes = super().handle(batch)
        return [Outcome.REQUEUED if one is recovered else one for one in outcomes]


class StoresOneByOne(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        handle = super().handle
        return [handle(batch.part([one]))[0] for one in batch.deliveries]


class StumblesOverABadMessage(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        for delivery in batch.deliveries:
            delivery.body.decode()
        return super().handle(batch)


class CountsDuplicatesAsStored(NotificationHandler):
    def handle(self, batch: MessageBatch) -> list[Outcome]:
        known = Outcome.DUPLICATE
        return [Outcome.STORED if one is known else one for one in super().handle(batch)]


Test = Callable[..., None]
GALLERY: list[tuple[Any, Test, tuple[Any, ...], str]] = [
    (
        LeavesAMessageWithoutOutcome,
        Suite.test_every_message_has_one_outcome_in_order,
        (),
        r"handle\(\) gave 6 outcomes for 9 messages. Every message of a batch has exactly one",
    ),
    (
        AcknowledgesBeforeItStores,
        Suite.test_driver_that_is_away_gives_the_whole_batch_back,
        (),
        "storage of events does not have the message: it is acknowledged before it is stored",
    ),
    (
        StoresWithTheNextBatch,
        Suite.test_batch_of_one_is_a_batch,
        (),
        "storage of events does not have the message: it is acknowledged before it is stored",
    ),
    (
        MetersBeforeEventsAreDurable,
        Suite.test_nothing_is_metered_before_events_are_durable,
        (),
        "samples were stored while the storage of events is away: meters come after",
    ),
    (
        SaysRecoveredAndKeepsNoLetter,
        Suite.test_unusable_message_is_kept_byte_for_byte,
        (),
        "said RECOVERED, and recovery has no letter of the message: it is acknowledged and lost",
    ),
    (
        RequeuesWhatItCannotUse,
        Suite.test_nothing_is_requeued_by_itself,
        (),
        "was REQUEUED though nothing is away: it comes again at once, and for ever",
    ),
    (
        StoresOneByOne,
        Suite.test_storages_are_asked_for_whole_batches,
        (),
        r"50 calls of store\(\) for events of a batch of 50 messages",
    ),
    (
        StumblesOverABadMessage,
        Suite.test_every_message_has_one_outcome_whatever_fails,
        (False, False),
        "goes to recovery, the others are stored",
    ),
    (
        CountsDuplicatesAsStored,
        Suite.test_message_that_comes_again_is_not_doubled,
        (),
        "has the outcome DUPLICATE, or the books count it twice",
    ),
]


@pytest.mark.parametrize(("handler", "test", "more", "sentence"), GALLERY)
def test_broken_promise_is_told(
    handler: Any, test: Test, more: tuple[Any, ...], sentence: str
) -> None:
    desk = Desk(lambda parts: handler(None, parts))
    if handler is StumblesOverABadMessage:
        desk.source.publish(b"\xff")
    with pytest.raises(AssertionError, match=sentence):
        test(Suite(), desk, *more)
