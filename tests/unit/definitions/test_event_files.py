# SPDX-License-Identifier: Apache-2.0
"""What is wrong in event definition files, told all at once."""

import logging

import pytest

from ceilobatch import errors

from .sent import traits


def problems(load_events, tmp_path, written):
    with pytest.raises(errors.ConfigurationError) as refused:
        load_events(written)
    return [problem.replace(f"{tmp_path}/events.d/", "") for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event_type: x", ": this is not a list of event definitions"),
        ("- just a text", ", line 1: event definition: this is not a mapping"),
        ("- traits: {}", ", line 1: event definition: event_type is required"),
        ("- event_type: x", ", line 1: event definition of x: traits is required"),
        (
            "- event_type: 5\n  traits: {}",
            ", line 1: event definition of 5: event_type: 5 is neither a text nor a list of texts",
        ),
        (
            "- event_type: [a, 5]\n  traits: {}",
            ", line 1: event definition of a, 5: event_type: "
            "['a', 5] is neither a text nor a list of texts",
        ),
        (
            "- event_type: x\n  traits:",
            ", line 2: event definition of x: traits: "
            "this is not a mapping of trait names to traits",
        ),
        (
            "- event_type: x\n  traits:\n    a: payload.[",
            ", line 3: event definition of x: traits.a: 'payload.[' is not a path: "
            "Parse error near the end of string",
        ),
        (
            "- event_type: x\n  traits:\n    a: {type: int}",
            ", line 3: event definition of x: traits.a: fields is required",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: []}",
            ", line 3: event definition of x: traits.a: there is no path in the list",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: [payload.a, 5]}",
            ", line 3: event definition of x: traits.a: 5 is not a path",
        ),
        (
            "- event_type: x\n  traits:\n    a: 1.5",
            ", line 3: event definition of x: traits.a: 1.5 is not a path",
        ),
        (
            "- event_type: x\n  traits:\n    a:",
            ", line 3: event definition of x: traits.a: None is not a path",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: payload.a, type: number}",
            ", line 3: event definition of x: traits.a: there is no type 'number' "
            "(there are text, int, float, datetime)",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: payload.a, plugin: {parameters: {}}}",
            ", line 3: event definition of x: traits.a: the plugin has no name",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: payload.a, plugin: "
            "{name: split, parameters: 5}}",
            ", line 3: event definition of x: traits.a: "
            "the parameters of the plugin 'split' are not a mapping",
        ),
        (
            "- event_type: x\n  traits:\n    a: {fields: payload.a, plugin: map}",
            ", line 3: event definition of x: traits.a: the plugin 'map' refuses its parameters: "
            "ValueError: values is required, a mapping of values to values",
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_definition_and_key(
    load_events, tmp_path, text, expected
):
    (problem,) = problems(load_events, tmp_path, text)
    assert problem == f"definitions.yaml{expected}"


def test_an_unknown_plugin_is_named_with_those_that_exist(load_events, tmp_path):
    text = "- event_type: x\n  traits:\n    a: {fields: payload.a, plugin: nonsense}"
    (problem,) = problems(load_events, tmp_path, text)
    assert problem.startswith(
        "definitions.yaml, line 3: event definition of x: traits.a: no plugin 'nonsense' in the "
        "namespace ceilobatch.traits (installed: bitfield, map, split, timedelta"
    )


def test_all_mistakes_of_all_files_are_told_together(load_events, tmp_path):
    found = problems(
        load_events,
        tmp_path,
        {
            "a.yaml": "- event_type: x\n  traits:\n    a: {type: int}\n    b: 1.5\n- traits: {}",
            "b.yaml": "- {event_type: y, traits: {}",
            "c.yaml": "- {event_type: z, traits: {c: payload.c}}",
        },
    )
    assert [problem.split(":")[0] for problem in found] == [
        "a.yaml, line 3",
        "a.yaml, line 4",
        "a.yaml, line 5",
        "b.yaml, line 1",
    ]


def test_unknown_keys_are_ignored_with_a_warning(load_events, caplog):
    with caplog.at_level(logging.WARNING):
        definitions = load_events(
            "- event_type: thing.made\n"
            "  priority: high\n"
            "  traits:\n"
            "    a:\n"
            "      fields: payload.a\n"
            "      help: me\n"
            "      plugin: {name: split, level: 5}\n"
        )
    assert traits(definitions, {"a": "1.2"})["a"] == "1"
    assert [message.partition("yaml, ")[2] for message in caplog.messages] == [
        "line 2: event definition of thing.made: priority: this key means nothing and is ignored",
        "line 6: event definition of thing.made: traits.a.help: "
        "this key means nothing and is ignored",
        "line 7: event definition of thing.made: traits.a.plugin.level: "
        "this key means nothing and is ignored",
    ]


def test_a_path_that_can_find_nothing_is_warned_of(load_events, caplog):
    with caplog.at_level(logging.WARNING):
        load_events("- {event_type: thing.made, traits: {a: state}}")
    (message,) = caplog.messages
    assert message.endswith("traits.a: 'state' finds nothing: no notification has a key 'state'")


def test_an_empty_file_has_no_definitions(load_events):
    assert set(traits(load_events("# nothing\n"))) == {"service"}
