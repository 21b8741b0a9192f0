# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage promises of reading, on every database."""

import datetime

from ceilobatch.model import Trait
from ceilobatch.plugins.storage import sql_query
from ceilobatch.plugins.storage.sql_filters import TraitFilter

from .storage_setup import NOON, event, sample
from .storage_table_promises import TablePromises


class ReadingPromises(TablePromises):
    """Run by the subclasses."""

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

    def test_reading_goes_on_behind_any_row(self, conf, storage):
        storage.store([event(f"{number}") for number in range(3)])
        storage.store([sample(f"{number}", name) for number in range(2) for name in ("a", "b")])
        events = list(sql_query.list_events(conf))
        for place, row in enumerate(events, 1):
            after = (datetime.datetime.fromisoformat(row["generated"]), row["message_id"])
            assert list(sql_query.list_events(conf, after=after)) == events[place:]
        samples = list(sql_query.list_samples(conf))
        for place, row in enumerate(samples, 1):
            key = (row["message_id"], row["name"], row["position"])
            after = (datetime.datetime.fromisoformat(row["timestamp"]), *key)
            assert list(sql_query.list_samples(conf, after=after)) == samples[place:]
        assert (len(events), len(samples)) == (3, 4)

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
