# SPDX-License-Identifier: Apache-2.0
"""The handler ``chosen``: stores the events of chosen types, and no samples."""

from collections.abc import Iterator, Mapping

from oslo_config import cfg

from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.isolation import store_isolating
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Notification, decode
from ceilobatch.model import Event, Result, Status
from ceilobatch.plugins.base import Handler, HandlerCharacteristics
from ceilobatch.postmark import Postmark

GROUP = "handler_chosen"
OPTIONS = [
    cfg.ListOpt(
        "prefixes",
        default=[],
        help="How the event types begin that are stored, such as compute.instance. and volume.; "
        "none stands for all.",
    ),
]
OUTCOMES = {
    Status.STORED: Outcome.STORED,
    Status.DUPLICATE: Outcome.DUPLICATE,
    Status.REJECTED: Outcome.RECOVERED,
    Status.IGNORED: Outcome.IGNORED,
}
# Where storages answer differently for one event, the first of these counts.
RANKS = (Outcome.RECOVERED, Outcome.STORED, Outcome.DUPLICATE, Outcome.IGNORED)


class ChosenHandler(Handler):
    """Stores the events whose type begins as the configuration says; ignores all others."""

    options = ((GROUP, OPTIONS),)
    characteristics = HandlerCharacteristics(frozenset({Event}))

    def handle(self, batch: MessageBatch) -> list[Outcome]:
        """See the contract: convert, store, add letters, and only then tell the outcomes."""
        postmark = Postmark(self.parts.origin, batch.id)
        found: list[set[Outcome]] = [set() for _ in batch.deliveries]
        events: dict[int, Event] = {}
        letters: list[Letter] = []
        for place, delivery in enumerate(batch.deliveries):
            stage = Stage.DECODE
            try:
                notification = decode(delivery)
                stage = Stage.CONVERT
                event = self._event(notification)
            except Exception as error:  # noqa: BLE001  (a plugin's bug is a letter as well)
                letters.append(postmark.letter(delivery, stage, error))
                found[place].add(Outcome.RECOVERED)
            else:
                if event is not None:
                    events[place] = event
        for place, driver, result in self._store(events):
            found[place].add(OUTCOMES[result.status])
            if result.status is Status.REJECTED:
                delivery, reason = batch.deliveries[place], result.reason
                letters.append(postmark.letter(delivery, Stage.STORE_EVENT, reason, driver=driver))
        if letters:
            self.parts.recovery.add(letters)
        return [min(each, key=RANKS.index, default=Outcome.IGNORED) for each in found]

    def _event(self, notification: Notification) -> Event | None:
        prefixes = tuple(self.conf[GROUP].prefixes)
        if prefixes and not notification.event_type.startswith(prefixes):
            return None
        # The definitions may have been exchanged since the last batch.
        return self.parts.events.convert(notification)

    def _store(self, events: Mapping[int, Event]) -> Iterator[tuple[int, str, Result]]:
        """What each storage answers for each event; none is asked where there is no event."""
        for name, storage in self.parts.event_storage if events else ():
            results = store_isolating(storage.store, list(events.values()))
            for place, result in zip(events, results, strict=True):
                yield place, name, result
