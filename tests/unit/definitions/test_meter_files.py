# SPDX-License-Identifier: Apache-2.0
"""What is wrong in meter definition files, told all at once."""

import logging

import pytest

from ceilobatch import errors

from .sent import sample, samples
from .test_meters import meter


def problems(load_meters, tmp_path, written):
    with pytest.raises(errors.ConfigurationError) as refused:
        load_meters(written)
    return [problem.replace(f"{tmp_path}/meters.d/", "") for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", ": there is no list of meter definitions under metric"),
        ("meters: []", ": there is no list of meter definitions under metric"),
        ("metric: {}", ": there is no list of meter definitions under metric"),
        ("metric: [x]", ", line 1: meter definition: this is not a mapping"),
    ],
)
def test_a_file_that_holds_no_definitions_is_refused(load_meters, tmp_path, text, expected):
    assert problems(load_meters, tmp_path, text) == [f"definitions.yaml{expected}"]


@pytest.mark.parametrize("key", ["type", "event_type", "unit", "volume", "resource_id"])
@pytest.mark.parametrize("value", [None, "", "''", "[]"])
def test_a_required_key_that_is_missing_or_empty_is_named(load_meters, tmp_path, key, value):
    assert problems(load_meters, tmp_path, meter(**{key: value})) == [
        f"definitions.yaml, line 3: meter 'thing.size': {key} is required"
    ]


def test_a_definition_without_name_is_named_by_its_line(load_meters, tmp_path):
    assert problems(load_meters, tmp_path, meter(name=None)) == [
        "definitions.yaml, line 3: meter definition: name is required"
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"type": "slope"}, "4 type: 'slope' is not one of gauge, delta, cumulative"),
        ({"type": "$.payload.t"}, "4 type: '$.payload.t' is not one of gauge, delta, cumulative"),
        ({"event_type": "'('"}, "5 event_type: '(' is not a regular expression: "),
        ({"event_type": "5"}, "5 event_type: 5 is neither a text nor a list of texts"),
        ({"event_type": "[a, 5]"}, "5 event_type: ['a', 5] is neither a text nor a list of texts"),
        ({"name": "true"}, "3 name: True is neither a text nor a path"),
        ({"name": "$.payload.["}, "3 name: '$.payload.[' is not a path: "),
        ({"name": "payload.["}, "3 name: 'payload.[' is not a path: "),
        ({"unit": "true"}, "6 unit: True is neither a text nor a path"),
        ({"unit": "$."}, "6 unit: '$.' is not a path: "),
        ({"volume": "true"}, "7 volume: True is neither a number nor a path"),
        ({"volume": "payload.["}, "7 volume: 'payload.[' is not a path: "),
        ({"volume": ".nan"}, "7 volume: nan is not a path"),
        ({"volume": ".inf"}, "7 volume: inf is not a path"),
        ({"volume": "{plugin: split}"}, "7 volume: fields is required"),
        ({"resource_id": "'%'"}, "8 resource_id: '%' is not a path: "),
        ({"user_id": "1.5"}, "9 user_id: 1.5 is not a path"),
        ({"project_id": "{}"}, "9 project_id: fields is required"),
        ({"timestamp": "'2026'"}, "9 timestamp: '2026' is a number, not a path"),
        ({"metadata": "payload.m"}, "9 metadata: this is not a mapping of names to paths"),
        ({"metadata": "{a: 1.5}"}, "9 metadata.a: 1.5 is not a path"),
        ({"user_metadata": "payload.["}, "9 user_metadata: 'payload.[' is not a path: "),
        ({"lookup": "5"}, "9 lookup: 5 is neither a text nor a list of texts"),
        ({"lookup": "[name, 5]"}, "9 lookup: ['name', 5] is neither a text nor a list of texts"),
        ({"lookup": "name", "type": "slope"}, "4 type: 'slope' is not one of gauge, delta, "),
        ({"lookup": "name", "volume": "payload.["}, "7 volume: 'payload.[' is not a path: "),
        ({"lookup": "name", "name": "$.["}, "3 name: '$.[' is not a path: "),
        ({"lookup": "name", "metadata": "[a]"}, "10 metadata: this is not a mapping of names"),
        (
            {"volume": "{fields: payload.a, plugin: {name: split, parameters: {separator: 5}}}"},
            "7 volume: the plugin 'split' refuses its parameters: "
            "ValueError: separator is 5, not a text",
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_meter_and_key(load_meters, tmp_path, keys, expected):
    (problem,) = problems(load_meters, tmp_path, meter(**keys))
    line, _, rest = expected.partition(" ")
    name = keys.get("name", "thing.size") if keys.get("name") != "true" else True
    assert problem.startswith(f"definitions.yaml, line {line}: meter {name!r}: {rest}")


def test_all_mistakes_of_all_files_are_told_together(load_meters, tmp_path):
    found = problems(
        load_meters,
        tmp_path,
        {
            "a.yaml": meter(type="slope", volume="payload.[", user_id="1.5", event_type="'('"),
            "b.yaml": "metric: {",
            "c.yaml": meter(name="shadowed")
            + meter(name="shadowed", unit=None)[len("metric:\n") :],
        },
    )
    assert [problem[: problem.index(":")] for problem in found] == [
        "a.yaml, line 5",
        "a.yaml, line 7",
        "a.yaml, line 4",
        "a.yaml, line 9",
        "b.yaml, line 1",
        "c.yaml, line 10",
    ]


def test_unknown_keys_are_ignored_with_a_warning(load_meters, caplog):
    with caplog.at_level(logging.WARNING):
        definitions = load_meters(meter(colour="red", lookup="[name, colour]", volume="1"))
    assert samples(definitions, {"id": "r"})
    assert [message.partition("yaml, ")[2] for message in caplog.messages] == [
        "line 9: meter 'thing.size': colour: this key means nothing and is ignored",
        "line 10: meter 'thing.size': lookup: "
        "'colour' is not an attribute of samples and is ignored",
    ]


def test_an_empty_file_has_no_definitions(load_meters):
    assert samples(load_meters("# nothing\n"), {"id": "r"}) == []


def test_merged_keys_are_part_of_a_definition(load_meters):
    definitions = load_meters("""
metric:
- &size
  name: thing.size
  type: gauge
  event_type: thing.lost
  unit: GB
  volume: payload.size
  resource_id: payload.id
  metadata: &described {name: payload.name}
- <<: *size
  name: thing.age
  event_type: thing.made
  volume: payload.age
  metadata:
    <<: *described
    kind: payload.kind
""")
    made = sample(definitions, {"id": "r", "age": 5, "name": "n", "kind": "k"})
    assert (made.name, made.unit, made.volume) == ("thing.age", "GB", 5)
    assert made.metadata == {"name": "n", "kind": "k"}
