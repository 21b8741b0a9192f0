# SPDX-License-Identifier: Apache-2.0
"""The storage suite finds drivers that break a promise, and tells what is wrong."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.model import DUPLICATE, STORED, Result
from ceilobatch.plugins.base import StorageCharacteristics
from ceilobatch.testing.away import Away
from ceilobatch.testing.memory import MemoryStorage
from ceilobatch.testing.storage import StorageOutageSuite as Suite
from ceilobatch.testing.storage_scene import Item, StorageBench, identity

ODD = {"half", "half a type", "large", "long", "no number", "nul", "deep"}


class ForgetsAResult(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        return super().store(items)[:-1]


class AnswersInTheWrongOrder(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        return sorted(super().store(items), key=lambda result: result.status.value)


class AnswersWithWords(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        return [result.status.value for result in super().store(items)]


class StoresTwiceWhatComesTwice(MemoryStorage):
    def _write(self, items: Sequence[Item]) -> list[Result]:
        super()._write(items)
        return [STORED] * len(items)


class LooksForDuplicatesInTheStoreOnly(MemoryStorage):
    pause = 0.0

    def _write(self, items: Sequence[Item]) -> list[Result]:
        known = {*self.events, *self.samples}
        threading.Event().wait(self.pause)
        super()._write(items)
        return [DUPLICATE if identity(item) in known else STORED for item in items]


class LooksBeforeItStores(LooksForDuplicatesInTheStoreOnly):
    pause = 0.01


class ComparesIdentitiesInLowerCase(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        return super().store([item._replace(message_id=item.message_id.lower()) for item in items])


class RaisesOnARejectedItem(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        if ODD & {item.message_id for item in items}:
            raise errors.Rejected("this is not JSON")
        return super().store(items)


class BlocksEverybodyForOneBadItem(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        if ODD & {item.message_id for item in items}:
            raise errors.Unavailable("400 Bad Request")
        return super().store(items)


class KeepsUntilItIsClosed(MemoryStorage):
    def __init__(self, conf: Any = None, *, beside: MemoryStorage | None = None) -> None:
        super().__init__(conf, beside=beside)
        self.late: list[Item] = []

    def store(self, items: Sequence[Item]) -> list[Result]:
        self.late += items
        return [STORED] * len(items)

    def close(self) -> None:
        super().store(self.late)


class DropsWhatIsOldAndDoesNotSaySo(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        super().store([item for item in items if not item.message_id.startswith("old")])
        return [STORED] * len(items)


class DoublesAndCallsItselfIdempotent(MemoryStorage):
    characteristics = StorageCharacteristics(recognises=False)

    def __init__(self, conf: Any = None, *, beside: Any = None) -> None:
        super().__init__(conf, beside=beside)
        self.lines: list[Any] = beside.lines if beside else []

    def store(self, items: Sequence[Item]) -> list[Result]:
        self.lines += map(identity, items)
        return [STORED] * len(items)

    def identities(self) -> Counter[Any]:
        return Counter(self.lines)


class SaysStoredWhileTheStoreIsAway(MemoryStorage):
    def store(self, items: Sequence[Item]) -> list[Result]:
        try:
            return super().store(items)
        except errors.Unavailable:
            return [STORED] * len(items)


class LetsTheErrorOfItsLibraryOut(MemoryStorage):
    def probe(self) -> None:
        if self.down:
            raise ConnectionResetError("connection reset by peer")


class CommitsHalfAndForgetsWhich(MemoryStorage):
    """Notes identities first; when it is cut off, what was noted is taken for stored."""

    def __init__(self, conf: Any = None, *, beside: Any = None) -> None:
        super().__init__(conf, beside=beside)
        self.noted: set[Any] = beside.noted if beside else set()

    def store(self, items: Sequence[Item]) -> list[Result]:
        new = [item for item in items if identity(item) not in self.noted]
        self.noted.update(map(identity, items))
        if self.down:
            self._write(new[: len(new) // 2])
            raise errors.Unavailable("connection lost")
        self._write(new)
        return [STORED if item in new else DUPLICATE for item in items]


Test = Callable[..., None]
GALLERY: list[tuple[type[MemoryStorage], Test, str]] = [
    (
        ForgetsAResult,
        Suite.test_one_result_for_each_item_in_the_same_order,
        r"store\(\) gave 11 results for 12 items. It answers with one result per item",
    ),
    (
        AnswersInTheWrongOrder,
        Suite.test_one_result_for_each_item_in_the_same_order,
        r"store\(\) gave the right results in the wrong order",
    ),
    (
        AnswersWithWords,
        Suite.test_storing_twice_is_storing_once,
        "answered an item with 'stored', which is no Result",
    ),
    (
        StoresTwiceWhatComesTwice,
        Suite.test_storing_twice_is_storing_once,
        "items that are stored already with 25 STORED where 25 DUPLICATE was due",
    ),
    (
        LooksForDuplicatesInTheStoreOnly,
        Suite.test_same_identity_twice_in_one_call,
        "items of which some stand several times in one call",
    ),
    (
        LooksBeforeItStores,
        Suite.test_workers_at_the_same_time_store_each_item_once,
        "answered STORED more than once",
    ),
    (
        ComparesIdentitiesInLowerCase,
        Suite.test_only_the_same_identity_is_the_same_item,
        "items whose identities differ in case, spaces, accents or position only",
    ),
    (
        RaisesOnARejectedItem,
        Suite.test_item_that_cannot_be_stored_is_refused_alone,
        r"store\(\) raised Rejected: this is not JSON. .* is answered with rejected\(reason\)",
    ),
    (
        BlocksEverybodyForOneBadItem,
        Suite.test_item_that_cannot_be_stored_is_refused_alone,
        "raised Unavailable .400 Bad Request. though the storage is there.* blocks everybody",
    ),
    (
        KeepsUntilItIsClosed,
        Suite.test_killed_after_the_write_and_before_the_acknowledgement,
        r"they were not durable when store\(\) returned",
    ),
    (
        DropsWhatIsOldAndDoesNotSaySo,
        Suite.test_age_matters_only_where_that_is_declared,
        "answered with STORED or DUPLICATE are not in the store",
    ),
    (
        DoublesAndCallsItselfIdempotent,
        Suite.test_storing_twice_is_storing_once,
        "are in the store more than once.* declares idempotent=True",
    ),
]
OUTAGES: list[tuple[type[MemoryStorage], Test, str]] = [
    (
        SaysStoredWhileTheStoreIsAway,
        Suite.test_call_while_the_store_is_away_is_unavailable,
        r"store\(\) answered .* while the backend is away: it has to raise Unavailable",
    ),
    (
        LetsTheErrorOfItsLibraryOut,
        Suite.test_call_while_the_store_is_away_is_unavailable,
        r"store\(\) raised ConnectionResetError while the backend is away",
    ),
    (
        CommitsHalfAndForgetsWhich,
        Suite.test_driver_goes_on_when_the_store_is_back,
        "answered with STORED or DUPLICATE are not in the store",
    ),
]


def bench_of(driver: type[MemoryStorage]) -> tuple[StorageBench, Away]:
    first = driver()

    @contextlib.contextmanager
    def away() -> Iterator[None]:
        first.down = True
        yield
        first.down = False

    return StorageBench(lambda: driver(beside=first), read_back=first.identities), away


@pytest.mark.parametrize(("driver", "test", "sentence"), GALLERY)
def test_broken_promise_is_told(driver: type[MemoryStorage], test: Test, sentence: str) -> None:
    bench, _ = bench_of(driver)
    with pytest.raises(AssertionError, match=sentence):
        test(Suite(), bench)


@pytest.mark.parametrize(("driver", "test", "sentence"), OUTAGES)
def test_broken_promise_of_an_outage_is_told(
    driver: type[MemoryStorage], test: Test, sentence: str
) -> None:
    bench, away = bench_of(driver)
    with pytest.raises(AssertionError, match=sentence):
        test(Suite(), bench, away)
