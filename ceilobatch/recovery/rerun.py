# SPDX-License-Identifier: Apache-2.0
"""Everything a replay needs: the handler of an agent, the look at late data, and the figures."""

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from oslo_config import cfg

from ceilobatch import assembly, bus
from ceilobatch.batch import Limits
from ceilobatch.letter import Change, Entry
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.base import Recovery, StorageCharacteristics
from ceilobatch.recovery.late import LateData
from ceilobatch.recovery.replay import Replayed
from ceilobatch.recovery.trial import Trial, rehearsal
from ceilobatch.slot import slot
from ceilobatch.telemetry.calls import CallRegistry

NAMES = ("stored", "duplicate", "ignored", "failed", "changed", "left", "events", "samples")
LONG = 1e9


class Stand(NamedTuple):
    """Where messages are tried, and who takes the changes that come of it."""

    trial: Trial
    mark: Callable[[Sequence[Change]], list[bool]]


@contextlib.contextmanager
def real(conf: cfg.ConfigOpts, recovery: Recovery, handler: str | None = None) -> Iterator[Stand]:
    """The handler of an agent, under a name of its own, and the letters to mark.

    :param handler: in the place of the configured one.
    :raises ConfigurationError: it cannot work as it is configured.
    :raises Unavailable: storage or recovery is away.
    """
    with slot(conf, "replay") as worker, contextlib.ExitStack() as stack:
        built = assembly.build_handler(conf, CallRegistry(), worker, handler)
        stack.callback(built.parts.close)
        stack.callback(built.close)
        built.parts.probe()
        recovery.probe()
        yield Stand(Trial(built), recovery.change)


@contextlib.contextmanager
def rehearsed(
    conf: cfg.ConfigOpts, _recovery: Recovery | None = None, handler: str | None = None
) -> Iterator[Stand]:
    """The handler without storage, and nothing to mark.

    :param handler: in the place of the configured one.
    :raises ConfigurationError: it cannot work as it is configured.
    """
    trial = rehearsal(conf, handler)
    with contextlib.closing(trial.handler):
        yield Stand(trial, lambda changes: [True] * len(changes))


class Look(NamedTuple):
    """What was found before a replay.

    :ivar letters: the ids, in order.
    :ivar late: why storage would drop some of their messages, a sentence for each driver.
    """

    letters: dict[str, None]
    late: str


def look(conf: cfg.ConfigOpts, entries: Iterable[Entry]) -> Look:
    """Read letters through without keeping their messages."""
    late = LateData(_drivers(conf))
    letters: dict[str, None] = {}
    for entry in entries:
        letters[entry.id] = None
        late.look(entry)
    return Look(letters, "; ".join(late.problems()))


def limits(conf: cfg.ConfigOpts, count: int | None = None) -> Limits:
    """When a batch of a replay is full: as the agent's, but never by age.

    :param count: messages, in the place of ``[notification] batch_size``.
    """
    found = dataclasses.replace(bus.limits(conf), age=LONG)
    return found if count is None else dataclasses.replace(found, count=count)


class Figures:
    """Counts what became of the letters of a replay, under :data:`NAMES`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __getitem__(self, name: str) -> int:
        return self._counts[name]

    def add(self, replayed: Replayed) -> str:
        """Count a letter; what is to be said of it, or an empty text."""
        _, verdict, marked = replayed
        self._counts["tried"] += 1
        self._counts["events"] += verdict.stored.events
        self._counts["samples"] += verdict.stored.samples
        if not marked:
            self._counts["changed"] += 1
            return (
                "somebody else changed or removed it while it was replayed; in its history there "
                f"is nothing of this: {verdict.result}"
            )
        if verdict.is_done:
            self._counts[verdict.outcome.value] += 1
            return ""
        self._counts["failed"] += 1
        return verdict.result

    def close(self, total: int) -> None:
        """Count as left what was not tried of so many."""
        self._counts["left"] = total - self._counts["tried"]

    def pairs(self) -> list[tuple[str, int]]:
        """Name and number."""
        return [(name, self._counts[name]) for name in NAMES]


def _drivers(conf: cfg.ConfigOpts) -> Iterator[tuple[str, StorageCharacteristics]]:
    for role in assembly.RECORDS:
        for name in conf.storage[role]:
            driver = loader.load(loader.STORAGE, name, f"[storage] {role}")
            own = loader.configured(conf, driver, name)
            with instance.naming(own):
                yield name, driver.declares(own)
