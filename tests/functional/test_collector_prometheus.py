# SPDX-License-Identifier: Apache-2.0
"""The collector and the scope source ``prometheus`` on a real one."""

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.prometheus import PrometheusCollector
from ceilobatch.plugins.scopes.prometheus import PrometheusScopes
from ceilobatch.processor import options
from ceilobatch.usage import Point

from .servers import Prometheus

HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
STEPS = 6

Retrieve = Callable[..., Mapping[tuple[str, datetime.datetime], Sequence[Point]]]


@pytest.fixture(scope="module")
def name(prometheus_session: Prometheus) -> str:
    """A metric with a sample each ten minutes, exactly on the borders of periods, too."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    prometheus_session.ensure()
    prometheus_session.fill("\n".join(_samples(name)))
    return name


def _samples(name: str) -> Iterator[str]:
    begin = int(NOON.timestamp())
    for scope, first in (("a", 0), ("a.b", 1000), ("a+b", 2000)):
        for resource, more in (("one", 0), ("two", 100)):
            for step in range(4 * STEPS):
                labels = f'project_id="{scope}",resource_id="{resource}"'
                flavor = ("small", "large")[step >= STEPS + 3]
                labels += f',flavor="{flavor}"'
                moment = begin + step * 600
                yield f"{name}{{{labels}}} {first + more + step + 0.1} {moment}"
    for step in range(2):
        yield f'{name}{{project_id="nan",resource_id="x"}} NaN {begin + step * 600}'
        yield f'{name}{{resource_id="nobody\'s"}} 1 {begin + step * 600}'


def metric(
    name: str, groupby: Sequence[str] = (), metadata: Sequence[str] = (), **given: str
) -> Metric:
    """A metric with these extra arguments."""
    arguments, mistakes = PrometheusCollector.check_arguments(given)
    assert mistakes == []
    keys = {"groupby": tuple(groupby), "metadata": tuple(metadata), "extra_args": arguments}
    return Metric(name=name, unit="x", alt_name="test", **keys)


def configure(url: str, timeout: int = 30) -> cfg.ConfigOpts:
    """The configuration of a processor that asks this Prometheus."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts(options.OPTIONS, group="processor")
    for plugin in (PrometheusCollector, PrometheusScopes):
        for group, members in plugin.options:
            conf.register_opts(members, group=group)
    conf.set_override("url", url, "collector_prometheus")
    conf.set_override("request_timeout", timeout, "processor")
    return conf


@pytest.fixture
def collector(prometheus: Prometheus) -> Iterator[PrometheusCollector]:
    collector = PrometheusCollector(configure(prometheus.url, timeout=2), threads=2)
    yield collector
    collector.close()


@pytest.fixture
def retrieve(collector: PrometheusCollector) -> Retrieve:
    def retrieve(wanted: Metric, scopes: Sequence[str], hours: int = 1) -> Any:
        return collector.retrieve(wanted, scopes, NOON, NOON + hours * HOUR, HOUR)

    return retrieve


def test_one_request_answers_for_scopes_and_periods(name, retrieve):
    found = retrieve(metric(name, ["resource_id"]), ["a", "a.b", "c"], 5)
    assert {place: _by_group(points) for place, points in found.items()} == {
        (scope, NOON + hour * HOUR): {
            ("one",): first + 6 * hour + Decimal("5.1"),
            ("two",): first + 6 * hour + Decimal("105.1"),
        }
        for scope, first in (("a", 0), ("a.b", 1000))
        for hour in range(4)
    }


def test_sample_on_a_border_belongs_to_the_period_that_begins(name, retrieve):
    wanted = metric(name, ["resource_id"], aggregation_method="sum")
    found = retrieve(wanted, ["a"], 4)
    sums = [
        _by_group(found["a", NOON + hour * HOUR])["one",].quantize(Decimal("0.1"))
        for hour in range(4)
    ]
    assert sums == [sum(range(6 * hour, 6 * hour + 6)) + Decimal("0.6") for hour in range(4)]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"aggregation_method": "min"}, "0.1"),
        ({"aggregation_method": "avg"}, "52.6"),
        ({"aggregation_method": "max"}, "105.1"),
        ({"aggregation_method": "sum"}, "631.2"),
        ({"query_function": "floor"}, "105"),
        ({"range_function": "changes"}, "5"),
        ({"range_function": "changes", "aggregation_method": "sum"}, "10"),
        ({"query_prefix": "2 *"}, "210.2"),
        ({"query_suffix": "> bool 1"}, "1"),
        ({"query_prefix": "sum(", "query_suffix": ")"}, "105.1"),
    ],
)
def test_arguments_make_the_query(name, retrieve, given, value):
    found = retrieve(metric(name, **given), ["a", "c"])
    assert list(found) == [("a", NOON)]
    [point] = found["a", NOON]
    assert point._replace(value=round(point.value, 6)) == Point(Decimal(value), {}, {})


def test_what_is_written_behind_the_query_holds_for_each_scope(name, retrieve):
    found = retrieve(metric(name, query_suffix="or vector(-1)"), ["a", "c"])
    assert found["c", NOON] == [Point(Decimal(-1), {}, {})]
    assert Point(Decimal("105.1"), {}, {}) in found["a", NOON]


def test_name_behind_an_alias_is_not_asked_for(name, retrieve):
    assert retrieve(metric(f"{name}@#again"), ["a"]) == retrieve(metric(name), ["a"])


def test_label_that_changes_within_a_period_makes_no_second_point(name, retrieve):
    found = retrieve(metric(name, ["resource_id"], ["flavor", "host"]), ["a"], 3)
    for hour, flavor in enumerate(["small", "small", "large"]):
        points = found["a", NOON + hour * HOUR]
        assert [point.metadata for point in points] == [{"flavor": flavor, "host": ""}] * 2
        assert _by_group(points)["one",] == 6 * hour + Decimal("5.1")


def test_scope_is_taken_literally(name, retrieve):
    assert list(retrieve(metric(name), ["a+b", "a|b", '"', "\\", ".*"])) == [("a+b", NOON)]
    suffix = metric(name, query_suffix="* 1")
    assert list(retrieve(suffix, ["a+b", '"', "\\d", ".*"])) == [("a+b", NOON)]


def test_nan_is_nothing(name, retrieve):
    assert retrieve(metric(name), ["nan"]) == {}


def test_query_that_can_never_be_answered_is_rejected(name, retrieve):
    with pytest.raises(errors.Rejected, match="unexpected"):
        retrieve(metric(name, query_prefix=")"), ["a"])
    with pytest.raises(errors.Rejected, match="irange"):
        retrieve(metric(name, range_function="irange"), ["a"])
    with pytest.raises(errors.Rejected, match=r"many-to-many|duplicate series"):
        retrieve(metric(name, query_suffix=f"* on() count_over_time({name}[1h])"), ["a"])


@pytest.mark.parametrize("end", ["stop", "pause"])
def test_server_that_is_away_is_unavailable_and_comes_back(prometheus, name, retrieve, end):
    before = retrieve(metric(name), ["a"])
    assert before
    getattr(prometheus, end)()
    with pytest.raises(errors.Unavailable):
        retrieve(metric(name), ["a"])
    prometheus.ensure()
    assert retrieve(metric(name), ["a"]) == before


def test_scopes_are_the_values_of_the_label(prometheus, name):
    conf = configure(prometheus.url)
    conf.set_override("match", [name, f'{name}_other{{x="y"}}'], "scopes_prometheus")
    source = PrometheusScopes(conf)
    assert sorted(source.scopes()) == ["a", "a+b", "a.b", "nan"]
    conf.set_override("match", ["{"], "scopes_prometheus")
    wrong = PrometheusScopes(conf)
    with pytest.raises(errors.Unavailable, match="match"):
        wrong.scopes()
    prometheus.stop()
    with pytest.raises(errors.Unavailable):
        source.scopes()
    wrong.close()
    source.close()


def _by_group(points: Sequence[Point]) -> dict[tuple[str, ...], Any]:
    values = {tuple(point.groupby.values()): point.value for point in points}
    assert len(values) == len(points)
    return values
