# SPDX-License-Identifier: Apache-2.0
"""What event definitions make of notifications."""

import datetime

import pytest

from ceilobatch import errors
from ceilobatch.definitions import match
from ceilobatch.definitions.events import EventDefinitions, EventRule
from ceilobatch.model import Trait

from .sent import SENT, notification, traits

CONTEXT = {"request_id": "r1", "project_id": "p1", "user_id": "u1"}

THINGS = """
- event_type: thing.*
  traits:
    state: payload.state
    size: {fields: payload.size, type: int}
    share: {fields: payload.share, type: float}
    made_at: {fields: payload.made_at, type: datetime}
"""


def test_an_event_has_the_identity_and_time_of_its_notification(load_events):
    event = load_events(THINGS).convert(notification({"state": "active"}))
    assert event.message_id == "m1"
    assert event.event_type == "thing.made"
    assert event.generated == SENT
    assert event.raw is None
    assert event.warnings == ()
    assert Trait("state", "text", "active") in event.traits


def test_traits_have_their_types(load_events):
    payload = {"state": 5, "size": "3", "share": 1, "made_at": "2026-01-02T03:04:05+02:00"}
    event = load_events(THINGS).convert(notification(payload))
    made_at = datetime.datetime(2026, 1, 2, 1, 4, 5, tzinfo=datetime.UTC)
    assert event.traits[1:] == (
        ("state", "text", "5"),
        ("size", "int", 3),
        ("share", "float", 1.0),
        ("made_at", "datetime", made_at),
    )
    assert type(event.traits[3].value) is float


@pytest.mark.parametrize(
    ("trait", "payload", "expected"),
    [
        ("payload.state", {"state": "active"}, "active"),
        ("$.payload.state", {"state": "active"}, "active"),
        ("payload.state", {"state": None}, None),
        ("payload.state", {}, None),
        ("payload.state", {"state": ""}, ""),
        ("payload.state", {"state": "x" * 300}, "x" * 255),
        ("payload.state", {"state": True}, "True"),
        ("payload.state", {"state": False}, "False"),
        ("payload.state", {"state": 0}, "0"),
        ("7", {}, "7"),
        ("{fields: 7}", {}, "7"),
        ("{fields: 7, type: int}", {}, 7),
        ("{fields: [7], type: int}", {}, 7),
        ("{fields: payload.size, type: int}", {"size": 0}, 0),
        ("{fields: payload.size, type: int}", {"size": False}, 0),
        ("{fields: payload.size, type: int}", {"size": ""}, None),
        ("{fields: payload.size, type: float}", {"size": ""}, None),
        ("{fields: payload.at, type: datetime}", {"at": ""}, None),
        ("{fields: payload.size, type: INT}", {"size": "5"}, 5),
        ("{fields: payload.size, type: Float}", {"size": "5"}, 5.0),
        ("{fields: [payload.a, payload.b]}", {"a": 1, "b": 2}, "1"),
        ("{fields: [payload.b, payload.a]}", {"a": 1, "b": 2}, "2"),
        ("{fields: [payload.a, payload.b]}", {"a": None, "b": 2}, "2"),
        ("{fields: [payload.a, payload.b]}", {"a": "", "b": 2}, ""),
        ("{fields: [payload.a, payload.b, payload.c]}", {"c": 3}, "3"),
        ("{fields: [payload.a, payload.b, payload.c]}", {}, None),
        ("[payload.a, payload.b]", {"b": 2}, "2"),
        ("{fields: 'payload.items[*].id'}", {"items": [{"id": None}, {"id": "i2"}]}, "i2"),
        ("{fields: \"payload.items[?key='k'].id\"}", {"items": [{"key": "k", "id": "i"}]}, "i"),
    ],
)
def test_a_trait_is_made_of_what_its_definition_finds(load_events, trait, payload, expected):
    definitions = load_events(f"- event_type: thing.made\n  traits:\n    found: {trait}\n")
    assert traits(definitions, payload).get("found") == expected


@pytest.mark.parametrize(
    ("payload", "ctxt", "expected"),
    [
        (
            {},
            CONTEXT,
            {"request_id": "r1", "project_id": "p1", "tenant_id": "p1", "user_id": "u1"},
        ),
        (
            {"tenant_id": "p2", "user_id": "u2"},
            CONTEXT,
            {"request_id": "r1", "project_id": "p2", "tenant_id": "p2", "user_id": "u2"},
        ),
        ({}, {}, {}),
    ],
)
def test_every_event_has_the_default_traits(load_events, payload, ctxt, expected):
    definitions = load_events("- {event_type: thing.made, traits: {}}")
    expected = {"service": "compute.host1", **expected}
    assert traits(definitions, payload, ctxt=ctxt) == expected


def test_a_default_trait_can_be_overridden(load_events):
    definitions = load_events("""
- event_type: thing.made
  traits:
    service: "publisher_id.`split(., 0, 1)`"
    user_id: {fields: payload.owner, type: int}
""")
    found = traits(definitions, {"owner": "12"}, ctxt=CONTEXT)
    assert found["service"] == "compute"
    assert found["user_id"] == 12


def test_the_last_definition_that_matches_is_the_only_one_used(load_events):
    definitions = load_events("""
- {event_type: "*", traits: {a: payload.x}}
- {event_type: thing.*, traits: {b: payload.x}}
- {event_type: thing.lost, traits: {c: payload.x}}
""")
    made = traits(definitions, {"x": 1})
    lost = traits(definitions, {"x": 1}, event_type="thing.lost")
    other = traits(definitions, {"x": 1}, event_type="other")
    assert [set(found) - {"service"} for found in (made, lost, other)] == [{"b"}, {"c"}, {"a"}]


def test_anchors_and_merged_keys_are_shared(load_events):
    definitions = load_events("""
- event_type: thing.lost
  traits: &things
    state: payload.state
    size: payload.size
- event_type: thing.made
  traits:
    <<: *things
    size: {fields: payload.size, type: int}
""")
    assert traits(definitions, {"state": "s", "size": "5"}) == {
        "service": "compute.host1",
        "state": "s",
        "size": 5,
    }


def test_an_excluded_event_type_falls_to_an_earlier_definition(load_events):
    definitions = load_events("""
- {event_type: thing.*, traits: {a: payload.x}}
- {event_type: [thing.*, "!thing.made"], traits: {b: payload.x}}
""")
    assert "a" in traits(definitions, {"x": 1})


def test_an_unmatched_notification_becomes_an_event_with_default_traits(load_events):
    definitions = load_events(THINGS)
    assert traits(definitions, event_type="other") == {"service": "compute.host1"}


def test_an_unmatched_notification_is_dropped_where_that_is_wanted(load_events):
    definitions = load_events(THINGS, drop_unmatched=True)
    assert definitions.convert(notification(event_type="other")) is None
    assert definitions.convert(notification()) is not None


def test_a_bare_star_takes_everything_also_when_unmatched_ones_are_dropped(load_events):
    definitions = load_events("- {event_type: '*', traits: {a: payload.x}}", drop_unmatched=True)
    assert "a" in traits(definitions, {"x": 1}, event_type="other")


def test_a_definition_without_event_types_matches_nothing(load_events):
    definitions = load_events("- {event_type: [], traits: {a: payload.x}}")
    assert "a" not in traits(definitions, {"x": 1})


@pytest.mark.parametrize(
    ("payload", "warning"),
    [
        ({"size": "1.5"}, "trait size is left out: '1.5' is not a 64-bit integer"),
        ({"size": 2**63}, "trait size is left out: 9223372036854775808 is not a 64-bit integer"),
        ({"size": [1]}, "trait size is left out: a list is not a 64-bit integer"),
        ({"share": "much"}, "trait share is left out: 'much' is not a finite number"),
        ({"share": float("inf")}, "trait share is left out: inf is not a finite number"),
        ({"made_at": "soon"}, "trait made_at is left out: 'soon' is not an ISO 8601 time"),
        ({"made_at": 17}, "trait made_at is left out: 17 is not an ISO 8601 time"),
    ],
)
def test_a_trait_that_cannot_be_converted_is_left_out_with_a_warning(load_events, payload, warning):
    event = load_events(THINGS).convert(notification({"state": "active", **payload}))
    assert event.warnings == (warning,)
    assert [trait.name for trait in event.traits] == ["service", "state"]


def test_strict_definitions_refuse_what_cannot_be_converted(load_events):
    definitions = load_events(THINGS, strict=True)
    with pytest.raises(errors.Malformed) as refused:
        definitions.convert(notification({"size": "x", "share": "y"}))
    assert str(refused.value) == (
        "trait size is left out: 'x' is not a 64-bit integer; "
        "trait share is left out: 'y' is not a finite number"
    )
    assert definitions.convert(notification({"size": "5"})).warnings == ()


def test_the_body_is_kept_for_the_wanted_priorities_only(load_events):
    definitions = load_events(THINGS, store_raw=["error", "Warn"])
    for priority, kept in [("error", True), ("warn", True), ("info", False), ("", False)]:
        sent = notification(priority=priority)
        raw = definitions.convert(sent).raw
        assert raw is (sent.body if kept else None)


def test_polled_samples_are_no_event(load_events):
    definitions = load_events("- {event_type: '*', traits: {}}")
    assert definitions.convert(notification({"samples": []}, "telemetry.polling")) is None


def test_an_event_type_is_matched_once():
    asked = []
    matches = match.event_globs(["thing.*"])
    rule = EventRule(lambda event_type: asked.append(event_type) or matches(event_type), ())
    definitions = EventDefinitions([rule])
    for _ in range(3):
        definitions.convert(notification())
        definitions.convert(notification(event_type="other"))
    assert asked == ["thing.made", "other"]
