# SPDX-License-Identifier: Apache-2.0
"""What meter definitions make of notifications: one sample each."""

import datetime

import pytest

from ceilobatch.definitions import match
from ceilobatch.definitions.meters import MeterDefinitions, MeterRule
from ceilobatch.definitions.singles import FixedMeter

from .sent import SENT, notification, reasons, sample, samples

CONTEXT = {"user_id": "cu", "project_id": "cp"}


def meter(**keys):
    """The text of one definition; a key set to None is left out."""
    written = {
        "name": "thing.size",
        "type": "gauge",
        "event_type": "thing.made",
        "unit": "GB",
        "volume": "$.payload.size",
        "resource_id": "$.payload.id",
        **keys,
    }
    lines = [f"  {key}: {value}" for key, value in written.items() if value is not None]
    return "metric:\n-\n" + "\n".join(lines) + "\n"


def test_a_sample_has_what_its_definition_says(load_meters):
    definitions = load_meters(
        meter(user_id="payload.user", project_id="payload.project", timestamp="payload.at")
    )
    payload = {
        "id": "r1",
        "size": 3,
        "user": "u1",
        "project": "p1",
        "at": "2026-01-02T01:00:00+01:00",
    }
    made = sample(definitions, payload, ctxt=CONTEXT)
    assert made._asdict() == {
        "message_id": "m1",
        "name": "thing.size",
        "position": 0,
        "type": "gauge",
        "unit": "GB",
        "volume": 3,
        "user_id": "u1",
        "project_id": "p1",
        "resource_id": "r1",
        "timestamp": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        "metadata": {**payload, "event_type": "thing.made", "host": "compute.host1"},
    }


@pytest.mark.parametrize(
    ("event_type", "made"),
    [("thing.made", 1), ("thing.made.twice", 1), ("a.thing.made", 0), ("thing.lost", 0)],
)
def test_event_types_are_patterns_open_at_the_end(load_meters, event_type, made):
    assert len(samples(load_meters(meter()), {"id": "r", "size": 1}, event_type)) == made


@pytest.mark.parametrize("kind", ["gauge", "delta", "cumulative"])
def test_the_three_types(load_meters, kind):
    assert sample(load_meters(meter(type=kind)), {"id": "r", "size": 1}).type == kind


@pytest.mark.parametrize(
    ("volume", "payload", "expected"),
    [
        ("$.payload.size", {"size": 3}, 3),
        ("payload.size", {"size": 2.5}, 2.5),
        ("payload.size", {"size": 0}, 0),
        ("payload.size", {"size": "7"}, 7),
        ("payload.size", {"size": "7.5"}, 7.5),
        ("payload.size", {"size": -(2**63)}, -(2**63)),
        ("payload.size", {"size": 2**70}, float(2**70)),
        ("payload.size * 100", {"size": 0.25}, 25.0),
        ("payload.size - payload.used", {"size": 5, "used": 3}, 2),
        ("payload.disks[?(@.name='a')].gb", {"disks": [{"name": "a", "gb": 4}]}, 4),
        ("payload.disks.`len`", {"disks": [1, 2]}, 2),
        ("[payload.absent, payload.size]", {"size": 3}, 3),
        ("{fields: [payload.absent, payload.size]}", {"size": 3}, 3),
        (
            "{fields: [payload.begin, payload.end], plugin: timedelta}",
            {"begin": "2026-01-01T00:00:00", "end": "2026-01-01T00:01:00"},
            60.0,
        ),
        ("1", {}, 1),
        ("0", {}, 0),
        ("1.5", {}, 1.5),
        ("'1'", {}, 1),
        ("'1.5'", {}, 1.5),
        ("-2", {}, -2),
        ("[5]", {}, 5),
    ],
)
def test_a_volume_is_found_or_is_a_literal(load_meters, volume, payload, expected):
    made = sample(load_meters(meter(volume=volume)), {"id": "r", **payload})
    assert made.volume == expected
    assert type(made.volume) is type(expected)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "volume is missing"),
        ({"size": None}, "volume is missing"),
        ({"size": "many"}, "volume is 'many', not a number"),
        ({"size": ""}, "volume is '', not a number"),
        ({"size": True}, "volume is True, not a number"),
        ({"size": False}, "volume is False, not a number"),
        ({"size": [1]}, "volume is a list, not a number"),
        ({"size": {}}, "volume is an object, not a number"),
        ({"size": float("nan")}, "volume is not finite"),
        ({"size": float("inf")}, "volume is not finite"),
        ({"size": "-inf"}, "volume is not finite"),
        ({"size": 10**400}, "volume is not finite"),
    ],
)
def test_a_volume_that_is_no_number_is_a_problem(load_meters, payload, reason):
    assert reasons(load_meters(meter()), {"id": "r", **payload}) == [("thing.size", reason)]


def test_a_meter_without_volume_keeps_no_other_from_being_made(load_meters):
    text = meter() + meter(name="thing.age", volume="payload.age").replace("metric:\n", "")
    made, problems = load_meters(text).convert(notification({"id": "r", "age": 5}))
    assert [(one.name, one.volume) for one in made] == [("thing.age", 5)]
    assert problems == [("thing.size", "volume is missing")]


@pytest.mark.parametrize(
    ("keys", "name", "unit"),
    [
        ({}, "thing.size", "GB"),
        ({"name": "payload.called"}, "by.path", "GB"),
        ({"name": "$.payload.called"}, "by.path", "GB"),
        ({"name": "\"'thing.' + payload.kind\""}, "thing.big", "GB"),
        ({"name": "payload.called.`split(., 1, 1)` + '.size'"}, "path.size", "GB"),
        ({"name": "{fields: payload.called, plugin: split}"}, "by", "GB"),
        ({"name": "[payload.absent, payload.called]"}, "by.path", "GB"),
        ({"name": "payload.absent"}, "payload.absent", "GB"),
        ({"name": "$.payload.absent"}, "$.payload.absent", "GB"),
        ({"name": "thing size"}, "thing size", "GB"),
        ({"unit": "payload.kind"}, "thing.size", "big"),
        ({"unit": "payload.absent"}, "thing.size", "payload.absent"),
        ({"unit": "payload.number"}, "thing.size", "5"),
        ({"unit": "'%'"}, "thing.size", "%"),
        ({"unit": "B/s"}, "thing.size", "B/s"),
        ({"unit": "'1'"}, "thing.size", "1"),
        ({"unit": "1"}, "thing.size", "1"),
        ({"unit": "percent of all"}, "thing.size", "percent of all"),
    ],
)
def test_name_and_unit_are_paths_or_literals(load_meters, keys, name, unit):
    payload = {"id": "r", "size": 1, "called": "by.path", "kind": "big", "number": 5}
    made = sample(load_meters(meter(**keys)), payload)
    assert (made.name, made.unit) == (name, unit)


@pytest.mark.parametrize(
    ("keys", "payload", "meter_name", "reason"),
    [
        ({"name": "payload.called"}, {"called": 5}, "payload.called", "name is 5, not a text"),
        ({"name": "payload.called"}, {"called": ""}, "payload.called", "name is '', not a text"),
        (
            {"name": "{fields: payload.called}"},
            {},
            "{'fields': 'payload.called'}",
            "name is null, not a text",
        ),
        ({"unit": "payload.unit"}, {"unit": []}, "thing.size", "unit is a list, not a text"),
        ({"unit": "{fields: payload.unit}"}, {}, "thing.size", "unit is missing"),
        (
            {"resource_id": "payload.x"},
            {"x": {}},
            "thing.size",
            "resource_id is an object, not a text",
        ),
        ({"user_id": "payload.x"}, {"x": []}, "thing.size", "user_id is a list, not a text"),
        ({"project_id": "payload.x"}, {"x": []}, "thing.size", "project_id is a list, not a text"),
        (
            {"timestamp": "payload.x"},
            {"x": "soon"},
            "thing.size",
            "timestamp is 'soon', not an ISO 8601 time",
        ),
        (
            {"timestamp": "payload.x"},
            {"x": 5},
            "thing.size",
            "timestamp is 5, not an ISO 8601 time",
        ),
        (
            {"volume": "{fields: [payload.x, payload.y], plugin: timedelta}"},
            {"x": "a", "y": "b"},
            "thing.size",
            "the plugin failed with ValueError: Unable to parse date string 'a'",
        ),
    ],
)
def test_what_no_sample_can_have_is_a_problem(load_meters, keys, payload, meter_name, reason):
    payload = {"id": "r", "size": 1, **payload}
    assert reasons(load_meters(meter(**keys)), payload) == [(meter_name, reason)]


@pytest.mark.parametrize(
    ("ctxt", "payload", "user", "project"),
    [
        ({"user_id": "cu", "project_id": "cp"}, {"u": "u", "p": "p"}, "u", "p"),
        ({"user_id": "cu", "project_id": "cp"}, {}, "cu", "cp"),
        ({"user_id": "cu", "project_id": "cp"}, {"u": None, "p": None}, "cu", "cp"),
        ({"user": "cu2", "tenant_id": "cp2"}, {}, "cu2", "cp2"),
        ({"user": "cu2", "tenant": "cp3"}, {}, "cu2", "cp3"),
        (
            {"user": "b", "user_id": "a", "tenant": "b", "tenant_id": "b", "project_id": "a"},
            {},
            "a",
            "a",
        ),
        ({"tenant_id": "a", "tenant": "b"}, {}, None, "a"),
        ({}, {}, None, None),
        ({}, {"u": 5, "p": 6}, "5", "6"),
    ],
)
def test_user_and_project_default_to_the_context(load_meters, ctxt, payload, user, project):
    definitions = load_meters(meter(user_id="payload.u", project_id="payload.p"))
    made = sample(definitions, {"id": "r", "size": 1, **payload}, ctxt=ctxt)
    assert (made.user_id, made.project_id) == (user, project)


def test_user_and_project_that_are_not_defined_are_those_of_the_context(load_meters):
    made = sample(load_meters(meter()), {"id": "r", "size": 1}, ctxt=CONTEXT)
    assert (made.user_id, made.project_id) == ("cu", "cp")


@pytest.mark.parametrize("value", [None, "", 0])
def test_the_time_defaults_to_that_of_the_notification(load_meters, value):
    made = sample(load_meters(meter(timestamp="payload.at")), {"id": "r", "size": 1, "at": value})
    assert made.timestamp == SENT


def test_a_resource_may_be_put_together(load_meters):
    definitions = load_meters(meter(resource_id="""'payload.host + "_" + payload.node'"""))
    made = sample(definitions, {"host": "h", "node": "n", "size": 1})
    assert made.resource_id == "h_n"


def test_samples_of_one_name_are_numbered(load_meters):
    text = (
        meter(name="payload.a", volume="1")
        + meter(name="payload.b", volume="2").replace("metric:\n", "")
        + meter(name="fixed", volume="3").replace("metric:\n", "")
    )
    made = samples(load_meters(text), {"id": "r", "a": "fixed", "b": "other"})
    assert sorted((one.name, one.position) for one in made) == [
        ("fixed", 0),
        ("fixed", 1),
        ("other", 0),
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ([], [], {"thing.size", "big.age"}),
        (["thing.*"], [], {"thing.size"}),
        (["*.age"], [], {"big.age"}),
        ([], ["*.age"], {"thing.size"}),
        (["*"], ["thing.*"], {"big.age"}),
        (["none"], [], set()),
    ],
)
def test_only_wanted_meters_are_made(load_meters, include, exclude, names):
    text = meter() + meter(name="payload.kind + '.age'", volume="5").replace("metric:\n", "")
    definitions = load_meters(text, include=include, exclude=exclude)
    made = samples(definitions, {"id": "r", "size": 1, "kind": "big"})
    assert {one.name for one in made} == names


def test_an_unwanted_meter_is_no_problem_either(load_meters):
    definitions = load_meters(meter(), exclude=["thing.size"])
    assert samples(definitions, {}) == []


def test_an_event_type_is_matched_once():
    asked = []

    def matches(event_type):
        asked.append(event_type)
        return False

    fixed = FixedMeter("thing.size", "gauge", "GB", lambda body: 1)
    definitions = MeterDefinitions(
        [MeterRule("thing.size", matches, fixed, None)], match.names([], [])
    )
    for _ in range(3):
        samples(definitions)
        samples(definitions, event_type="other")
    assert asked == ["thing.made", "other"]
