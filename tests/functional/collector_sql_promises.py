# SPDX-License-Identifier: Apache-2.0
"""What the collector and the scope source ``sql`` promise on every database."""

import concurrent.futures
import datetime
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.model import STORED, Sample
from ceilobatch.plugins.collectors.sql import SqlCollector
from ceilobatch.plugins.scopes.sql import SqlScopes
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.processor import options
from ceilobatch.usage import Point

from .storage_setup import configure
from .storage_setup import sample as plain_sample

HOUR = datetime.timedelta(hours=1)
INSTANT = datetime.timedelta(microseconds=1)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
_NUMBERS = itertools.count()


def sample(volume: float, moment: datetime.datetime = NOON, **changes: Any) -> Sample:
    """A sample of the meter ``memory`` in a notification of its own."""
    message_id = f"message {next(_NUMBERS):06}"
    return plain_sample(message_id, volume=volume, timestamp=moment, **changes)


def metric(method: str | None = None, **keys: Any) -> Metric:
    """The metric ``memory``."""
    given = {} if method is None else {"aggregation_method": method}
    arguments, mistakes = SqlCollector.check_arguments(given)
    assert mistakes == []
    return Metric(
        **{"name": "memory", "unit": "MB", "alt_name": "memory", **keys}, extra_args=arguments
    )


def configured(url: str, **processor: Any) -> cfg.ConfigOpts:
    """The configuration of a processor that reads this database."""
    conf = configure(url, statement_timeout=2, connect_timeout=2)
    conf.register_opts(options.OPTIONS, group="processor")
    for name, value in processor.items():
        conf.set_override(name, value, "processor")
    return conf


class SqlCollectorPromises:
    """Run by the subclasses, which have a fixture ``url``."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[Callable[..., None]]:
        storage = SqlStorage(configure(url))
        storage.probe()

        def store(*samples: Sample) -> None:
            assert storage.store(samples) == [STORED] * len(samples)

        yield store
        storage.close()

    @pytest.fixture
    def collector(self, url: str) -> Iterator[SqlCollector]:
        collector = SqlCollector(configured(url), threads=4)
        yield collector
        collector.close()

    def test_periods_begin_and_end_exactly(self, store, collector):
        moments = [NOON - INSTANT, NOON, NOON + HOUR - INSTANT, NOON + HOUR, NOON + 2 * HOUR]
        store(*(sample(10**place, moment) for place, moment in enumerate(moments)))
        found = collector.retrieve(metric("sum"), ["project"], NOON, NOON + 2 * HOUR, HOUR)
        assert found == {
            ("project", NOON): [Point(110, {}, {})],
            ("project", NOON + HOUR): [Point(1000, {}, {})],
        }

    def test_samples_of_a_period_become_one_value(self, store, collector):
        minute = datetime.timedelta(minutes=1)
        volumes = [7.5, -1, 0, 3]
        samples = [sample(volume, NOON + n * minute) for n, volume in enumerate(volumes)]
        store(*samples[::-1])
        values = {"max": 7.5, "min": -1, "sum": 9.5, "count": 4, "last": 3, "mean": 2.375}
        for method, value in {**values, "avg": 2.375, None: 7.5}.items():
            found = collector.retrieve(metric(method), ["project"], NOON, NOON + HOUR, HOUR)
            assert found == {("project", NOON): [Point(value, {}, {})]}, method

    def test_scopes_meters_and_groups_are_kept_apart(self, store, collector):
        for scope, resource in itertools.product(["a", "A", "b", "c"], ["one", "two"]):
            store(sample(ord(scope), project_id=scope, resource_id=resource))
        store(sample(1, name="other", project_id="a"), sample(2, project_id=None))
        wanted = metric(groupby=("resource_id", "user_id"))
        found = collector.retrieve(wanted, ["a", "A", "nobody"], NOON, NOON + HOUR, HOUR)
        assert {place: _by_group(points) for place, points in found.items()} == {
            (scope, NOON): {("one", "user"): ord(scope), ("two", "user"): ord(scope)}
            for scope in ("a", "A")
        }

    def test_attributes_of_metadata_group_as_columns_do(self, store, collector):
        flavors = [{"flavor": "small"}, {"flavor": "large"}, {"flavor": "small"}, {}]
        store(*(sample(n + 1, metadata=flavor) for n, flavor in enumerate(flavors)))
        wanted = metric("sum", groupby=("flavor", "project_id"))
        found = collector.retrieve(wanted, ["project"], NOON, NOON + HOUR, HOUR)
        assert _by_group(found["project", NOON]) == {
            ("small", "project"): 4,
            ("large", "project"): 2,
            ("", "project"): 4,
        }

    def test_metadata_are_those_of_the_last_sample_of_the_period(self, store, collector):
        minutes = [30, 59, 0, 45]
        samples = [
            sample(
                minute,
                NOON + datetime.timedelta(minutes=minute),
                user_id=f"user {minute}",
                metadata={"name": f"ü {minute}", "deep": {"a": [1]}, "yes": True, "none": None},
            )
            for minute in minutes
        ]
        store(*samples, sample(100, NOON + HOUR, metadata={"name": "later"}))
        names = ("name", "deep", "yes", "none", "absent", "user_id")
        wanted = metric(groupby=("resource_id",), metadata=names)
        found = collector.retrieve(wanted, ["project"], NOON, NOON + HOUR, HOUR)
        texts = ("ü 59", '{"a":[1]}', "true", "", "", "user 59")
        expected = Point(59, {"resource_id": "resource"}, dict(zip(names, texts, strict=True)))
        assert found == {("project", NOON): [expected]}

    def test_answer_does_not_depend_on_the_order_of_storing(self, url, store, collector):
        samples = [
            sample(random.Random(n).random(), NOON + (n % 3) * HOUR, metadata={"name": str(n)})
            for n in range(60)
        ]
        wanted = [metric(method, metadata=("name",)) for method in ("sum", "mean", "last")]
        answers = []
        for project in ("one", "two"):
            random.shuffle(samples)
            store(
                *(
                    one._replace(message_id=f"{project} {one.message_id}", project_id=project)
                    for one in samples
                )
            )
            found = [
                collector.retrieve(one, [project], NOON, NOON + 3 * HOUR, HOUR) for one in wanted
            ]
            answers.append([{begin: p for (_, begin), p in one.items()} for one in found])
        assert answers[0] == answers[1]
        assert len(answers[0][0]) == 3

    @pytest.mark.parametrize("key", ["user_id", "tenant"])
    def test_another_attribute_can_be_the_scope(self, url, store, key):
        def of(scope: str | None) -> dict[str, Any]:
            return {"metadata": {"tenant": scope}} if key == "tenant" else {"user_id": scope}

        store(*(sample(n, NOON + n * HOUR, **of("ab"[n % 2])) for n in range(4)))
        store(sample(9, **of(None)), sample(9, **of("A")))
        conf = configured(url, scope_key=key)
        collector, source = SqlCollector(conf), SqlScopes(conf)
        assert sorted(source.scopes()) == ["A", "a", "b"]
        assert collector.first(["a", "b", "c"]) == {"a": NOON, "b": NOON + HOUR}
        found = collector.retrieve(metric(), ["a", "c"], NOON, NOON + 24 * HOUR, HOUR)
        assert found == {
            ("a", NOON): [Point(0, {}, {})],
            ("a", NOON + 2 * HOUR): [Point(2, {}, {})],
        }
        collector.close()
        source.close()

    def test_first_is_the_time_of_the_first_sample_of_each_scope(self, store, collector):
        for scope, hours in (("a", [3, 1, 2]), ("b", [5]), ("c", [0])):
            store(*(sample(1, NOON + h * HOUR, project_id=scope, name=f"m{h}") for h in hours))
        found = collector.first(["a", "b", "nobody"])
        assert found == {"a": NOON + HOUR, "b": NOON + 5 * HOUR}

    def test_scopes_are_those_that_samples_have(self, url, store):
        names = [f"project {n % 40:03}" for n in range(200)]
        store(
            *(sample(1, project_id=name) for name in [*names, "Ä", ""]), sample(1, project_id=None)
        )
        source = SqlScopes(configured(url))
        assert sorted(source.scopes()) == sorted({*names, "Ä"})
        source.close()

    def test_no_samples_are_no_scopes(self, url, store):
        source = SqlScopes(configured(url))
        assert list(source.scopes()) == []
        source.close()

    def test_many_threads_read_at_the_same_time(self, store, collector):
        store(*(sample(n, NOON + n * HOUR) for n in range(24)))

        def ask(hour: int) -> Any:
            begin = NOON + hour * HOUR
            return collector.retrieve(metric(), ["project"], begin, begin + HOUR, HOUR)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(ask, list(range(24)) * 5))
        assert (
            answers == [{("project", NOON + n * HOUR): [Point(n, {}, {})]} for n in range(24)] * 5
        )

    def test_missing_tables_are_unavailable(self, url):
        collector, source = SqlCollector(configured(url)), SqlScopes(configured(url))
        for call in (
            lambda: collector.retrieve(metric(), ["project"], NOON, NOON + HOUR, HOUR),
            lambda: collector.first(["project"]),
            source.scopes,
        ):
            with pytest.raises(errors.Unavailable, match=r"db upgrade|no database"):
                call()
        collector.close()
        source.close()


def _by_group(points: Sequence[Point]) -> dict[tuple[str, ...], Any]:
    values = {tuple(point.groupby.values()): point.value for point in points}
    assert len(values) == len(points)
    return values
