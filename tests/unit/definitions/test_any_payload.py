# SPDX-License-Identifier: Apache-2.0
"""Whatever JSON a notification holds, conversion ends in records or in Malformed."""

import datetime
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceilobatch import errors
from ceilobatch.message import Notification

from .sent import SENT

KEYS = ["a", "b", "c", "samples", "counter_name", "counter_volume", "metering.x", "x.y"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["", "1.5", "2026-01-02T03:04:05", "0001-01-01T00:00+14:00", "v#w", "gauge"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6)
NOTIFICATIONS = st.builds(
    lambda event_type, ctxt, publisher, payload: Notification(
        "m1",
        event_type,
        "info",
        SENT,
        {
            "ctxt": ctxt,
            "publisher_id": publisher,
            "event_type": event_type,
            "payload": payload,
            "metadata": {"message_id": "m1", "timestamp": "2026-01-02 03:04:05"},
        },
    ),
    st.sampled_from(["thing.made", "telemetry.polling"]) | st.text(min_size=1, max_size=300),
    OBJECTS,
    JSON,
    OBJECTS,
)
PATHS = [
    "payload.a",
    "payload.a.b",
    "payload.a[0].b",
    "payload.a[*].b",
    "payload.a[?b=1].c",
    "payload.a[?(@.b>'v')].c",
    "payload.a[?b~'v'].c",
    "payload..b",
    "payload.(a|b)",
    "payload.*",
    "payload.a * 100",
    "payload.a - payload.b",
    "payload.a + '_' + payload.b",
    "payload.a.`split(#, 0, 1)`",
    "payload.a.`sub(/v/, w)`",
    "payload.a.`len`",
    "payload.a.`sorted`",
    "payload.a[\\b]",
    "payload.a.`parent`.b",
    "ctxt.a",
    "publisher_id",
]
PLUGINS = ["split", "timedelta", "bitfield", "{name: map, parameters: {values: {1: 2}}}"]


def quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def event_text() -> str:
    traits = [
        f"    {kind}{number}: {{fields: {quoted(path)}, type: {kind}}}"
        for kind in ("text", "int", "float", "datetime")
        for number, path in enumerate(PATHS)
    ]
    traits += [
        f"    plugin{number}: {{fields: [payload.a, payload.b], plugin: {plugin}}}"
        for number, plugin in enumerate(PLUGINS)
    ]
    return "\n".join(["- event_type: '*'", "  traits:", *traits])


def meter_text() -> str:
    common = "type: gauge, event_type: '.*', user_metadata: payload.c, resource_id: payload.a"
    meters = [
        f"- {{name: m{number}, unit: payload.b, volume: {quoted(path)}, {common}}}\n"
        f"- {{name: {quoted(path)}, unit: u, volume: payload.b, timestamp: payload.b, {common}}}"
        for number, path in enumerate(PATHS)
    ]
    meters += [
        f"- {{name: {quoted(path)}, unit: 'payload.a[*].b', volume: 'payload.a[*].c', {common},"
        f" lookup: [unit, volume], metadata: {{p: {quoted(path)}}}}}"
        for path in ("payload.a[*].a", "payload.b[*]")
    ]
    meters += [
        f"- {{name: p{number}, unit: u, {common},"
        f" volume: {{fields: [payload.a, payload.b], plugin: {plugin}}}}}"
        for number, plugin in enumerate(PLUGINS)
    ]
    return "\n".join(["metric:", *meters])


@pytest.fixture
def events(load_events):
    return load_events(event_text())


@pytest.fixture
def strict_events(load_events):
    return load_events(event_text(), strict=True)


@pytest.fixture
def meters(load_meters):
    return load_meters(meter_text())


ANY = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = {"text": str, "int": int, "float": float, "datetime": datetime.datetime}


@ANY
@given(NOTIFICATIONS)
def test_an_event_has_traits_of_their_types(events, notification):
    event = events.convert(notification)
    if event is None:
        assert notification.event_type == "telemetry.polling"
        return
    for trait in event.traits:
        assert type(trait.value) is TYPES[trait.type]
        if trait.type == "text":
            assert len(trait.value) <= 255
        if trait.type == "int":
            assert -(2**63) <= trait.value < 2**63
        if trait.type == "float":
            assert math.isfinite(trait.value)
        if trait.type == "datetime":
            assert trait.value.tzinfo is datetime.UTC


@ANY
@given(NOTIFICATIONS)
def test_strict_definitions_raise_nothing_but_malformed(strict_events, notification):
    try:
        event = strict_events.convert(notification)
    except errors.Malformed:
        return
    assert event is None or event.warnings == ()


@ANY
@given(NOTIFICATIONS)
def test_samples_can_be_stored_and_are_identified(meters, notification):
    samples, problems = meters.convert(notification)
    identities = [(sample.name, sample.position) for sample in samples]
    assert len(set(identities)) == len(identities)
    for sample in samples:
        assert type(sample.volume) in (int, float)
        assert math.isfinite(sample.volume)
        assert type(sample.name) is str
        assert type(sample.unit) is str
        assert sample.type in ("gauge", "delta", "cumulative")
        assert sample.timestamp.tzinfo is datetime.UTC
        for owner in (sample.user_id, sample.project_id, sample.resource_id):
            assert owner is None or type(owner) is str
        assert isinstance(sample.metadata, dict)
    for problem in problems:
        assert problem.meter
        assert problem.reason
