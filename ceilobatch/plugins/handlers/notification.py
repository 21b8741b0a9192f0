# SPDX-License-Identifier: Apache-2.0
"""The handlers ``notification`` (events, then meters), ``events`` and ``meters``.

Events are stored before samples are made: a batch that has to be given back because storage is
away has then left nothing that a second pass would meter twice.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.isolation import store_isolating
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Notification, decode
from ceilobatch.model import Event, Result, Sample, Status
from ceilobatch.parts import Parts
from ceilobatch.plugins.base import Handler, Storage
from ceilobatch.postmark import Postmark

Item = TypeVar("Item", Event, Sample)
Owned = list[tuple[int, Item]]


class Worksheet:
    """What is known of each message of one batch, by its place in the batch.

    What cannot be decoded or converted is not worked on any further.
    """

    def __init__(self, batch: MessageBatch, parts: Parts) -> None:
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
            else:
                self.problem(place, stage, result.reason, driver)

    def problem(self, place: int, stage: Stage, error: str | Exception, driver: str = "") -> None:
        """The message at ``place`` needs a person; one letter a stage and driver."""
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
        return [self._outcome(place, recovered) for place in range(len(self._deliveries))]

    def _outcome(self, place: int, recovered: set[int]) -> Outcome:
        if place in recovered:
            return Outcome.RECOVERED
        if place in self._stored:
            return Outcome.STORED
        if place in self._known:
            return Outcome.DUPLICATE
        return Outcome.IGNORED


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
        _store(sheet, Stage.STORE_EVENT, self.parts.event_storage, events)

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
        _store(sheet, Stage.STORE_SAMPLE, self.parts.sample_storage, samples)


class EventsHandler(NotificationHandler):
    """Stores events only."""

    def _work(self, sheet: Worksheet) -> None:
        self._events(sheet)


class MetersHandler(NotificationHandler):
    """Stores samples only."""

    def _work(self, sheet: Worksheet) -> None:
        self._meters(sheet)


def _store(
    sheet: Worksheet, stage: Stage, storages: Sequence[tuple[str, Storage]], owned: Owned[Any]
) -> None:
    """Store in every configured storage, in order; rejections become problems."""
    if not owned:
        return
    places, items = zip(*owned, strict=True)
    for name, storage in storages:
        sheet.note(stage, name, places, store_isolating(storage.store, items))
