# SPDX-License-Identifier: Apache-2.0
"""Notifications broken on purpose."""

import copy
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.message import Delivery, decode
from ceilobatch.testing.notifications import (
    BrokenKind,
    GeneratedNotification,
    break_notification,
    generate,
)

REASONS = {
    BrokenKind.EMPTY: "the body is empty",
    BrokenKind.GARBAGE: "the body is not",
    BrokenKind.CUT: "the body is not JSON",
    BrokenKind.NOT_JSON: "oslo.message is not JSON",
    BrokenKind.UNKNOWN_ENVELOPE: "unknown version '9.0'",
    BrokenKind.NO_MESSAGE_ID: "there is no message_id",
    BrokenKind.NO_EVENT_TYPE: "there is no event_type",
    BrokenKind.NO_PAYLOAD: "there is no payload",
    BrokenKind.PAYLOAD_LIST: "the payload is a list",
    BrokenKind.BAD_TIMESTAMP: "'yesterday, about noon' is not an ISO 8601 time",
    BrokenKind.NO_TIMESTAMP: "there is no timestamp",
}
DECODABLE = {BrokenKind.NUL_IN_TEXT, BrokenKind.VOLUME_NOT_A_NUMBER}
QUANTITY_FREE = "baremetal.port.create.start"


@pytest.fixture(scope="module")
def notification() -> GeneratedNotification:
    """One that carries quantities."""
    return next(generate(1, mix={"nova": 1}))


def _first(service: str, event_type: str) -> GeneratedNotification:
    stream = generate(None, mix={service: 1})
    return next(one for one in stream if one.body["event_type"] == event_type)


def test_every_kind_is_known_to_these_tests() -> None:
    assert REASONS.keys() | DECODABLE == set(BrokenKind)


@pytest.mark.parametrize("kind", list(REASONS))
def test_bytes_cannot_be_decoded(notification: GeneratedNotification, kind: BrokenKind) -> None:
    with pytest.raises(errors.Malformed, match=REASONS[kind]):
        decode(Delivery(break_notification(notification, kind).wire))


@pytest.mark.parametrize("kind", list(REASONS))
def test_decoded_body_is_as_malformed_as_the_bytes(
    notification: GeneratedNotification, kind: BrokenKind
) -> None:
    body = break_notification(notification, kind).body
    if body is not None:
        with pytest.raises(errors.Malformed, match=REASONS[kind]):
            decode(Delivery(None, decoded=body))


def test_kinds_that_nobody_can_decode_have_no_body(notification: GeneratedNotification) -> None:
    without = {kind for kind in BrokenKind if break_notification(notification, kind).body is None}
    assert {kind.name for kind in without} == {
        "EMPTY",
        "GARBAGE",
        "CUT",
        "NOT_JSON",
        "UNKNOWN_ENVELOPE",
    }


def test_nul_is_in_the_request_id_only(notification: GeneratedNotification) -> None:
    broken = decode(Delivery(break_notification(notification, BrokenKind.NUL_IN_TEXT).wire))
    assert "\x00" in broken.body["ctxt"]["request_id"]
    assert broken.payload == notification.body["payload"]


@pytest.mark.parametrize(
    ("service", "event_type", "path"),
    [
        ("nova", "compute.instance.exists", ("vcpus",)),
        ("cinder", "volume.exists", ("size",)),
        (
            "nova_versioned",
            "instance.exists",
            ("nova_object.data", "flavor", "nova_object.data", "vcpus"),
        ),
    ],
)
def test_quantity_becomes_a_word_where_meters_read_it(
    service: str, event_type: str, path: tuple[str, ...]
) -> None:
    whole = _first(service, event_type)
    value: Any = decode(
        Delivery(break_notification(whole, BrokenKind.VOLUME_NOT_A_NUMBER).wire)
    ).payload
    for key in path:
        value = value[key]
    assert value == "plenty"


def test_notification_without_a_quantity_cannot_lose_one() -> None:
    with pytest.raises(ValueError, match="carries no quantity"):
        break_notification(
            _first("ironic_versioned", QUANTITY_FREE), BrokenKind.VOLUME_NOT_A_NUMBER
        )


@pytest.mark.parametrize("kind", list(BrokenKind))
def test_original_stays_as_it_was(notification: GeneratedNotification, kind: BrokenKind) -> None:
    before = copy.deepcopy(notification.body)
    break_notification(notification, kind)
    assert notification.body == before
