# SPDX-License-Identifier: Apache-2.0
"""What the collector ``gnocchi`` does where there is nothing, never will be, or nobody answers."""

import threading
import time
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.processor import assembly

from .gnocchi_world import HOUR, MIDNIGHT, World


@pytest.fixture
def scope(world: World) -> str:
    """A scope with one resource that has the metric ``cpu``."""
    scope = world.scope(1)
    resource = world.add(scope, {"cpu": "hours"})
    world.post({resource: {"cpu": [(MIDNIGHT, 1.0)]}})
    return scope


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"extra_args": {"resource_type": "unknown-type"}}, "Resource type does not exist"),
        ({"extra_args": {"aggregation_method": "std"}}, "Metrics with unknown aggregation"),
        ({"extra_args": {"force_granularity": 60}}, "Granularities are missing"),
        ({"extra_args": {"force_granularity": 7200}}, "force_granularity = 7200 s"),
        ({"extra_args": {"re_aggregation_method": "last"}}, "operation invalid"),
        ({"extra_args": {"custom_query": "(nonsense (metric cpu max))"}}, "operation invalid"),
        ({"extra_args": {"custom_query": "(metric cpu max)"}}, "custom_query does not aggregate"),
        ({"groupby": ["colour"]}, "Sort key supplied is invalid: colour"),
        ({"metadata": ["colour"]}, "Sort key supplied is invalid: colour"),
    ],
)
def test_what_can_never_be_read_is_rejected_with_metric_and_reason(
    world: World, scope: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(errors.Rejected, match=r"^shown \(Gnocchi's cpu\): ") as caught:
        world.retrieve(world.metric(alt_name="shown", **changes), [scope], MIDNIGHT, 24)
    assert reason in str(caught.value)


def test_nothing_there_is_no_failure(world: World, scope: str) -> None:
    nobody = world.scope("nobody")
    assert world.retrieve(world.metric(), [nobody], MIDNIGHT, 24) == {}
    assert world.retrieve(world.metric("unknown"), [scope, nobody], MIDNIGHT, 24) == {}
    assert world.retrieve(world.metric(), [scope], MIDNIGHT + HOUR, 24) == {}
    assert world.retrieve(world.metric(groupby=["flavor"]), [nobody], MIDNIGHT, 24) == {}


def test_a_server_that_is_away_is_unavailable_until_it_is_back(world: World, scope: str) -> None:
    with world.collector() as collector:
        world.server.kill()
        for _ in range(2):
            with pytest.raises(errors.Unavailable, match=r"^Gnocchi: "):
                collector.retrieve(world.metric(), [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)
        with pytest.raises(errors.Unavailable):
            collector.caught_up([world.metric()], [scope])
        with pytest.raises(errors.Unavailable):
            collector.first([scope])
        world.server.start()
        assert collector.retrieve(world.metric(), [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)


def test_a_server_that_hangs_frees_every_thread_in_time(world: World, scope: str) -> None:
    metric = world.metric()
    with world.collector(request_timeout=1, max_threads=4) as collector:
        assert collector.retrieve(metric, [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)
        failures: list[BaseException] = []

        def ask(number: int) -> None:
            try:
                if number % 2:
                    collector.retrieve(metric, [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)
                else:
                    collector.caught_up([metric], [scope])
            except errors.Unavailable as error:
                failures.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        world.server.pause()
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(failures) == 4
        # Who asks how far the aggregation is may wait for somebody else's question first.
        assert time.monotonic() - begin < 2 * 1 + 1
        world.server.resume()
        assert collector.retrieve(metric, [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)


def test_who_may_not_ask_waits_until_he_may(world: World, scope: str) -> None:
    refused = {"auth_type": "gnocchi-noauth", "user_id": "u", "project_id": "p", "roles": "none"}
    with (
        world.collector(**refused) as collector,
        pytest.raises(errors.Unavailable, match="Gnocchi answered 401"),
    ):
        collector.retrieve(world.metric(), [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)


def test_another_server_at_the_address_is_not_taken_for_one_without_metrics(
    world: World, scope: str
) -> None:
    wrong = f"{world.server.url}/elsewhere"
    with (
        world.collector(endpoint=wrong) as collector,
        pytest.raises(errors.Unavailable, match="Gnocchi answered 404"),
    ):
        collector.retrieve(world.metric(), [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)


def test_a_scope_has_caught_up_when_its_metrics_are_aggregated(world: World) -> None:
    late, other, unasked = world.scope("late"), world.scope("other"), world.scope("unasked")
    ids = {name: world.add(name, {"cpu": "hours", "net": "hours"}) for name in (late, other)}
    ids[unasked] = world.add(unasked, {"cpu": "hours"})
    metric = world.metric()
    with world.collector() as collector:
        assert set(collector.caught_up([metric], [late, other]) or ()) == {late, other}
        world.server.metricd.kill()
        world.post({ids[late]: {"cpu": [(MIDNIGHT, 1.0)]}}, process=False)
        world.post({ids[other]: {"net": [(MIDNIGHT, 1.0)]}}, process=False)
        world.post({ids[unasked]: {"cpu": [(MIDNIGHT, 1.0)]}}, process=False)
        assert collector.caught_up([metric], [late, other]) == [other]
        assert collector.caught_up([metric, world.metric("net")], [late, other]) == []
        assert collector.retrieve(metric, [late], MIDNIGHT, MIDNIGHT + HOUR, HOUR) == {}
        world.server.wait_until_processed()
        assert collector.caught_up([metric], [late, other]) == [late, other]
        [point] = collector.retrieve(metric, [late], MIDNIGHT, MIDNIGHT + HOUR, HOUR)[
            late, MIDNIGHT
        ]
        assert point.value == 1.0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"auth_type": ""}, "auth_type is empty"),
        ({"auth_type": "nonsense"}, "nonsense"),
        ({"auth_type": "password"}, "auth_url"),
        ({"valid_interfaces": "somewhere"}, "somewhere"),
    ],
)
def test_options_that_cannot_work_are_refused_at_start(
    world: World, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"\[collector_gnocchi\]") as caught:
        assembly.refuse_what_cannot_work(world.configure(**options))
    assert any(problem in sentence for sentence in caught.value.problems)
