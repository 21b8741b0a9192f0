# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage promises on every database; a subclass names the database."""

import concurrent.futures
import datetime
import math
import multiprocessing
from collections import Counter
from collections.abc import Iterator

import orjson
import pytest
import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import DUPLICATE, STORED, Status, Trait
from ceilobatch.plugins.storage import sql_query, sql_upgrade
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_connection import open_database
from ceilobatch.plugins.storage.sql_filters import TraitFilter

from .storage_setup import NOON, configure, event, sample, store_shuffled

AWKWARD = ["A", "a", "a ", " a", "ä", "a\u0308", "😀", "'\"\\%_;--", "\t\n", "x" * 255, "ß", "ss"]


class StoragePromises:
    """Run by the subclasses.

    :cvar refuses_nul: whether the database has no NUL characters in texts.
    """

    refuses_nul = False

    @pytest.fixture
    def conf(self, url: str) -> cfg.ConfigOpts:
        return configure(url)

    @pytest.fixture
    def storage(self, conf: cfg.ConfigOpts) -> Iterator[SqlStorage]:
        storage = SqlStorage(conf)
        yield storage
        storage.close()

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

    def test_no_items_are_no_results(self, storage):
        assert storage.store([]) == []

    @pytest.mark.parametrize("make", [event, sample])
    def test_same_identity_twice_in_a_call_is_stored_first_and_duplicate_then(self, storage, make):
        items = [make("a"), make("b"), make("a"), make("c"), make("a"), make("b")]
        expected = [STORED, STORED, DUPLICATE, STORED, DUPLICATE, DUPLICATE]
        assert storage.store(items) == expected

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
        context = multiprocessing.get_context("spawn")
        with (
            context.Manager() as shared,
            concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool,
        ):
            start = shared.Barrier(4)
            answers = [pool.submit(store_shuffled, url, items, n, start) for n in range(4)]
            total = sum((answer.result(120) for answer in answers), Counter[str]())
        assert total == {"stored": 600, "duplicate": 1800}
        assert _count(conf, items[0].__class__.__name__.lower()) == 600

    def test_probe_stores_nothing(self, conf, storage):
        storage.probe()
        storage.probe()
        assert _count(conf, "event") == 0

    def test_typed_traits_can_be_queried(self, conf, storage):
        later = NOON + datetime.timedelta(microseconds=1)
        storage.store(
            [
                event(
                    f"event {number}",
                    traits=(
                        Trait("name", "text", ["Vm", "vm", "10"][number]),
                        Trait("size", "int", [9, 10, 2**62][number]),
                        Trait("odd.name 'x", "float", [-0.5, 1.5, 1e300][number]),
                        Trait("at", "datetime", [NOON, later, later][number]),
                    ),
                )
                for number in range(3)
            ]
            + [event("without", traits=(Trait("size", "text", "10"),))]
        )

        def found(name: str, op: str, value: object) -> list[int]:
            wanted = [TraitFilter(name, op, value)]
            rows = sql_query.list_events(conf, traits=wanted)
            return [int(row["message_id"][-1]) for row in rows]

        assert found("name", "=", "vm") == [1]
        assert found("name", "!=", "vm") == [0, 2]
        assert found("size", ">", 9) == [1, 2]
        assert found("size", "<=", 10) == [0, 1]
        assert found("size", "=", 2**62) == [2]
        assert found("odd.name 'x", "<", 1.5) == [0]
        assert found("odd.name 'x", ">=", 1.5) == [1, 2]
        assert found("at", ">", NOON) == [1, 2]
        assert found(
            "at", "=", NOON.astimezone(datetime.timezone(datetime.timedelta(hours=1)))
        ) == [0]
        assert found("absent", "!=", "x") == []
        both = [TraitFilter("size", ">", 9), TraitFilter("odd.name 'x", "<", 2.0)]
        assert [row["message_id"] for row in sql_query.list_events(conf, traits=both)] == [
            "event 1"
        ]

    def test_events_are_listed_newest_first_by_what_is_asked(self, conf, storage):
        minute = datetime.timedelta(minutes=1)
        types = ["instance.create.end", "instance.delete", "Instance.create", "a+b", "volume.x"]
        storage.store(
            [
                event(
                    f"{number}",
                    event_type=name,
                    generated=NOON + number * minute,
                    traits=(
                        Trait("project_id", "text", f"project {number % 2}"),
                        Trait("resource_id", "text", f"resource {number}"),
                    ),
                )
                for number, name in enumerate(types)
            ]
        )

        def ids(**filters: object) -> str:
            return "".join(row["message_id"] for row in sql_query.list_events(conf, **filters))

        assert ids() == "43210"
        assert ids(limit=2) == "43"
        assert ids(limit=None) == "43210"
        assert ids(event_type="instance.delete") == "1"
        assert ids(event_type="instance.*") == "10"
        assert ids(event_type="?nstance.create*") == "20"
        assert ids(event_type="[iv]*") == "410"
        assert ids(event_type="[!iv]*") == "32"
        assert ids(event_type="a+?") == "3"
        assert ids(event_type="*.x") == "4"
        assert ids(event_type="instance") == ""
        assert ids(project="project 1") == "31"
        assert ids(resource="resource 2") == "2"
        assert ids(since=NOON + minute, until=NOON + 3 * minute) == "21"

    def test_samples_are_listed_newest_first_by_what_is_asked(self, conf, storage):
        minute = datetime.timedelta(minutes=1)
        storage.store(
            [
                sample(f"{number}", name, timestamp=NOON + number * minute, project_id=f"p{number}")
                for number, name in enumerate(["disk.root", "disk.swap", "memory"])
            ]
        )

        def ids(**filters: object) -> str:
            return "".join(row["message_id"] for row in sql_query.list_samples(conf, **filters))

        assert ids() == "210"
        assert ids(limit=1) == "2"
        assert ids(name="memory") == "2"
        assert ids(name="disk.*") == "10"
        assert ids(project="p1") == "1"
        assert ids(resource="another") == ""
        assert ids(since=NOON + minute) == "21"
        assert ids(until=NOON + minute) == "0"

    def test_totals_are_by_type_and_by_meter(self, conf, storage):
        storage.store([event("1"), event("2"), event("3", event_type="a")])
        storage.store([sample("1", volume=1), sample("2", volume=1.5), sample("3", "x", unit="B")])
        assert sql_query.count_events(conf) == [("instance.update", 2), ("a", 1)]
        assert sql_query.sum_samples(conf) == [("memory", "MB", 2, 2.5), ("x", "B", 1, 512)]

    def test_many_rows_are_listed_one_after_the_other(self, conf, storage):
        storage.store([event(f"{number}") for number in range(1200)])
        listed = sql_query.list_events(conf, limit=None)
        assert next(listed)["message_id"] == "0"
        assert sum(1 for _ in listed) == 1199

    def test_tables_are_made_from_nothing_once(self, url):
        conf = configure(url, auto_upgrade=False)
        assert sql_upgrade.upgrade(conf) == (None, sql_upgrade.head_revision())
        assert sql_upgrade.upgrade(conf) == (sql_upgrade.head_revision(),) * 2
        storage = SqlStorage(conf)
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_tables_are_what_the_program_takes_them_for(self, conf):
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        from ceilobatch.plugins.storage.sql_schema import TABLES

        sql_upgrade.upgrade(conf)
        database = open_database(conf, writing=False)
        with database.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            differences = compare_metadata(context, TABLES)
        database.dispose()
        assert [one for one in differences if one[0] != "remove_index"] == []

    def test_concurrent_upgrades_do_not_disturb_each_other(self, url):
        conf = configure(url)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: sql_upgrade.upgrade(conf), range(4)))
        head = sql_upgrade.head_revision()
        assert sorted(answers, key=str) == [(head, head)] * 3 + [(None, head)]

    def test_missing_tables_are_made_only_where_that_is_configured(self, url):
        storage = SqlStorage(configure(url, auto_upgrade=False))
        for call in (storage.probe, lambda: storage.store([event()])):
            with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
                call()
        sql_upgrade.upgrade(configure(url))
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_tables_that_vanish_are_told_with_what_to_do(self, conf, storage):
        storage.store([event()])
        database = open_database(conf, writing=True)
        with database.begin() as connection:
            connection.exec_driver_sql("DROP TABLE sample")
        database.dispose()
        with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
            storage.store([sample()])
        with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
            list(sql_query.list_samples(conf))

    def test_newer_tables_are_left_alone(self, conf, storage):
        storage.probe()
        database = open_database(conf, writing=True)
        with database.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'future'")
        database.dispose()
        storage.close()
        with pytest.raises(errors.Unavailable, match="future"):
            storage.store([event()])


def _everything(conf: cfg.ConfigOpts) -> list[dict[str, object]]:
    rows = [*sql_query.list_events(conf, limit=None), *sql_query.list_samples(conf, limit=None)]
    return sorted(rows, key=orjson.dumps)


def _count(conf: cfg.ConfigOpts, table: str) -> int:
    database = open_database(conf, writing=False)
    with database.connect() as connection:
        count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    database.dispose()
    return int(str(count))
