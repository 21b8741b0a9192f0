# SPDX-License-Identifier: Apache-2.0
"""break_notification: the ways in which messages on a bus go wrong, made on purpose."""

import copy
import enum
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from ceilobatch.testing.notifications.record import GeneratedNotification, Payload, envelope

QUANTITIES = (
    *("vcpus", "memory_mb", "root_gb", "size", "volume_size"),
    *("bytes", "bytes_sent", "total", "free"),
)


class BrokenKind(enum.Enum):
    """What is wrong with a message.

    All but the last two make it malformed. ``NUL_IN_TEXT`` is for storage to refuse.
    ``VOLUME_NOT_A_NUMBER`` is noticed where a meter definition wants that quantity: the shipped
    ones do of a ``compute.instance.exists`` or a ``volume.exists``.
    """

    EMPTY = "the body is empty"
    GARBAGE = "the body is bytes that are no text"
    CUT = "the envelope ends in the middle"
    NOT_JSON = "the text inside the envelope is not JSON"
    UNKNOWN_ENVELOPE = "the envelope has a version of the future"
    NO_MESSAGE_ID = "there is no message_id"
    NO_EVENT_TYPE = "there is no event_type"
    NO_PAYLOAD = "there is no payload"
    PAYLOAD_LIST = "the payload is a list"
    BAD_TIMESTAMP = "the timestamp is no time"
    NO_TIMESTAMP = "there is no timestamp"
    NUL_IN_TEXT = "the request id, a trait of every event, holds a NUL"
    VOLUME_NOT_A_NUMBER = "a quantity that meters read is a word"


class Broken(NamedTuple):
    """A broken message.

    :ivar wire: what lies on the bus.
    :ivar body: the same decoded, for transports that hand out decoded messages; None for kinds
        that nobody can decode.
    """

    wire: bytes
    body: Payload | None


def break_notification(notification: GeneratedNotification, kind: BrokenKind) -> Broken:
    """Break one notification; the original stays as it is.

    :raises ValueError: ``VOLUME_NOT_A_NUMBER`` for a notification that carries no quantity.
    """
    if kind in _WIRE:
        return Broken(_WIRE[kind](notification), None)
    body = copy.deepcopy(notification.body)
    _BODY[kind](body)
    return Broken(envelope(orjson.dumps(body).decode()), body)


def _no(key: str) -> Callable[[Payload], None]:
    def remove(body: Payload) -> None:
        del body[key]

    return remove


def _set(key: str, value: Any) -> Callable[[Payload], None]:
    def assign(body: Payload) -> None:
        body[key] = value

    return assign


def _list_payload(body: Payload) -> None:
    body["payload"] = [body["payload"]]


def _word_as_volume(body: Payload) -> None:
    holder = _holder_of_quantities(body["payload"])
    if holder is None:
        raise ValueError(f"a {body['event_type']} carries no quantity that could be broken")
    for key in QUANTITIES:
        if key in holder:
            holder[key] = "plenty"


def _holder_of_quantities(value: Any) -> Payload | None:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return None
    if any(isinstance(value.get(key), int) for key in QUANTITIES):
        return value
    found = (_holder_of_quantities(inner) for inner in value.values())
    return next((holder for holder in found if holder is not None), None)


_WIRE: Mapping[BrokenKind, Callable[[GeneratedNotification], bytes]] = {
    BrokenKind.EMPTY: lambda _: b"",
    BrokenKind.GARBAGE: lambda _: b"\x00\xff\xfe\x80 not a message",
    BrokenKind.CUT: lambda whole: whole.envelope()[:-40],
    BrokenKind.NOT_JSON: lambda whole: envelope(str(whole.body["event_type"])),
    BrokenKind.UNKNOWN_ENVELOPE: lambda whole: envelope(orjson.dumps(whole.body).decode(), "9.0"),
}

_BODY: Mapping[BrokenKind, Callable[[Payload], None]] = {
    BrokenKind.NO_MESSAGE_ID: _no("message_id"),
    BrokenKind.NO_EVENT_TYPE: _no("event_type"),
    BrokenKind.NO_PAYLOAD: _no("payload"),
    BrokenKind.PAYLOAD_LIST: _list_payload,
    BrokenKind.BAD_TIMESTAMP: _set("timestamp", "yesterday, about noon"),
    BrokenKind.NO_TIMESTAMP: _no("timestamp"),
    BrokenKind.NUL_IN_TEXT: _set("_context_request_id", "req-with-\x00-inside"),
    BrokenKind.VOLUME_NOT_A_NUMBER: _word_as_volume,
}
