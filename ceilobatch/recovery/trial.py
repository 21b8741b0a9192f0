# SPDX-License-Identifier: Apache-2.0
"""Trial: a handler that tells what became of each message instead of writing letters about it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oslo_config import cfg

from ceilobatch import assembly, errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.definitions import load as definitions
from ceilobatch.isolation import handle_isolating
from ceilobatch.letter import Change, Entry, Letter, Stage
from ceilobatch.message import Delivery, decode
from ceilobatch.model import STORED, Event, Result, Sample
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Damage, Handler, Recovery, Storage
from ceilobatch.postmark import Postmark
from ceilobatch.recovery.tally import Stored, Tally
from ceilobatch.telemetry.calls import CallRegistry

DONE = frozenset({Outcome.STORED, Outcome.DUPLICATE, Outcome.IGNORED})
_ALONE = Limits(1, 1, 1.0)
_MEANINGS = {
    Outcome.DUPLICATE: "all of it was there already",
    Outcome.IGNORED: "no definition wants it",
    Outcome.REQUEUED: "the handler gave it back",
}


class Verdict(NamedTuple):
    """What became of one message.

    :ivar result: a sentence; for what failed the stage and the reason.
    :ivar stored: of it, now.
    """

    outcome: Outcome
    result: str
    stored: Stored = Stored()

    @property
    def is_done(self) -> bool:
        """Whether nothing of the message is left to do."""
        return self.outcome in DONE


class Trial:
    """Takes over a handler: its letters end here, its storages are watched."""

    def __init__(self, handler: Handler) -> None:
        self._caught = _Caught(handler.parts.recovery.conf)
        handler.parts = dataclasses.replace(handler.parts, recovery=self._caught)
        self.handler = handler
        self._tally = Tally()
        parts = handler.parts
        self._tally.watch(one for _, one in (*parts.event_storage, *parts.sample_storage))

    def outcomes(self, batch: MessageBatch) -> list[Outcome]:
        """Handle a batch; what became of it is told by :meth:`verdicts` until the next one.

        :raises Unavailable: storage is away.
        """
        self._caught.letters.clear()
        self._tally.clear()
        return handle_isolating(self.handler.handle, batch, self._catch)

    def verdicts(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """One for each message of the batch that was handled last."""
        reasons: dict[bytes, list[str]] = {}
        for letter in self._caught.letters:
            reason = f"{letter.stage.value}: {letter.reason}"
            reasons.setdefault(letter.body, []).append(reason)
        return [
            self._verdict(delivery, outcome, reasons.get(delivery.body, []))
            for delivery, outcome in zip(batch.deliveries, outcomes, strict=True)
        ]

    def of(self, delivery: Delivery) -> Verdict:
        """Handle one message."""
        batch = MessageBatch(_ALONE)
        batch.add(delivery)
        (verdict,) = self.verdicts(batch, self.outcomes(batch))
        return verdict

    def _catch(self, culprit: MessageBatch, error: Exception) -> Outcome:
        postmark = Postmark(self.handler.parts.origin, culprit.id)
        self._caught.add([postmark.letter(culprit.deliveries[0], Stage.CONVERT, error)])
        return Outcome.RECOVERED

    def _verdict(self, delivery: Delivery, outcome: Outcome, reasons: Sequence[str]) -> Verdict:
        stored = self._tally.of(_message_id(delivery))
        if outcome is Outcome.RECOVERED:
            return Verdict(outcome, "; ".join(reasons) or "the handler gave no reason", stored)
        meaning = _MEANINGS.get(outcome, str(stored))
        return Verdict(outcome, f"{outcome.value}: {meaning}", stored)


def rehearsal(conf: cfg.ConfigOpts, handler: str | None = None) -> Trial:
    """A trial of the configured handler and definitions that stores nothing anywhere.

    Storage takes everything there; that a real one would not cannot be foreseen.

    :param handler: in the place of the configured one.
    :raises ConfigurationError: the definitions or the handler cannot be used.
    """
    calls = CallRegistry()
    shelf = [("rehearsal", _Shelf(conf))]
    parts = Parts(
        definitions.load_events(conf, calls),
        definitions.load_meters(conf, calls),
        shelf if conf.storage.events else (),
        shelf if conf.storage.samples else (),
        _Caught(conf),
        Origin(conf.notification.pool, conf.host, "rehearsal"),
    )
    name = handler or conf.notification.handler
    option = assembly.HANDLER_OPTION
    return Trial(loader.construct(conf, loader.HANDLERS, name, option, calls, parts))


def _message_id(delivery: Delivery) -> str:
    try:
        return decode(delivery).message_id
    except errors.Malformed:
        return ""


class _Shelf(Storage):
    """Takes everything and keeps nothing."""

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        return [STORED] * len(items)

    def probe(self) -> None:
        """Always ready."""


class _Caught(Recovery):
    """Keeps the letters of one batch, for whoever asked for the trial."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self.letters: list[Letter] = []

    def add(self, letters: Sequence[Letter]) -> None:
        self.letters += letters

    def entries(self) -> Iterator[Entry]:
        return (Entry(letter, 1, letter.recorded) for letter in self.letters)

    def change(self, changes: Sequence[Change]) -> list[bool]:
        return [False] * len(changes)

    def remove(self, letter_ids: Sequence[str]) -> int:
        return 0

    def verify(self) -> Iterator[Damage]:
        return iter(())

    def probe(self) -> None:
        """Always ready."""


def delivery_of(entry: Entry, body: bytes | None = None) -> Delivery:
    """The message of a letter as the bus delivered it.

    :param body: in the place of the message as it stands.
    """
    letter = entry.letter
    return Delivery(
        entry.body if body is None else body,
        exchange=letter.exchange,
        topic=letter.topic,
        headers=letter.headers or None,
        redelivered=True,
    )


def batches(entries: Iterable[Entry], limits: Limits) -> Iterator[tuple[list[Entry], MessageBatch]]:
    """The entries in full batches, and what is left in a last one."""
    held, batch = [], MessageBatch(limits)
    for entry in entries:
        held.append(entry)
        batch.add(delivery_of(entry))
        if batch.trigger is not None:
            yield held, batch
            held, batch = [], MessageBatch(limits)
    if held:
        yield held, batch
