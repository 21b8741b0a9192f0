# SPDX-License-Identifier: Apache-2.0
"""Meters of which a notification yields several samples."""

import pytest

from .sent import notification, reasons, samples
from .test_meters import meter

ALL = "payload.m[*]"
TABLE = {
    "name": f"{ALL}.name",
    "unit": f"{ALL}.unit",
    "volume": f"{ALL}.value",
    "lookup": "[name, unit, volume]",
}


def rows(*values):
    return [dict(zip(("name", "unit", "value"), value, strict=False)) for value in values]


def short(made):
    return [(one.name, one.position, one.unit, one.volume, one.resource_id) for one in made]


def test_each_name_is_a_sample(load_meters):
    payload = {"id": "r", "m": rows(("cpu", "%", 1), ("ram", "MB", 2.5), ("cpu", "%", 3))}
    assert short(samples(load_meters(meter(**TABLE)), payload)) == [
        ("cpu", 0, "%", 1, "r"),
        ("ram", 0, "MB", 2.5, "r"),
        ("cpu", 1, "%", 3, "r"),
    ]


def test_no_name_is_no_sample_and_no_problem(load_meters):
    definitions = load_meters(meter(**TABLE))
    assert samples(definitions, {"id": "r", "m": []}) == []
    assert samples(definitions, {"id": "r"}) == []


@pytest.mark.parametrize(
    ("keys", "m", "reason"),
    [
        ({}, rows(("cpu", "%", 1), ("ram", "MB")), "volume has 1 values where name has 2"),
        ({}, rows(("cpu",), ("ram",)), "unit has 0 values where name has 2"),
        ({}, [{"unit": "%", "value": 1}], "unit has 1 values where name has 0"),
        (
            {"lookup": "[name, volume, resource_id]", "unit": "B"},
            rows(("cpu", "", 1), ("ram", "", 2)),
            "resource_id has 1 values where name has 2",
        ),
        (
            {"lookup": "[name]", "unit": "B", "user_id": f"{ALL}.users[*]"},
            [{"name": "cpu", "value": 1, "users": [1, 2]}],
            "user_id has 2 values where name has 1",
        ),
        (
            {"name": "literal", "unit": "B", "lookup": "[volume]"},
            rows(("", "", 1), ("", "", 2)),
            "volume has 2 values where name has 1",
        ),
    ],
)
def test_different_lengths_are_a_problem(load_meters, keys, m, reason):
    written = {**TABLE, **keys}
    problem = (written["name"], f"{reason}: no sample is made")
    assert reasons(load_meters(meter(**written)), {"id": "r", "m": m}) == [problem]


def test_a_single_value_that_is_not_looked_up_is_for_all(load_meters):
    written = {**TABLE, "unit": "payload.unit", "lookup": "[volume]"}
    payload = {"id": "r", "unit": "B", "m": rows(("cpu", "", 1), ("ram", "", 2))}
    assert short(samples(load_meters(meter(**written)), payload)) == [
        ("cpu", 0, "B", 1, "r"),
        ("ram", 0, "B", 2, "r"),
    ]


def test_several_values_that_are_not_looked_up_go_one_with_each(load_meters):
    written = {**TABLE, "resource_id": f"{ALL}.of"}
    m = [{"name": "cpu", "unit": "%", "value": 1, "of": "a"}]
    m.append({"name": "ram", "unit": "MB", "value": 2, "of": "b"})
    made = samples(load_meters(meter(**written)), {"m": m})
    assert [one.resource_id for one in made] == ["a", "b"]


def test_literals_are_for_all(load_meters):
    written = {**TABLE, "unit": "B/s", "volume": "1", "lookup": "name"}
    made = samples(load_meters(meter(**written)), {"id": "r", "m": rows(("a",), ("b",))})
    assert [(one.unit, one.volume) for one in made] == [("B/s", 1), ("B/s", 1)]


def test_the_unit_falls_back_to_the_literal_where_it_is_not_looked_up(load_meters):
    written = {**TABLE, "unit": "payload.absent", "lookup": "volume"}
    (made,) = samples(load_meters(meter(**written)), {"id": "r", "m": rows(("a", "", 1))})
    assert made.unit == "payload.absent"


def test_a_literal_name_with_lookups_is_one_sample(load_meters):
    written = {**TABLE, "name": "things", "unit": "B", "lookup": "volume"}
    (made,) = samples(load_meters(meter(**written)), {"id": "r", "m": rows(("", "", 5))})
    assert (made.name, made.volume) == ("things", 5)


def test_the_type_may_be_looked_up(load_meters):
    written = {**TABLE, "type": f"{ALL}.type", "lookup": "[name, unit, volume, type]"}
    m = rows(("a", "B", 1), ("b", "B", 2), ("c", "B", 3))
    for row, kind in zip(m, ("gauge", "delta", "slope"), strict=True):
        row["type"] = kind
    made, problems = load_meters(meter(**written)).convert(notification({"id": "r", "m": m}))
    assert [(one.name, one.type) for one in made] == [("a", "gauge"), ("b", "delta")]
    assert problems == [("c", "type is 'slope', not one of gauge, delta, cumulative")]


def test_a_row_that_cannot_be_used_keeps_no_other_from_being_made(load_meters):
    m = rows(("a", "B", None), ("b", "B", "x"), (None, "B", 1), ("d", [], 1), ("e", "B", 5))
    made, problems = load_meters(meter(**TABLE)).convert(notification({"id": "r", "m": m}))
    assert [one.name for one in made] == ["e"]
    assert problems == [
        ("a", "volume is missing"),
        ("b", "volume is 'x', not a number"),
        ("payload.m[*].name", "name is null, not a text"),
        ("d", "unit is a list, not a text"),
    ]


def test_context_and_time_are_the_defaults_here_too(load_meters):
    written = {**TABLE, "user_id": "payload.absent"}
    sent = notification(
        {"id": "r", "m": rows(("a", "B", 1))}, ctxt={"user": "cu", "project_id": "cp"}
    )
    ((made,), _) = load_meters(meter(**written)).convert(sent)
    assert (made.user_id, made.project_id, made.timestamp) == ("cu", "cp", sent.timestamp)


def test_a_missing_resource_leaves_the_samples_without_one(load_meters):
    made = samples(load_meters(meter(**TABLE)), {"m": rows(("a", "B", 1), ("b", "B", 2))})
    assert [(one.name, one.resource_id) for one in made] == [("a", None), ("b", None)]


def test_unwanted_names_are_left_out(load_meters):
    definitions = load_meters(meter(**TABLE), exclude=["r*"])
    payload = {"id": "r", "m": rows(("cpu", "%", 1), ("ram", "MB", None))}
    assert [one.name for one in samples(definitions, payload)] == ["cpu"]


def test_a_plugin_gives_all_of_its_values(load_meters):
    written = {
        **TABLE,
        "unit": "B",
        "name": f"{{fields: '{ALL}.name', plugin: {{name: split, parameters: {{segment: 1}}}}}}",
        "lookup": "volume",
    }
    made = samples(
        load_meters(meter(**written)), {"id": "r", "m": rows(("a.b", "", 1), ("c.d", "", 2))}
    )
    assert [one.name for one in made] == ["b", "d"]


def test_a_plugin_that_fails_is_a_problem(load_meters):
    written = {
        **TABLE,
        "volume": "{fields: [payload.a, payload.b], plugin: timedelta}",
        "lookup": "unit",
    }
    payload = {"id": "r", "a": "x", "b": "y", "m": rows(("cpu", "%"))}
    ((_, reason),) = reasons(load_meters(meter(**written)), payload)
    assert reason.startswith("the plugin failed with ValueError: ")
