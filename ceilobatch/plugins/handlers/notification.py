# SPDX-License-Identifier: Apache-2.0
"""The handlers ``notification`` (events, then meters), ``events`` and ``meters``.

Events are stored before samples are made: a batch that has to be given back because storage is
away has then left nothing that a second pass would meter twice.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.isolation import store_isolating
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Notification, decode
from ceilobatch.model import Event, Result, Sample, Status
from ceilobatch.parts import Parts
from ceilobatch.plugins.base import Handler, HandlerCharacteristics, Storage
from ceilobatch.postmark import Postmark

Item = TypeVar("Item", Event, Sample)
Owned = list[tuple[int, Item]]
Store = Callable[[Sequence[Item]], list[Result]]


class Worksheet:
    """What is known of each message of one batch, by its place in the batch.

    What cannot be decoded or converted is not worked on any further.

    :ivar entry: of the batch in the books.
    """

    def __init__(self, batch: MessageBatch, parts: Parts) -> None:
        self.batch = batch
        self.entry = parts.books.entry_of(batch)
        self._deliveries = batch.deliveries
        self._notifications: dict[int, Notification] = {}
        self._usable: list[int] = []
        self._postmark = Postmark(parts.origin, batch.id)
        self._letters: dict[tuple[int, Stage, str], list[str | Exception]] = {}
        self._stored: set[int] = set()
        self._known: set[int] = set()

    def decode(self) -> None:
        """Open every delivery."""
        for place, delivery in enumerate(self._deliveries):
            try:
                self._notifications[place] = decode(delivery)
            except errors.Malformed as error:
                self.problem(place, Stage.DECODE, error)
        self._usable = list(self._notifications)
        self.entry.know(self.batch, self._notifications)

    def convert(self, stage: Stage, convert: Callable[[int, Notification], None]) -> None:
        """Run a conversion for every usable message."""
        failed = set()
        for place in self._usable:
            try:
                convert(place, self._notifications[place])
            except Exception as error:  # noqa: BLE001  (a plugin's bug is a letter as well)
                failed.add(place)
                self.problem(place, stage, error)
        if failed:
            self._usable = [place for place in self._usable if place not in failed]

    def note(
        self, stage: Stage, driver: str, places: Iterable[int], results: Iterable[Result]
    ) -> None:
        """Take in what one storage driver answered for items of the messages at ``places``."""
        for place, result in zip(places, results, strict=True):
            if result.status is Status.STORED:
                self._stored.add(place)
            elif result.status is Status.DUPLICATE:
                self._known.add(place)
            elif result.status is Status.REJECTED:
                self.problem(place, stage, result.reason, driver)

    def problem(self, place: int, stage: Stage, error: str | Exception, driver: str = "") -> None:
        """The message at ``place`` needs a person; one letter a stage and driver."""
        if isinstance(error, Exception):
            # Its frames hold this sheet: a cycle, which would keep the bodies of the batch in
            # memory until the collector comes, and it comes rarely.
            error.__traceback__ = error.__context__ = error.__cause__ = None
        self._letters.setdefault((place, stage, driver), []).append(error)

    def letters(self) -> list[Letter]:
        """One for each message, stage and driver with a problem."""
        return [
            self._letter(place, stage, driver, reasons)
            for (place, stage, driver), reasons in self._letters.items()
        ]

    def _letter(
        self, place: int, stage: Stage, driver: str, reasons: list[str | Exception]
    ) -> Letter:
        reason = reasons[0] if len(reasons) == 1 else "; ".join(str(one) for one in reasons)
        return self._postmark.letter(
            self._deliveries[place],
            stage,
            reason,
            notification=self._notifications.get(place),
            driver=driver,
        )

    def outcomes(self) -> list[Outcome]:
        """One for each message."""
        recovered = {place for place, _, _ in self._letters}
        return self._outcomes(recovered, self._stored, self._known)

    def outcomes_with(
        self, places: Sequence[int], results: Sequence[Result]
    ) -> list[Outcome] | None:
        """What :meth:`outcomes` will be with these last results; None where letters come first."""
        if self._letters or any(result.status is Status.REJECTED for result in results):
            return None
        pairs = list(zip(places, results, strict=True))
        stored = {place for place, result in pairs if result.status is Status.STORED}
        known = {place for place, result in pairs if result.status is Status.DUPLICATE}
        return self._outcomes(set(), self._stored | stored, self._known | known)

    def _outcomes(self, recovered: set[int], stored: set[int], known: set[int]) -> list[Outcome]:
        def outcome(place: int) -> Outcome:
            if place in recovered:
                return Outcome.RECOVERED
            if place in stored:
                return Outcome.STORED
            return Outcome.DUPLICATE if place in known else Outcome.IGNORED

        return [outcome(place) for place in range(len(self._deliveries))]


class NotificationHandler(Handler):
    """Stores the events of a batch, then its samples; what is unusable goes to recovery."""

    def handle(self, batch: MessageBatch) -> list[Outcome]:
        """See :meth:`ceilobatch.plugins.base.Handler.handle`."""
        sheet = Worksheet(batch, self.parts)
        sheet.decode()
        self._work(sheet)
        if letters := sheet.letters():
            self.parts.recovery.add(letters)
        return sheet.outcomes()

    def _work(self, sheet: Worksheet) -> None:
        self._events(sheet)
        self._meters(sheet)

    def _events(self, sheet: Worksheet) -> None:
        events: Owned[Event] = []
        convert = self.parts.events.convert

        def to_event(place: int, notification: Notification) -> None:
            event = convert(notification)
            if event is not None:
                events.append((place, event))

        sheet.convert(Stage.CONVERT, to_event)
        for name, storage in self.parts.event_storage if events else ():
            store = functools.partial(sheet.entry.store_events, storage)
            _store(sheet, Stage.STORE_EVENT, name, store, events)

    def _meters(self, sheet: Worksheet) -> None:
        samples: Owned[Sample] = []
        convert = self.parts.meters.convert

        def to_samples(place: int, notification: Notification) -> None:
            made, problems = convert(notification)
            for sample in made:
                samples.append((place, sample))
            for meter, reason in problems:
                sheet.problem(place, Stage.CONVERT_METER, f"{meter}: {reason}")

        sheet.convert(Stage.CONVERT_METER, to_samples)
        for name, storage in self.parts.sample_storage if samples else ():
            last = storage is self.parts.sample_storage[-1][1]
            store = _closing(sheet, storage, samples) if last else storage.store
            _store(sheet, Stage.STORE_SAMPLE, name, store, samples)


class EventsHandler(NotificationHandler):
    """Stores events only."""

    characteristics = HandlerCharacteristics(frozenset({Event}))

    def _work(self, sheet: Worksheet) -> None:
        self._events(sheet)


class MetersHandler(NotificationHandler):
    """Stores samples only."""

    characteristics = HandlerCharacteristics(frozenset({Sample}))

    def _work(self, sheet: Worksheet) -> None:
        self._meters(sheet)


def _store(
    sheet: Worksheet, stage: Stage, name: str, store: Store[Item], owned: Owned[Item]
) -> None:
    """Store with one driver; rejections become problems."""
    places, items = zip(*owned, strict=True)
    sheet.note(stage, name, places, store_isolating(store, items))


def _closing(sheet: Worksheet, storage: Storage, owned: Owned[Sample]) -> Store[Sample]:
    """Stores the last items of a batch, and books its outcomes in the same transaction."""
    places = [place for place, _ in owned]

    def finish(results: Sequence[Result]) -> list[Outcome] | None:
        return sheet.outcomes_with(places, results) if len(results) == len(places) else None

    return lambda items: sheet.entry.store_last(storage, sheet.batch, items, finish)
