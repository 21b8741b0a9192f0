# SPDX-License-Identifier: Apache-2.0
"""Items for the storage suite, and a bench on which drivers are made and made to store."""

import contextlib
import datetime
import functools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ceilobatch import errors
from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample, Status, Trait
from ceilobatch.plugins.base import Storage, StorageCharacteristics

Item = Event | Sample
Make = Callable[[], Storage]
ReadBack = Callable[[], "Counter[Any]"]
SECOND = datetime.timedelta(seconds=1)
# Of today, because a storage may drop what is old; the same in the whole run.
START = datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def plain_event(number: int) -> Event:
    """A storable event with an identity of its own."""
    traits = (Trait("state", "text", "active"), Trait("memory_mb", "int", 512))
    return Event(f"event-{number:05}", "suite.update", _moment(number), traits)


def plain_sample(number: int) -> Sample:
    """A storable sample with an identity, and a resource, of its own."""
    owner = ("user", "project", f"resource-{number:05}")
    return Sample(
        *(f"message-{number:05}", "memory", 0, "gauge", "MB", 512, *owner, _moment(number)),
        metadata={"host": "compute1"},
    )


def doubtful_items() -> list[Item]:
    """Items that many a store cannot take: a driver stores or rejects each of them."""
    event, sample = plain_event(90_000), plain_sample(90_000)
    return [
        event._replace(message_id="half", traits=(Trait("name", "text", "\ud83d"),)),
        event._replace(message_id="half a type", event_type="suite.\ud83d"),
        event._replace(message_id="large", traits=(Trait("size", "int", 2**63),)),
        event._replace(message_id="long", event_type="x" * 300),
        event._replace(message_id="no number", raw={"a": [None, -math.inf]}),
        event._replace(message_id="nul", traits=(Trait("name", "text", "a\0b"),)),
        sample._replace(message_id="no number", volume=math.nan),
        sample._replace(message_id="large", volume=10**400),
        sample._replace(message_id="half", resource_id="\udc00"),
        sample._replace(message_id="long", name="x" * 300),
        sample._replace(message_id="deep", metadata={"a": {"b": [math.inf, None]}}),
    ]


def identity(item: Item) -> Any:
    """What tells an item from every other of its type."""
    if isinstance(item, Event):
        return item.message_id
    return item.message_id, item.name, item.position


@dataclass
class StorageBench:
    """Everything a storage test works with; :class:`StorageSuite` puts it together.

    :ivar make: gives a driver on the one store of the test.
    :ivar makers: for each record type what gives the item of a number.
    :ivar unstorable: items that the driver may refuse; each is stored or rejected.
    :ivar read_back: how often each identity is in the store; None where nobody can tell.
    """

    make: Make
    makers: dict[type, Callable[[int], Item]] = field(
        default_factory=lambda: {Event: plain_event, Sample: plain_sample}
    )
    unstorable: Sequence[Item] = field(default_factory=doubtful_items)
    read_back: ReadBack | None = None
    abandoned: list[Storage] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self) -> Iterator[Storage]:
        """A new driver, which is closed afterwards."""
        driver = self.make()
        try:
            yield driver
        finally:
            driver.close()

    def abandon(self) -> Storage:
        """A new driver, which nobody closes while the test goes on."""
        self.abandoned.append(self.make())
        return self.abandoned[-1]

    @functools.cached_property
    def declared(self) -> StorageCharacteristics:
        """What the driver declares with its configuration."""
        with self.open() as driver:
            return type(driver).declares(driver.conf)

    @property
    def again(self) -> Result:
        """What an item is answered with that is in the store already."""
        return DUPLICATE if self.declared.recognises else STORED

    @property
    def kinds(self) -> list[type]:
        """The record types that the driver accepts."""
        return [kind for kind in (Event, Sample) if kind in self.declared.accepts]

    def items(self, kind: type, start: int, count: int) -> list[Item]:
        """Storable items of a type, with the numbers from ``start`` on."""
        return [self.makers[kind](number) for number in range(start, start + count)]

    def refusable(self, kind: type) -> list[Item]:
        """The unstorable ones of a type."""
        return [item for item in self.unstorable if isinstance(item, kind)]

    def store(self, items: Sequence[Item]) -> list[Result]:
        """Store through a driver of its own."""
        with self.open() as driver:
            return answered(driver, items)

    def expect_in_store(self, items: Iterable[Item], among: Iterable[Item] | None = None) -> None:
        """Look whether these, and nothing else, are in the store; once where it is idempotent.

        :param among: look for these only.
        """
        if self.read_back is None:
            return
        found = self.read_back()
        if among is not None:
            looked_for = set(map(identity, among))
            found = Counter({one: count for one, count in found.items() if one in looked_for})
        wanted = {identity(item) for item in items}
        lost = wanted - set(found)
        assert not lost, (
            f"{len(lost)} items that store() answered with STORED or DUPLICATE are not in the "
            f"store, such as {min(lost, key=str)!r}. Both answers promise that the item is durable."
        )
        strange = set(found) - wanted
        assert not strange, (
            f"the store holds items that were never answered with STORED, such as "
            f"{next(iter(strange))!r}."
        )
        doubled = [one for one, count in found.items() if count > 1]
        assert not doubled or not self.declared.idempotent, (
            f"{len(doubled)} items are in the store more than once, such as {doubled[0]!r}. The "
            "driver declares idempotent=True: storing the same item again changes nothing."
        )


def answered(driver: Storage, items: Sequence[Item]) -> list[Result]:
    """What the driver answers, once it is sure that it is an answer at all."""
    try:
        results = driver.store(cast(Any, items))
    except errors.Unavailable as error:
        raise AssertionError(
            f"store() raised Unavailable ({error}) though the storage is there. Unavailable gives "
            "the whole batch back, and the agent stops consuming: an item that can never be "
            "stored has to be answered with rejected(reason), or it blocks everybody for ever."
        ) from error
    except Exception as error:
        raise AssertionError(
            f"store() raised {type(error).__name__}: {error}. It may raise Unavailable only; an "
            "item that can never be stored is answered with rejected(reason)."
        ) from error
    check_results(results, items)
    return results


def check_results(results: object, items: Sequence[Item]) -> None:
    """One result per item, each of which is one."""
    assert isinstance(results, list), (
        f"store() returned {type(results).__name__}, not a list of results."
    )
    assert len(results) == len(items), (
        f"store() gave {len(results)} results for {len(items)} items. It answers with one result "
        "per item, in the same order."
    )
    for result in results:
        assert isinstance(result, Result), (
            f"store() answered an item with {result!r}, which is no Result: use STORED, "
            "DUPLICATE, IGNORED or rejected(reason) of ceilobatch.model."
        )
        assert result.status is not Status.REJECTED or result.reason, (
            "store() rejected an item without a reason: use rejected(reason). An operator reads "
            "the sentence in recovery."
        )


def _moment(number: int) -> datetime.datetime:
    return START - (number % 60) * SECOND
