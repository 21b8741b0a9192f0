# SPDX-License-Identifier: Apache-2.0
"""Decoding and checking what came off the bus."""

import contextlib
import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch import errors
from ceilobatch.message import Delivery, decode

from .wire import envelope


def test_envelope_is_opened_and_context_separated():
    notification = decode(Delivery(envelope(message_id="m1", event_type="a.b", priority="ERROR")))
    assert notification.message_id == "m1"
    assert notification.event_type == "a.b"
    assert notification.priority == "error"
    assert notification.timestamp == datetime.datetime(
        2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC
    )
    assert notification.payload == {"id": "r1", "size": 3}
    assert notification.body["ctxt"] == {"project_id": "p1", "user_id": "u1"}
    assert notification.body["publisher_id"] == "compute.host1"
    assert notification.body["metadata"] == {
        "message_id": "m1",
        "timestamp": "2026-01-02 03:04:05.678901",
    }


def test_context_in_one_piece_is_understood_as_kafka_has_it():
    body = envelope(_context={"project_id": "p2", "tenant": "t2"}, _context_project_id=None)
    ctxt = decode(Delivery(body)).body["ctxt"]
    assert ctxt == {"project_id": "p2", "tenant": "t2", "user_id": "u1"}


def test_bare_body_is_taken_as_it_stands():
    bare = json.loads(json.loads(envelope(message_id="m1"))["oslo.message"])
    assert decode(Delivery(json.dumps(bare).encode())).message_id == "m1"
    assert decode(Delivery(None, decoded=bare)).message_id == "m1"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02", "2026-01-02T00:00:00+00:00"),
        ("2026-01-02 03:04:05.5", "2026-01-02T03:04:05.500000+00:00"),
    ],
)
def test_timestamps_become_aware_utc(sent, expected):
    assert decode(Delivery(envelope(timestamp=sent))).timestamp.isoformat() == expected


def test_bare_text_as_payload_is_a_notification_all_the_same():
    assert decode(Delivery(envelope(payload="no space left"))).payload == "no space left"


@pytest.mark.parametrize("number", ["NaN", "123456789012345678901234567890", "1e400"])
def test_numbers_that_only_python_writes_are_read(number):
    body = envelope().replace(b'\\"size\\": 3', b'\\"size\\": ' + number.encode())
    assert "size" in decode(Delivery(body)).payload


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b"\xff\x00garbage", "the body is not UTF-8"),
        (b"{]", "the body is not JSON"),
        (b"[1]", "the body is a list, not an object"),
        (b"7", "the body is a number, not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"oslo.version": "3.0", "oslo.message": "{}"}', "unknown version '3.0'"),
        (b'{"oslo.version": "2.0", "oslo.message": {}}', "oslo.message is an object"),
        (b'{"oslo.version": "2.0", "oslo.message": "{"}', "oslo.message is not JSON"),
        (b'{"oslo.version": "2.0", "oslo.message": "[]"}', "oslo.message holds a list"),
        (envelope(message_id=None), "there is no message_id"),
        (envelope(message_id=7), "the message_id is a number, not a text"),
        (envelope(event_type=None), "there is no event_type"),
        (envelope(payload=None), "there is no payload"),
        (envelope(payload=[1]), "the payload is a list, not an object"),
        (envelope(timestamp=None), "there is no timestamp"),
        (envelope(timestamp="yesterday"), "'yesterday' is not an ISO 8601 time"),
        (envelope(timestamp="0001-01-01T00:00:00+10:00"), "is not an ISO 8601 time"),
    ],
)
def test_what_is_wrong_is_said(body, reason):
    with pytest.raises(errors.Malformed, match=reason.replace("(", r"\(")):
        decode(Delivery(body))


@given(st.binary(max_size=200))
def test_any_bytes_are_malformed_and_nothing_worse(body):
    with pytest.raises(errors.Malformed):
        decode(Delivery(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(["message_id", "event_type", "payload", "timestamp", "priority"]),
    JSON,
)
def test_any_value_of_any_key_is_decoded_or_malformed(key, value):
    with contextlib.suppress(errors.Malformed):
        decode(Delivery(envelope(**{key: value})))


def test_letter_bytes_of_a_decoded_message_are_json():
    assert json.loads(Delivery(None, decoded={"a": 1}, size=1).body) == {"a": 1}
