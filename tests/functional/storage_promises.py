# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage promises of storing, on every database; a subclass names it."""

import concurrent.futures
import datetime
import math
import multiprocessing
from collections import Counter

import orjson
import pytest
import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.model import DUPLICATE, STORED, Status, Trait
from ceilobatch.plugins.storage import sql_query
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_connection import open_database
from ceilobatch.testing.storage import StorageSuite
from ceilobatch.testing.storage_scene import Make, ReadBack

from .storage_reading_promises import ReadingPromises
from .storage_setup import NOON, event, sample, store_shuffled

AWKWARD = ["A", "a", "a ", " a", "ä", "a\u0308", "😀", "'\"\\%_;--", "\t\n", "x" * 255, "ß", "ss"]


class StoragePromises(ReadingPromises, StorageSuite):
    """Run by the subclasses.

    :cvar refuses_nul: whether the database has no NUL characters in texts.
    """

    refuses_nul = False

    @pytest.fixture
    def make_storage(self, conf: cfg.ConfigOpts) -> Make:
        return lambda: SqlStorage(conf)

    @pytest.fixture
    def read_back(self, conf: cfg.ConfigOpts) -> ReadBack:
        return lambda: Counter(map(_identity, _everything(conf)))

    def test_event_is_read_back_as_it_was_stored(self, conf, storage):
        zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
        traits = (
            Trait("name", "text", "😀 ünïcode \\ \" ' % {}"),
            Trait("long", "text", "x" * 100_000),
            Trait("size", "int", -(2**63)),
            Trait("more", "int", 2**63 - 1),
            Trait("load", "float", 0.1),
            Trait("launched_at", "datetime", NOON.astimezone(zone)),
        )
        raw = {"payload": {"a": [1, None, 1.5, True, "😀"]}}
        stored = event(traits=traits, raw=raw, warnings=("no trait x",))
        assert storage.store([stored]) == [STORED]
        assert sql_query.get_event(conf, "one") == {
            "message_id": "one",
            "event_type": "instance.update",
            "generated": "2026-03-01T12:00:00.123456+00:00",
            "traits": {
                trait.name: {"type": trait.type, "value": trait.value} for trait in traits[:-1]
            }
            | {"launched_at": {"type": "datetime", "value": "2026-03-01T12:00:00.123456+00:00"}},
            "warnings": ["no trait x"],
            "raw": raw,
        }
        assert sql_query.get_event(conf, "another") is None

    def test_sample_is_read_back_as_it_was_stored(self, conf, storage):
        stored = sample(volume=0.1, user_id=None, unit="%", metadata={"ü": [None, {"x": 1.5}]})
        assert storage.store([stored]) == [STORED]
        assert list(sql_query.list_samples(conf)) == [
            {**stored._asdict(), "timestamp": "2026-03-01T12:00:00.123456+00:00"}
        ]

    @pytest.mark.parametrize("make", [event, sample])
    def test_storing_twice_equals_storing_once(self, conf, storage, make):
        items = [make(f"message {number}") for number in range(50)]
        assert storage.store(items) == [STORED] * 50
        before = _everything(conf)
        mixed = [*items[::-1], make("new")]
        assert storage.store(mixed) == [DUPLICATE] * 50 + [STORED]
        assert storage.store(mixed) == [DUPLICATE] * 51
        assert [row for row in _everything(conf) if row["message_id"] != "new"] == before

    def test_repeated_identity_is_tried_again_where_its_first_item_was_refused(self, conf, storage):
        good, bad = sample(), sample(volume=math.inf)
        results = storage.store([bad, sample("b"), good, good])
        assert [result.status for result in results[:1]] == [Status.REJECTED]
        assert results[1:] == [STORED, STORED, DUPLICATE]
        assert len(_everything(conf)) == 2

    def test_identities_are_compared_byte_by_byte(self, conf, storage):
        events = [event(name, event_type=name) for name in AWKWARD]
        samples = [sample(name, name, resource_id=name) for name in AWKWARD]
        assert storage.store(events) == [STORED] * len(AWKWARD)
        assert storage.store(samples) == [STORED] * len(AWKWARD)
        assert storage.store(events[:3]) == [DUPLICATE] * 3
        assert storage.store(samples[:3]) == [DUPLICATE] * 3
        for name in AWKWARD:
            assert sql_query.get_event(conf, name)["message_id"] == name
            assert [row["name"] for row in sql_query.list_samples(conf, resource=name)] == [name]

    def test_event_that_cannot_be_stored_is_refused_alone(self, conf, storage):
        bad = [
            event("integer", traits=(Trait("size", "int", 2**63),)),
            event("float", traits=(Trait("size", "float", math.nan),)),
            event("half", traits=(Trait("name", "text", "\ud83d"),)),
            event("long", event_type="x" * 256),
            event("x" * 256),
            event("raw", raw={"a": [None, -math.inf]}),
            event("huge", raw={"a": 10**30}),
            event("half \ud83d"),
        ]
        if self.refuses_nul:
            bad += [event("nul", traits=(Trait("x", "text", "a\0b"),)), event("a\0b")]
            bad += [event("raw nul", raw={"x": ["a\0"]}), event("type", event_type="\0")]
        self._refused_alone(conf, storage, bad, [event(f"good {n}") for n in range(30)])

    def test_sample_that_cannot_be_stored_is_refused_alone(self, conf, storage):
        bad = [
            sample("nan", volume=math.nan),
            sample("infinite", volume=-math.inf),
            sample("large", volume=10**400),
            sample("name", name="x" * 256),
            sample("unit", unit="x" * 256),
            sample("half", resource_id="\udc00"),
            sample("metadata", metadata={"a": {"b": [math.inf, None]}}),
            sample("metadata", name="other", metadata={"a": "\udc00"}),
            sample("integer", metadata={"a": 2**64}),
        ]
        if self.refuses_nul:
            bad += [sample("nul", user_id="a\0"), sample("nul", metadata={"x\0": 1})]
        good = [sample(f"good {n}", volume=2**40 + n) for n in range(30)]
        # Of one notification one sample is refused and the other stays.
        self._refused_alone(conf, storage, bad, [*good, sample("nan", name="fine")])
        assert _count(conf, "sample_metadata") == 31

    def _refused_alone(self, conf, storage, bad, good):
        mixed = [*good[:20], *bad, *good[20:]]
        results = storage.store(mixed)
        assert [r.status for r in results[20 : -len(good) + 20]] == [Status.REJECTED] * len(bad)
        assert results[:20] + results[20 + len(bad) :] == [STORED] * len(good)
        for result in results:
            assert len(result.reason) < 350
            assert "INSERT" not in result.reason
            assert "\n" not in result.reason
        assert all(result.reason for result in results if result.status is Status.REJECTED)
        again = storage.store(mixed)
        assert [r.status for r in again].count(Status.REJECTED) == len(bad)
        assert again.count(DUPLICATE) == len(good)
        assert len(_everything(conf)) == len(good)

    def test_literal_text_of_an_escape_is_not_taken_for_a_nul(self, storage):
        fine = {"path": "C:\\u0000", "nothing": "null"}
        assert storage.store([sample(metadata=fine)]) == [STORED]
        assert storage.store([event(raw=fine, traits=(Trait("x", "text", "\\u0000"),))]) == [STORED]

    def test_few_refused_items_cost_few_statements(self, conf, storage):
        storage.store([event("first")])
        items = [event(f"message {number}") for number in range(1000)]
        for place in range(5, 1000, 100):
            items[place] = items[place]._replace(event_type="x" * 300)
        counted: list[str] = []

        def count(*arguments: object) -> None:
            counted.append(str(arguments[2]))

        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        try:
            results = storage.store(items)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", count)
        assert results.count(STORED) == 990
        assert len(counted) < 20

    def test_metadata_of_a_notification_is_stored_once(self, conf, storage):
        shared, own = {"host": "compute1"}, {"host": "compute2"}
        samples = [sample(name=f"meter {n}", metadata=shared) for n in range(5)]
        samples += [sample(name="other", metadata=own), sample("two", metadata=shared)]
        assert storage.store(samples) == [STORED] * 7
        assert _count(conf, "sample_metadata") == 3
        found = {
            (row["message_id"], row["name"]): row["metadata"]
            for row in sql_query.list_samples(conf)
        }
        assert found == {(item.message_id, item.name): item.metadata for item in samples}

    def test_samples_that_come_later_keep_their_own_metadata(self, conf, storage):
        storage.store([sample(metadata={"version": 1})])
        later = [sample(metadata={"version": 2}), sample(name="new", metadata={"version": 3})]
        assert storage.store(later) == [DUPLICATE, STORED]
        found = {row["name"]: row["metadata"] for row in sql_query.list_samples(conf)}
        assert found == {"memory": {"version": 1}, "new": {"version": 3}}
        assert storage.store(later) == [DUPLICATE, DUPLICATE]
        assert _count(conf, "sample_metadata") == 2

    @pytest.mark.parametrize("make", [event, sample])
    def test_parallel_stores_of_the_same_items_end_with_each_once(self, conf, storage, make, url):
        storage.probe()
        items = [make(f"message {number}") for number in range(600)]
        total = _store_in_parallel(url, items, seeds=range(4), size=100)
        assert total == {"stored": 600, "duplicate": 1800}
        assert _count(conf, items[0].__class__.__name__.lower()) == 600

    @pytest.mark.parametrize("make", [event, sample])
    def test_parallel_stores_of_one_item_at_a_time_refuse_none(self, conf, storage, make, url):
        storage.probe()
        items = [make(f"message {number}") for number in range(200)]
        total = _store_in_parallel(url, items, seeds=[0] * 4, size=1)
        assert total == {"stored": 200, "duplicate": 600}


def _store_in_parallel(url, items, seeds, size) -> Counter[str]:
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as shared,
        concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool,
    ):
        start = shared.Barrier(4)
        answers = [pool.submit(store_shuffled, url, items, seed, start, size) for seed in seeds]
        return sum((answer.result(120) for answer in answers), Counter[str]())


def _everything(conf: cfg.ConfigOpts) -> list[dict[str, object]]:
    rows = [*sql_query.list_events(conf, limit=None), *sql_query.list_samples(conf, limit=None)]
    return sorted(rows, key=orjson.dumps)


def _identity(row: dict[str, object]) -> object:
    if "position" in row:
        return row["message_id"], row["name"], row["position"]
    return row["message_id"]


def _count(conf: cfg.ConfigOpts, table: str) -> int:
    database = open_database(conf, writing=False)
    with database.connect() as connection:
        count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    database.dispose()
    return int(str(count))
