# SPDX-License-Identifier: Apache-2.0
"""Entry: what the books say about one batch, from taking it in to its outcomes.

A message is in the books from the transaction that stores its event on, or else from the one
that writes its outcome. The outcomes of a batch are written with the last thing that is stored
of it, and always before anything is acknowledged.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery, Notification, decode
from ceilobatch.model import Event, Result, Sample, Status
from ceilobatch.page import TEXT_LIMIT, Arrival, Page, Step, count_types, name, tally

if TYPE_CHECKING:
    from ceilobatch.books import Books
    from ceilobatch.plugins.base import Storage

Known = tuple[str | None, str]
Finish = Callable[[Sequence[Result]], Sequence[Outcome] | None]


class Entry:
    """The entry of one batch.

    :ivar received: when it was taken in, aware, UTC.
    """

    def __init__(self, books: "Books", batch: MessageBatch) -> None:
        self.batch = batch
        self._books = books
        self.received = datetime.datetime.now(datetime.UTC)
        self._blank = books.page(Step.OPEN, batch.id, self.received)
        self._known: list[Known] | None = None
        self._types: dict[str, int] | None = None
        self._opened = False
        self._closed = False
        self._again: set[str] = set()

    def know(self, batch: MessageBatch, notifications: Mapping[int, Notification]) -> None:
        """Tell what has been decoded of the batch, by place, so that it is not done again."""
        if self._books.keeper is None:
            return
        if self._whole(batch):
            self._known = [
                (notifications[place][:2] if place in notifications else (None, ""))
                for place in range(len(batch))
            ]
        if self._books.separate and not self._opened:
            self._books.write(self._page(Step.OPEN))
            self._opened = True

    def store_events(self, storage: "Storage", items: Sequence[Event]) -> list[Result]:
        """Store events; the keeper's are booked with them."""
        if storage is not self._books.keeper:
            return storage.store(items)
        results = self._books.store(items, lambda results: self._opening(items, results))
        self._opened = True
        for item, result in zip(items, results, strict=True):
            if result.status is Status.DUPLICATE:
                self._again.add(item.message_id)
        return results

    def store_last(
        self, storage: "Storage", batch: MessageBatch, items: Sequence[Sample], finish: Finish
    ) -> list[Result]:
        """Store the last items of a batch and close the entry with them where that is possible.

        :param finish: the outcomes of the whole batch by the results of these items; None where
            they are not final yet.
        """
        if storage is not self._books.keeper or not self._whole(batch):
            return storage.store(items)
        closes = False

        def page(results: Sequence[Result]) -> Page | None:
            nonlocal closes
            outcomes = finish(results)
            closes = outcomes is not None
            return None if outcomes is None else self._closing(outcomes)

        results = self._books.store(items, page)
        self._closed = closes
        return results

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Write the outcomes, one a message, unless that is done.

        :raises Unavailable: nothing is known of what was written.
        """
        if self._books.keeper is not None and not self._closed:
            self._books.write(self._closing(outcomes))
            self._closed = True
        self._books.entry = None

    def give_back(self) -> None:
        """The whole batch goes back; that is written when the books can be again."""
        if self._books.keeper is not None:
            self._books.put_off(self._page(Step.RETURN))
        # It holds the batch, whose memory is wanted for the next one.
        self._books.entry = None

    def _whole(self, batch: MessageBatch) -> bool:
        return len(batch) == len(self.batch)

    def _opening(self, items: Sequence[Event], results: Sequence[Result]) -> Page | None:
        stored = tally(
            (item.event_type, "events")
            for item, result in zip(items, results, strict=True)
            if result.status is Status.STORED
        )
        if self._opened and not stored:
            return None
        page = self._page(Step.ADD if self._opened else Step.OPEN)
        return page._replace(counts=stored)

    def _closing(self, outcomes: Sequence[Outcome]) -> Page:
        known = self._messages()
        kinds, ends = (kind for _, kind in known), (one.value for one in outcomes)
        counts = tally(zip(kinds, ends, strict=True))
        page = self._page(Step.CLOSE if self._opened else Step.WHOLE)
        return page._replace(counts=counts, arrivals=self._arrivals(known, outcomes))

    def _arrivals(self, known: list[Known], outcomes: Sequence[Outcome]) -> list[Arrival]:
        if not self._books.arrivals:
            return []
        stored, again = Outcome.STORED, self._again
        return [
            Arrival(name(message_id, TEXT_LIMIT), outcome.value)
            for (message_id, _), outcome in zip(known, outcomes, strict=True)
            if message_id is not None and (outcome is not stored or message_id in again)
        ]

    def _page(self, step: Step) -> Page:
        if self._types is None:
            self._types = count_types(kind for _, kind in self._messages())
        return self._blank._replace(step=step, types=self._types)

    def _messages(self) -> list[Known]:
        if self._known is None:
            self._known = [_look(delivery) for delivery in self.batch.deliveries]
        return self._known


def _look(delivery: Delivery) -> Known:
    """The message id and the event type, for whom nobody has told them."""
    try:
        return decode(delivery)[:2]
    except errors.Malformed:
        return None, ""
