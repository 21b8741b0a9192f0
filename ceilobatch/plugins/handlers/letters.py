# SPDX-License-Identifier: Apache-2.0
"""The handler ``letters``: a central collector of what agents with the recovery ``bus`` publish."""

from collections import deque
from collections.abc import Iterator, Sequence

from oslo_config import cfg
from oslo_messaging._drivers import impl_rabbit

from ceilobatch import bus, errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.letter import Entry, Letter, Stage
from ceilobatch.message import Delivery, Notification, decode
from ceilobatch.parts import Parts
from ceilobatch.plugins.base import Handler, HandlerCharacteristics, Recovery
from ceilobatch.plugins.recovery.bus_driver import rabbit_driver
from ceilobatch.plugins.recovery.bus_envelope import unwrap
from ceilobatch.postmark import Postmark

RABBIT = "rabbit"


class LettersHandler(Handler):
    """Puts the letters that arrive into the recovery of this agent, as they were.

    What arrives and is no letter becomes one, byte for byte, with the stage ``decode``.

    A letter that the broker delivers again after it was kept is a duplicate and is not counted
    as seen once more. It is known by its message id among those that this consumer kept of late,
    else by its id and time in recovery: there the first and the last time of a letter are known,
    and one between them that comes again is counted twice.
    """

    characteristics = HandlerCharacteristics(frozenset())

    def __init__(self, conf: cfg.ConfigOpts, parts: Parts) -> None:
        super().__init__(conf, parts)
        if problems := list(_problems(conf, parts)):
            raise errors.ConfigurationError(problems)
        # What may come again is what was taken in and not acknowledged.
        window = (1 + bus.PREFETCH_BATCHES) * conf.notification.batch_size
        self._kept: deque[str] = deque(maxlen=window)

    def handle(self, batch: MessageBatch) -> list[Outcome]:
        """See :meth:`ceilobatch.plugins.base.Handler.handle`."""
        postmark = Postmark(self.parts.origin, batch.id)
        notifications: dict[int, Notification] = {}
        letters: dict[int, Letter] = {}
        for place, delivery in enumerate(batch.deliveries):
            try:
                notification = decode(delivery)
                letters[place] = unwrap(notification)
                notifications[place] = notification
            except errors.Malformed as error:
                error.__traceback__ = None
                letters[place] = postmark.letter(delivery, Stage.DECODE, error)
        self.parts.books.entry_of(batch).know(batch, notifications)
        known = set(self._known(batch.deliveries, notifications, letters))
        self._keep([letter for place, letter in letters.items() if place not in known])
        self._kept.extend(notification.message_id for notification in notifications.values())
        return [
            Outcome.DUPLICATE if place in known else Outcome.RECOVERED
            for place in range(len(batch))
        ]

    def _keep(self, letters: Sequence[Letter]) -> None:
        if letters:
            self.parts.recovery.add(letters)

    def _known(
        self,
        deliveries: Sequence[Delivery],
        notifications: dict[int, Notification],
        letters: dict[int, Letter],
    ) -> Iterator[int]:
        """The places of letters that were kept when they were delivered before."""
        again = {place for place in notifications if deliveries[place].redelivered}
        of_late = set(self._kept) if again else set()
        kept = {place for place in again if notifications[place].message_id in of_late}
        yield from kept
        asked = {place: letters[place] for place in again - kept}
        entries = self._entries({letter.id for letter in asked.values()})
        for place, letter in asked.items():
            entry = entries.get(letter.id)
            if entry and letter.recorded in (entry.letter.recorded, entry.last):
                yield place

    def _entries(self, letter_ids: set[str]) -> dict[str, Entry]:
        """Those that are in recovery, asked for one by one where that does not read them all."""
        recovery = self.parts.recovery
        if not letter_ids:
            return {}
        if type(recovery).entry is Recovery.entry:
            return {entry.id: entry for entry in recovery.entries() if entry.id in letter_ids}
        found = map(recovery.entry, letter_ids)
        return {entry.id: entry for entry in found if entry is not None}


def _problems(conf: cfg.ConfigOpts, parts: Parts) -> Iterator[str]:
    """What would lose letters, or send them in a circle."""
    if not parts.recovery.characteristics.readable:
        yield (
            f"[recovery] backend: {conf.recovery.backend} only passes letters on, and the handler "
            "letters has to keep what it gets: choose another, such as file or sql"
        )
    if conf.notification.pool:
        yield (
            "[notification] pool: it has to be empty with the handler letters, which takes "
            "letters from the queue that they are published to"
        )
    for url in bus.urls(conf):
        if url.transport.partition("+")[0] == RABBIT:
            yield from _forgetful(rabbit_driver(conf, url, "[notification] urls"))


def _forgetful(driver: impl_rabbit.RabbitDriver) -> Iterator[str]:
    """Options with which the queue of the letters would be one that does not last."""
    options = driver.conf.oslo_messaging_rabbit
    if not (options.amqp_durable_queues or options.rabbit_quorum_queue):
        yield (
            "[oslo_messaging_rabbit] amqp_durable_queues: it has to be true (or "
            "rabbit_quorum_queue) with the handler letters: the queue of the letters is durable"
        )
    if options.amqp_auto_delete:
        yield (
            "[oslo_messaging_rabbit] amqp_auto_delete: it has to be false with the handler "
            "letters: its queue would go with the last collector"
        )
