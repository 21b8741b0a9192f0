# SPDX-License-Identifier: Apache-2.0
"""Samples that a polling agent sends."""

import datetime

import pytest

from .sent import SENT, notification

WIRE = {
    "counter_name": "cpu",
    "counter_type": "cumulative",
    "counter_unit": "ns",
    "counter_volume": 5000,
    "user_id": "u",
    "project_id": "p",
    "resource_id": "r",
    "timestamp": "2026-01-02T00:00:00+00:00",
    "resource_metadata": {"host": "h"},
    "source": "openstack",
    "message_id": "its-own",
    "monotonic_time": None,
}


@pytest.fixture
def polled(load_meters):
    def converted(*items, **settings):
        definitions = load_meters("metric: []", **settings)
        sent = notification({"samples": list(items)}, "telemetry.polling", priority="sample")
        return definitions.convert(sent)

    return converted


def test_a_sample_is_taken_as_it_was_made(polled):
    ((made,), problems) = polled(WIRE)
    assert problems == []
    assert made._asdict() == {
        "message_id": "m1",
        "name": "cpu",
        "position": 0,
        "type": "cumulative",
        "unit": "ns",
        "volume": 5000,
        "user_id": "u",
        "project_id": "p",
        "resource_id": "r",
        "timestamp": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        "metadata": {"host": "h"},
    }


def test_the_keys_may_stand_without_counter(polled):
    plain = {
        key.removeprefix("counter_").replace("resource_metadata", "metadata"): value
        for key, value in WIRE.items()
    }
    assert polled(plain) == polled(WIRE)


def test_what_a_sample_does_not_say_is_none_or_the_notifications(polled):
    sent = {key: value for key, value in WIRE.items() if key.startswith("counter_")}
    ((made,), _) = polled(sent)
    assert (made.user_id, made.project_id, made.resource_id) == (None, None, None)
    assert made.timestamp == SENT
    assert made.metadata == {}


def test_samples_of_one_name_are_numbered(polled):
    made, _ = polled(WIRE, {**WIRE, "counter_name": "ram"}, {**WIRE, "resource_id": "r2"})
    assert [(one.name, one.position) for one in made] == [("cpu", 0), ("ram", 0), ("cpu", 1)]


def test_equal_metadata_of_a_resource_is_shared(polled):
    ram = {**WIRE, "counter_name": "ram", "resource_metadata": {"host": "h"}}
    disk = {**ram, "counter_name": "disk", "resource_metadata": {"host": "other"}}
    (cpu, ram, disk), _ = polled(WIRE, ram, disk)
    assert ram.metadata is cpu.metadata
    assert disk.metadata == {"host": "other"}


@pytest.mark.parametrize(
    ("change", "meter", "reason"),
    [
        ({"counter_name": None}, "telemetry.polling", "name is null, not a text"),
        ({"counter_name": ""}, "telemetry.polling", "name is '', not a text"),
        ({"counter_type": "slope"}, "cpu", "type is 'slope', not one of gauge, delta, cumulative"),
        ({"counter_type": ["gauge"]}, "cpu", "type is a list, not one of gauge, delta, cumulative"),
        ({"counter_unit": None}, "cpu", "unit is missing"),
        ({"counter_volume": None}, "cpu", "volume is missing"),
        ({"counter_volume": "x"}, "cpu", "volume is 'x', not a number"),
        ({"user_id": {}}, "cpu", "user_id is an object, not a text"),
        ({"resource_id": []}, "cpu", "resource_id is a list, not a text"),
        ({"timestamp": "soon"}, "cpu", "timestamp is 'soon', not an ISO 8601 time"),
    ],
)
def test_a_sample_that_cannot_be_used_is_a_problem(polled, change, meter, reason):
    made, problems = polled({**WIRE, **change}, {**WIRE, "counter_name": "ram"})
    assert [one.name for one in made] == ["ram"]
    assert problems == [(meter, reason)]


def test_an_item_that_is_no_object_is_a_problem(polled):
    assert polled(5) == ([], [("telemetry.polling", "a sample is 5, not an object")])


@pytest.mark.parametrize("payload", [{}, {"samples": None}, {"samples": {"a": 1}}])
def test_a_payload_without_a_list_of_samples_is_a_problem(load_meters, payload):
    definitions = load_meters("metric: []")
    assert definitions.convert(notification(payload, "telemetry.polling")) == (
        [],
        [("telemetry.polling", "payload.samples is not a list")],
    )


def test_unwanted_meters_are_left_out(polled):
    broken = {**WIRE, "counter_volume": None}
    made, problems = polled(WIRE, broken, {**WIRE, "counter_name": "ram"}, exclude=["cpu"])
    assert [one.name for one in made] == ["ram"]
    assert problems == []


def test_definitions_are_not_asked(load_meters):
    definitions = load_meters(
        "metric:\n- {name: n, type: gauge, unit: u, volume: 1, event_type: '.*',"
        " resource_id: publisher_id}"
    )
    made, _ = definitions.convert(notification({"samples": [WIRE]}, "telemetry.polling"))
    assert [one.name for one in made] == ["cpu"]


def test_metadata_nested_too_deeply_to_compare_is_not_shared(polled):
    deep, too = {}, {}
    for _ in range(100_000):
        deep, too = {"a": deep}, {"a": too}
    (first, second), _ = polled(
        {**WIRE, "resource_metadata": deep}, {**WIRE, "resource_metadata": too}
    )
    assert first.metadata is deep
    assert second.metadata is too
