# SPDX-License-Identifier: Apache-2.0
"""The collector ``gnocchi`` finds in a real Gnocchi exactly what was posted."""

import datetime
import math

import pytest

from ceilobatch import errors
from ceilobatch.plugins.gnocchi import connection

from .gnocchi_world import HOUR, MIDNIGHT, World

MINUTE = datetime.timedelta(minutes=1)
FLAVORS = ("small", "large")


def test_one_request_finds_all_scopes_periods_and_groups_with_their_values(world: World) -> None:
    scopes = [world.scope(number) for number in range(3)]
    value = {}
    measures: dict[str, dict[str, list[tuple[datetime.datetime, float]]]] = {}
    for place, scope in enumerate(scopes):
        for flavor in FLAVORS:
            resource = world.add(scope, {"cpu": "hours", "net": "hours"}, flavor=flavor, host="h")
            for name in ("cpu", "net"):
                for hour in range(4):
                    number = 0.1 + place + 10 * hour + (0.3 if name == "net" else 0)
                    moment = MIDNIGHT + hour * HOUR
                    value[name, scope, moment, resource, flavor] = number
                    measures.setdefault(resource, {}).setdefault(name, []).append((moment, number))
    world.post(measures)
    arguments = {"use_all_resource_revisions": False}
    with world.collector() as collector:
        for name in ("cpu", "net"):
            metric = world.metric(
                name, groupby=["flavor"], metadata=["host", "team"], extra_args=arguments
            )
            found = collector.retrieve(metric, scopes, MIDNIGHT, MIDNIGHT + 4 * HOUR, HOUR)
            assert {
                (name, scope, begin, point.groupby["id"], point.groupby["flavor"]): point.value
                for (scope, begin), points in found.items()
                for point in points
            } == {key: number for key, number in value.items() if key[0] == name}
            assert all(
                point.metadata == {"host": "h", "team": ""}
                for points in found.values()
                for point in points
            )


def test_only_what_was_asked_for_is_found(world: World) -> None:
    mine, other = world.scope("mine"), world.scope("other")
    points = [(MIDNIGHT + hour * HOUR, float(hour)) for hour in range(6)]
    ids = {scope: world.add(scope, {"cpu": "hours"}) for scope in (mine, other)}
    world.post({resource: {"cpu": points} for resource in ids.values()})
    found = world.retrieve(world.metric(), [mine], MIDNIGHT + 2 * HOUR, 2)
    assert found == {(mine, MIDNIGHT + hour * HOUR): {(ids[mine],): float(hour)} for hour in (2, 3)}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("max", 9.0),
        ("min", 0.1),
        ("sum", math.fsum([0.1, 0.2, 9.0, 5.0])),
        ("mean", (0.1 + 0.2 + 9.0 + 5.0) / 4),
        ("count", 4.0),
        ("first", 0.1),
        ("last", 5.0),
    ],
)
@pytest.mark.parametrize("policy", ["hours", "minutes"])
def test_every_measure_of_a_period_counts(
    world: World, policy: str, method: str, expected: float
) -> None:
    resource = world.add(world.scope(1), {"cpu": policy})
    minutes = {0: 0.1, 12: 0.2, 31: 9.0, 59: 5.0}
    world.post(
        {resource: {"cpu": [(MIDNIGHT + at * MINUTE, value) for at, value in minutes.items()]}}
    )
    granularity = {"hours": 3600, "minutes": 300}[policy]
    arguments = {"aggregation_method": method, "force_granularity": granularity}
    found = world.retrieve(world.metric(extra_args=arguments), [world.scope(1)], MIDNIGHT, 2)
    assert found == {(world.scope(1), MIDNIGHT): {(resource,): pytest.approx(expected, rel=1e-15)}}


def test_without_a_granularity_the_coarsest_that_fits_is_read(world: World) -> None:
    resource = world.add(world.scope(1), {"cpu": "both"})
    world.post({resource: {"cpu": [(MIDNIGHT + at * MINUTE, at) for at in (1, 2, 58)]}})
    any_granularity = {"force_granularity": 0, "aggregation_method": "median"}
    found = world.retrieve(world.metric(extra_args=any_granularity), [world.scope(1)], MIDNIGHT, 1)
    assert found == {(world.scope(1), MIDNIGHT): {(resource,): 2.0}}


def test_a_value_that_cannot_be_put_together_is_rejected(world: World) -> None:
    resource = world.add(world.scope(1), {"cpu": "minutes"})
    world.post({resource: {"cpu": [(MIDNIGHT, 1.0)]}})
    arguments = {"force_granularity": 300, "aggregation_method": "median"}
    with pytest.raises(errors.Rejected, match="aggregation_method median of 300 s"):
        world.retrieve(world.metric(extra_args=arguments), [world.scope(1)], MIDNIGHT, 1)


def test_resources_are_put_together_by_another_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAGE", 2)
    scope = world.scope(1)
    teams = {
        world.add(scope, {"cpu": "hours"}, team=team, host=f"of {team}"): team
        for team in ("red", "red", "blue", "blue", "blue")
    }
    world.post({resource: {"cpu": [(MIDNIGHT, 1.5)]} for resource in teams})
    metric = world.metric(
        metadata=["host"],
        extra_args={
            "resource_key": "team",
            "re_aggregation_method": "sum",
            "use_all_resource_revisions": False,
        },
    )
    with world.collector() as collector:
        found = collector.retrieve(metric, [scope], MIDNIGHT, MIDNIGHT + HOUR, HOUR)
    points = found[scope, MIDNIGHT]
    assert {(one.groupby["team"], one.value, one.metadata["host"]) for one in points} == {
        ("red", 3.0, "of red"),
        ("blue", 4.5, "of blue"),
    }


def test_a_resource_that_ended_is_found_while_it_was_there(world: World) -> None:
    scope = world.scope(1)
    resource = world.add(scope, {"cpu": "hours"}, host="h")
    stray = MIDNIGHT + 50 * HOUR
    world.post({resource: {"cpu": [(MIDNIGHT, 1.0), (MIDNIGHT + HOUR, 2.0), (stray, 3.0)]}})
    world.change(
        resource,
        started_at=MIDNIGHT.isoformat(),
        ended_at=(MIDNIGHT + HOUR).isoformat(),
    )
    metric = world.metric(metadata=["host"])
    with world.collector() as collector:
        found = collector.retrieve(metric, [scope], MIDNIGHT, MIDNIGHT + 24 * HOUR, HOUR)
    assert {begin: one.value for (_, begin), [one] in found.items()} == {
        MIDNIGHT: 1.0,
        MIDNIGHT + HOUR: 2.0,
    }
    assert world.retrieve(metric, [scope], MIDNIGHT + 48 * HOUR, 24) == {}


def test_a_custom_query_is_computed_with_its_words_replaced(world: World) -> None:
    resource = world.add(world.scope(1), {"cpu": "hours"})
    world.post({resource: {"cpu": [(MIDNIGHT, 1.0), (MIDNIGHT + MINUTE, 2.0)]}})
    query = "(* (aggregate RE_AGGREGATION_METHOD (metric METRIC_NAME AGGREGATION_METHOD)) 10)"
    arguments = {"custom_query": query, "aggregation_method": "sum"}
    found = world.retrieve(world.metric(extra_args=arguments), [world.scope(1)], MIDNIGHT, 1)
    assert found == {(world.scope(1), MIDNIGHT): {(resource,): 30.0}}


def test_a_rate_needs_the_bucket_before_the_period(world: World) -> None:
    resource = world.add(world.scope(1), {"cpu": "hours"})
    world.post({resource: {"cpu": [(MIDNIGHT + hour * HOUR, hour * hour) for hour in range(4)]}})
    metric = world.metric(extra_args={"re_aggregation_method": "rate:max"})
    found = world.retrieve(metric, [world.scope(1)], MIDNIGHT + 2 * HOUR, 2)
    assert [list(groups.values()) for groups in found.values()] == [[3.0], [5.0]]


def test_revisions_share_the_bucket_in_which_a_resource_changed(world: World) -> None:
    scope = world.scope(1)
    now = datetime.datetime.now(datetime.UTC).replace(minute=0, second=0, microsecond=0)
    resource = world.add(scope, {"cpu": "hours"}, flavor="small", host="first")
    world.post({resource: {"cpu": [(now, 8.0), (now - HOUR, 4.0)]}})
    world.change(resource, flavor="large", host="second")
    metric = world.metric(groupby=["flavor"], metadata=["host"])
    with world.collector() as collector:
        found = collector.retrieve(metric, [scope], now - HOUR, now + HOUR, HOUR)
    by_flavor = {one.groupby["flavor"]: one for one in found[scope, now]}
    assert by_flavor.keys() == {"small", "large"}
    assert math.fsum(float(one.value) for one in by_flavor.values()) == pytest.approx(8.0)
    assert {one.metadata["host"] for one in by_flavor.values()} == {"second"}
    assert [(one.groupby["flavor"], one.value) for one in found[scope, now - HOUR]] == [
        ("small", 4.0)
    ]
    as_now = world.metric(groupby=["flavor"], extra_args={"use_all_resource_revisions": False})
    assert world.retrieve(as_now, [scope], now, 1)[scope, now] == {("large", resource): 8.0}


def test_revisions_do_not_hide_what_is_older_than_the_resource_in_gnocchi(world: World) -> None:
    resource = world.add(world.scope(1), {"cpu": "hours"}, flavor="small")
    world.post({resource: {"cpu": [(MIDNIGHT, 1.0)]}})
    found = world.retrieve(world.metric(groupby=["flavor"]), [world.scope(1)], MIDNIGHT, 24)
    assert found == {(world.scope(1), MIDNIGHT): {("small", resource): 1.0}}
