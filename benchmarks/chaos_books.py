# SPDX-License-Identifier: Apache-2.0
"""What has to be there after a chaos run, by the shipped definitions, and what is there."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.chaos_plan import Slot
from ceilobatch import config, errors
from ceilobatch.assembly import build_recovery
from ceilobatch.definitions import load as definitions
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Delivery, Notification, decode
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import BrokenKind
from tests.functional.agent_process import Agent
from tests.functional.servers import PostgreSQL

EVENTS = "SELECT message_id, count(*) FROM event GROUP BY message_id"
SAMPLES = "SELECT message_id, name || ':' || position FROM sample"
Key = bytes


class Expected(NamedTuple):
    """What one message leaves behind.

    :ivar message_id: None where none can be read.
    :ivar samples: their names and positions.
    :ivar letter: by what its letter is recognised, for a message that needs a person.
    """

    message_id: str | None
    event: bool
    samples: tuple[str, ...]
    letter: Key | None


class Expectations:
    """Converts what was sent as the agent does.

    :param exact: whether letters hold the very bytes; those of oslo.messaging's own listener
        are the decoded message encoded again.
    """

    def __init__(self, exact: bool) -> None:
        conf = config.load([], [], {})
        self.exact = exact
        self._events = definitions.load_events(conf, CallRegistry())
        self._meters = definitions.load_meters(conf, CallRegistry())
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, slot: Slot) -> Expected:
        """What the message of a slot leaves behind."""
        try:
            notification = decode(Delivery(slot.body))
        except errors.Malformed:
            return Expected(None, False, (), self.key(slot.body))
        samples, problems = self._meters.convert(notification)
        refused = slot.broken is BrokenKind.NUL_IN_TEXT
        shape = tuple(sorted(f"{sample.name}:{sample.position}" for sample in samples))
        return Expected(
            notification.message_id,
            self._event(notification) and not refused,
            self._shapes.setdefault(shape, shape),
            self.key(slot.body) if refused or problems else None,
        )

    def _event(self, notification: Notification) -> bool:
        return self._events.convert(notification) is not None

    def key(self, body: bytes) -> Key:
        """What two bodies have in common that are the same message."""
        if self.exact:
            return body
        try:
            message = json.loads(body)
            message = json.loads(message.get("oslo.message", body))
            wanted = ("message_id", "event_type", "timestamp", "payload")
            return json.dumps([message.get(key) for key in wanted], sort_keys=True).encode()
        except ValueError:
            return body


class Reckoning:
    """Compares expectations with a database and letters."""

    def __init__(self, expected: Iterable[Expected]) -> None:
        self._expected = list(expected)
        self._lost: set[int] = set()
        self.figures: Counter[str] = Counter(
            dict.fromkeys(("lost", "events_doubled", "samples_doubled", "unaccounted"), 0)
        )

    def compare(
        self,
        events: dict[str, int],
        samples: dict[str, Counter[str]],
        letters: dict[Key, set[Stage]],
    ) -> dict[str, int]:
        """How many messages are lost, and how many events, samples and letters nobody expects."""
        for place, one in enumerate(self._expected):
            stored = events.pop(one.message_id or "", 0)
            stages = letters.pop(one.letter, set()) if one.letter is not None else set()
            made = samples.pop(one.message_id or "", Counter())
            if stored < one.event or (one.letter is not None and not stages):
                self._lost.add(place)
            self.figures["events_doubled"] += max(0, stored - 1)
            self.figures["unaccounted"] += bool(stored) and not one.event
            self._compare_samples(place, one, made, Stage.STORE_SAMPLE in stages)
        self.figures["lost"] = len(self._lost)
        self.figures["unaccounted"] += len(events) + len(letters) + len(samples)
        return dict(self.figures)

    def _compare_samples(
        self, place: int, one: Expected, made: Counter[str], refused: bool
    ) -> None:
        wanted = Counter(one.samples)
        if wanted - made and not refused:
            self._lost.add(place)
        self.figures["samples_doubled"] += (made - wanted).total()


def stored_events(server: PostgreSQL, url: str) -> dict[str, int]:
    """Rows by message id."""
    return {str(key): int(str(count)) for key, count in server.execute(EVENTS, url)}


def stored_samples(server: PostgreSQL, url: str) -> dict[str, Counter[str]]:
    """Names with positions, by message id."""
    found: dict[str, Counter[str]] = {}
    for message_id, sample in server.execute(SAMPLES, url):
        found.setdefault(str(message_id), Counter())[str(sample)] += 1
    return found


def letters_of(agent: Agent, expectations: Expectations) -> dict[Key, set[Stage]]:
    """The stages at which messages were stopped."""
    recovery = build_recovery(config.load([str(agent.file)]), CallRegistry())
    found: dict[Key, set[Stage]] = {}
    for entry in recovery.entries():
        found.setdefault(_key(entry.letter, expectations), set()).add(entry.letter.stage)
    return found


def _key(letter: Letter, expectations: Expectations) -> Key:
    return expectations.key(letter.body)
