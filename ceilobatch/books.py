# SPDX-License-Identifier: Apache-2.0
"""Books: where a worker writes about its batches: into the storage of events where it can."""

import contextlib
import datetime
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.batch import MessageBatch
from ceilobatch.entry import Entry
from ceilobatch.model import Event, Result, Sample
from ceilobatch.page import NAME_LIMIT, Booking, Page, Step, name

if TYPE_CHECKING:
    from ceilobatch.plugins.base import Bookkeeper


OPTIONS = [
    cfg.BoolOpt(
        "arrivals",
        default=True,
        help="Keep a row for every message that was not stored (duplicate, recovered, ignored), "
        "for 'ceilobatch ledger trace'. The books balance without them.",
    ),
]


class Books:
    """The books of one consumer; one thread writes.

    :param keeper: where they are written; without one nothing is.
    :param worker: host and name, which no other consumer of the pool has at the same time.
    :ivar separate: whether the keeper stores no events.
    :ivar entry: of the batch in hand.
    """

    def __init__(
        self,
        keeper: "Bookkeeper | None" = None,
        worker: str = "",
        pool: str = "",
        *,
        separate: bool = False,
        arrivals: bool = True,
    ) -> None:
        self.keeper = keeper
        self.separate = separate
        self.arrivals = arrivals
        self.entry: Entry | None = None
        self._worker = name(worker, NAME_LIMIT)
        self._pool = name(pool, NAME_LIMIT)
        self._waiting: list[Page] = []

    def start(self) -> None:
        """Book as given back what an earlier worker of this name has left in flight."""
        self.put_off(self.page(Step.ABANDON, "", datetime.datetime.now(datetime.UTC)))
        self.finish()

    def finish(self) -> None:
        """Write what has been put off, unless the keeper is away."""
        if self.keeper is not None and self._waiting:
            with contextlib.suppress(errors.Unavailable):
                self.keeper.book(self._waiting)
                self._waiting.clear()

    def begin(self, batch: MessageBatch) -> Entry:
        """The entry of a batch that was taken in; nothing is written yet."""
        self.entry = Entry(self, batch)
        return self.entry

    def entry_of(self, batch: MessageBatch) -> Entry:
        """The entry in hand, or one that is kept nowhere where the batch is not in the books."""
        if self.entry is not None and self.entry.batch.id == batch.id:
            return self.entry
        return Entry(Books(), batch)

    def page(self, step: Step, batch_id: str, received: datetime.datetime) -> Page:
        """A page of this worker."""
        return Page(step, batch_id, self._worker, self._pool, received)

    def write(self, page: Page) -> None:
        """Write a page in a transaction of its own.

        :raises Unavailable: nothing is known of it.
        """
        if self.keeper is not None:
            self.keeper.book([*self._waiting, page])
            self._waiting.clear()

    def store(
        self,
        items: Sequence[Event] | Sequence[Sample],
        page: Callable[[Sequence[Result]], Page | None],
    ) -> list[Result]:
        """Store items with the keeper, and a page about them in the same transaction."""
        keeper = cast("Bookkeeper", self.keeper)
        waiting = tuple(self._waiting)
        entry = cast(Entry, self.entry)

        def pages(results: Sequence[Result]) -> Sequence[Page]:
            new = page(results)
            return waiting if new is None else (*waiting, new)

        results = keeper.store(items, Booking(entry.batch.id, entry.received, pages))
        self._waiting.clear()
        return results

    def put_off(self, page: Page) -> None:
        """Write a page with the next transaction."""
        if self.keeper is not None:
            self._waiting.append(page)
