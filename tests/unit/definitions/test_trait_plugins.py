# SPDX-License-Identifier: Apache-2.0
"""The trait plugins that come with the project, and those of others."""

import logging
import sys

import pytest
from stevedore import extension

from ceilobatch import errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.traits.bitfield import Bitfield
from ceilobatch.plugins.traits.map import Map
from ceilobatch.plugins.traits.split import Split
from ceilobatch.plugins.traits.timedelta import Timedelta

from .sent import notification, samples, traits
from .test_meters import meter

FLAGS = [
    {"path": "payload.a", "bit": 0, "value": "on"},
    {"path": "payload.b", "bit": "3"},
    {"path": "payload.c", "bit": 2, "value": 5},
]


@pytest.mark.parametrize(
    ("parameters", "value", "expected"),
    [
        ({}, "a.b.c", "a"),
        ({"segment": 1}, "a.b.c", "b"),
        ({"segment": -1}, "a.b.c", "c"),
        ({"segment": 5}, "a.b.c", None),
        ({"separator": "-", "segment": 1}, "a-b.c", "b.c"),
        ({"segment": 1, "max_split": 1}, "a.b.c", "b.c"),
        ({"max_split": 0}, "a.b.c", "a.b.c"),
        ({}, 1.5, "1"),
    ],
)
def test_split_takes_one_segment(parameters, value, expected):
    assert Split(**parameters).trait_values([("payload.x", value)]) == [expected]


def test_split_takes_a_segment_of_each_value():
    assert Split().trait_values([("a", "1.2"), ("b", "3.4")]) == ["1", "3"]
    assert Split().trait_values([]) == []


@pytest.mark.parametrize(
    ("initial", "matched", "expected"),
    [
        (0, {}, 0),
        (6, {}, 6),
        (0, {"payload.a": "on"}, 1),
        (0, {"payload.a": "off"}, 0),
        (0, {"payload.b": False}, 8),
        (0, {"payload.c": 5}, 4),
        (4, {"payload.a": "on", "payload.b": 1, "payload.c": 5, "payload.d": 1}, 13),
    ],
)
def test_bitfield_sets_the_flags_that_match(initial, matched, expected):
    plugin = Bitfield(initial_bitfield=initial, flags=FLAGS)
    assert plugin.trait_values(list(matched.items())) == [expected]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2026-01-01T00:00:00", "2026-01-01T00:01:00.5"], [60.5]),
        (["2026-01-01T00:01:00", "2026-01-01T00:00:00"], [60.0]),
        (["2026-01-01T00:00:00Z", "2026-01-01T02:00:00+01:00"], [3600.0]),
        (["2026-01-01T00:00:00", ""], []),
        (["2026-01-01T00:00:00"], []),
        (["2026-01-01", "2026-01-01", "2026-01-01"], []),
        ([], []),
    ],
)
def test_timedelta_takes_exactly_two_times(times, expected):
    assert Timedelta().trait_values([("x", time) for time in times]) == expected


@pytest.mark.parametrize("value", ["soon", 5])
def test_timedelta_refuses_what_is_no_time(value):
    with pytest.raises((ValueError, TypeError)):
        Timedelta().trait_values([("x", "2026-01-01"), ("y", value)])


@pytest.mark.parametrize(
    ("parameters", "value", "expected"),
    [
        ({}, "ACTIVE", 1),
        ({}, "active", None),
        ({}, 5, "five"),
        ({"case_sensitive": False}, "aCtIvE", 1),
        ({"default": -1}, "gone", -1),
        ({"default": -1}, ["ACTIVE"], -1),
    ],
)
def test_map_looks_values_up(parameters, value, expected):
    plugin = Map(values={"ACTIVE": 1, 5: "five"}, **parameters)
    assert plugin.trait_values([("x", value)]) == [expected]
    assert plugin.trait_values([]) == []


@pytest.mark.parametrize(
    ("plugin", "parameters"),
    [
        (Split, {"separator": ""}),
        (Split, {"segment": "first"}),
        (Bitfield, {"flags": [{"path": "a"}]}),
        (Bitfield, {"flags": [{"bit": 1}]}),
        (Bitfield, {"flags": ["a"]}),
        (Bitfield, {"flags": [{"path": "a", "bit": -1}]}),
        (Bitfield, {"flags": [{"path": "a", "bit": "x"}]}),
        (Map, {}),
        (Map, {"values": {}}),
        (Map, {"values": ["a"]}),
    ],
)
def test_parameters_that_cannot_work_are_refused(plugin, parameters):
    with pytest.raises(ValueError, match=r"\w"):
        plugin(**parameters)


@pytest.mark.parametrize(
    ("plugin", "parameters"),
    [(Split, {}), (Bitfield, {}), (Timedelta, {}), (Map, {"values": {1: 2}})],
)
def test_unknown_parameters_are_ignored_with_a_warning(plugin, parameters, caplog):
    with caplog.at_level(logging.WARNING):
        plugin(**parameters, colour="red")
    (message,) = caplog.messages
    assert "the parameter colour means nothing and is ignored" in message


def test_a_trait_is_the_first_value_of_its_plugin_that_is_not_null(load_events, calls):
    definitions = load_events("""
- event_type: thing.made
  traits:
    second:
      fields: [payload.a, payload.absent, payload.nothing, payload.b]
      plugin: {name: split, parameters: {segment: 1}}
    flags:
      type: int
      fields: [payload.a, payload.b]
      plugin:
        name: bitfield
        parameters: {flags: [{path: payload.b, bit: 4}]}
    lasted:
      type: float
      fields: [payload.begin, payload.end]
      plugin: timedelta
""")
    payload = {"a": "x", "b": "y.z", "nothing": None}
    found = traits(definitions, payload)
    assert (found["second"], found["flags"]) == ("z", 16)
    assert "lasted" not in found
    # Called without any match, too; and every call is measured.
    assert traits(definitions, {})["flags"] == 0
    figures = calls.snapshot()[(loader.TRAITS, "bitfield", "trait_values")]
    assert (figures.calls, figures.items, figures.errors) == (2, 2, 0)


class Recorder:
    """A plugin as they are written for ceilometer: any parameters, no base class of ours."""

    made: list["Recorder"] = []

    def __init__(self, answer=None, **kw):
        self.answer, self.parameters, self.asked = answer, kw, []
        Recorder.made.append(self)

    def trait_values(self, match_list):
        self.asked.append(match_list)
        if isinstance(self.answer, str) and self.answer.startswith("raise"):
            raise RuntimeError(self.answer)
        return self.answer


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """An installed package of somebody else that has the plugin ``recorder``."""
    package = tmp_path / "site" / "thirdparty-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        f"[{loader.TRAITS}]\nrecorder = {__name__}:Recorder\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(package.parent)])
    monkeypatch.setattr(extension.ExtensionManager, "ENTRY_POINT_CACHE", {})
    monkeypatch.setattr(Recorder, "made", [])


def recorded(answer, fields="[payload.a, 'payload.items[*].id', payload.absent]", kind="int"):
    return f"""
- event_type: thing.made
  traits:
    found:
      type: {kind}
      fields: {fields}
      plugin: {{name: recorder, parameters: {{answer: {answer}, depth: {{er: [1]}}}}}}
"""


@pytest.mark.usefixtures("third_party")
def test_a_plugin_of_others_is_constructed_once_and_told_all_matches(load_events):
    definitions = load_events(recorded("[null, 7, 8]"))
    payload = {"a": None, "items": [{"id": "i"}, {"id": None}, {"id": "j"}]}
    assert traits(definitions, payload)["found"] == 7
    traits(definitions, {})
    (plugin,) = Recorder.made
    assert plugin.parameters == {"depth": {"er": [1]}}
    assert plugin.asked == [
        [("payload.items.[0].id", "i"), ("payload.items.[2].id", "j")],
        [],
    ]


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize("answer", ["null", "[]", "[null]"])
def test_a_plugin_without_an_answer_makes_no_trait(load_events, answer):
    event = load_events(recorded(answer)).convert(notification())
    assert [trait.name for trait in event.traits] == ["service"]
    assert event.warnings == ()


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("raised it", "the plugin failed with RuntimeError: raised it"),
        ("5", "the plugin failed with TypeError: 'int' object is not iterable"),
        ("[x]", "'x' is not a 64-bit integer"),
    ],
)
def test_a_plugin_that_fails_leaves_the_trait_out_with_a_warning(load_events, answer, reason):
    event = load_events(recorded(answer)).convert(notification({"a": 1}))
    assert [trait.name for trait in event.traits] == ["service"]
    assert event.warnings == (f"trait found is left out: {reason}",)


@pytest.mark.usefixtures("third_party")
def test_a_plugin_that_fails_is_malformed_where_definitions_are_strict(load_events):
    definitions = load_events(recorded("raised it"), strict=True)
    with pytest.raises(errors.Malformed, match="the plugin failed with RuntimeError"):
        definitions.convert(notification())


@pytest.mark.usefixtures("third_party")
def test_a_plugin_of_others_makes_volumes(load_meters):
    volume = "{fields: payload.a, plugin: {name: recorder, parameters: {answer: [null, 7]}}}"
    (made,) = samples(load_meters(meter(volume=volume)), {"id": "r", "a": 1})
    assert made.volume == 7


class WithoutMethod:
    """Not a trait plugin at all."""


def test_what_is_no_plugin_is_refused(load_events, third_party, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "Recorder", lambda **_: WithoutMethod())
    with pytest.raises(errors.ConfigurationError) as refused:
        load_events(recorded("5"))
    assert "AttributeError: 'WithoutMethod' object has no attribute 'trait_values'" in str(
        refused.value
    )
