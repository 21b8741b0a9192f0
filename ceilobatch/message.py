# SPDX-License-Identifier: Apache-2.0
"""Delivery, as it came off the bus, and Notification, decoded and checked."""

import datetime
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ceilobatch import errors
from ceilobatch.isotime import utc

CONTEXT_PREFIX = "_context_"
# Where oslo.messaging's Kafka driver puts the whole context instead.
CONTEXT = "_context"
ENVELOPE_VERSION = "oslo.version"
ENVELOPE_MESSAGE = "oslo.message"


class Delivery:
    """One message as the bus delivered it, before anybody has looked inside.

    :ivar body: the exact bytes. A transport that hands out decoded messages only (oslo.messaging's
        stock drivers) sets ``decoded`` too, and the bytes are that mapping encoded again.
    :ivar topic: what it was routed by, such as ``notifications.info``.
    :ivar tag: the transport's own handle for settling.
    """

    __slots__ = ("_body", "decoded", "exchange", "headers", "redelivered", "size", "tag", "topic")

    def __init__(
        self,
        body: bytes | None,
        *,
        decoded: Mapping[str, Any] | None = None,
        exchange: str = "",
        topic: str = "",
        redelivered: bool = False,
        headers: Mapping[str, Any] | None = None,
        tag: Any = None,
        size: int | None = None,
    ) -> None:
        self._body = body
        self.decoded = decoded
        self.exchange = exchange
        self.topic = topic
        self.redelivered = redelivered
        self.headers = headers
        self.tag = tag
        self.size = size if size is not None else len(self.body)

    @property
    def body(self) -> bytes:
        """The bytes for recovery."""
        if self._body is None:
            self._body = json.dumps(self.decoded, default=str).encode()
        return self._body


class Notification(NamedTuple):
    """A notification that has what every notification must have.

    :ivar priority: in lower case; empty where none was sent.
    :ivar timestamp: when it was sent, aware, UTC.
    :ivar body: the mapping that the paths of definition files run on: ``ctxt``,
        ``publisher_id``, ``event_type``, ``payload`` (a mapping, or the bare text that some
        services send with an error) and ``metadata`` with ``message_id`` and ``timestamp`` as
        they were sent.
    """

    message_id: str
    event_type: str
    priority: str
    timestamp: datetime.datetime
    body: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any] | str:
        """What the service had to say."""
        payload: dict[str, Any] | str = self.body["payload"]
        return payload


def decode(delivery: Delivery) -> Notification:
    """Decode and check one delivery.

    Takes the oslo.messaging envelope 2.x, or the bare body as it stands inside.

    :raises Malformed: with the reason in one sentence.
    """
    message = delivery.decoded
    if message is None:
        message = _open_envelope(_parse(delivery.body, "the body"))
    return _check(message)


def names(delivery: Delivery) -> tuple[str | None, str | None]:
    """The message id and event type of what need not be a notification, where it has them."""
    try:
        message = _open_envelope(_parse(delivery.body, "the body"))
    except errors.Malformed:
        return None, None
    message_id, event_type = message.get("message_id"), message.get("event_type")
    return (
        message_id if isinstance(message_id, str) and message_id else None,
        event_type if isinstance(event_type, str) and event_type else None,
    )


def _parse(text: bytes | str, what: str) -> Any:
    if not text:
        raise errors.Malformed(f"{what} is empty")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_leniently(text, what)


def _parse_leniently(text: bytes | str, what: str) -> Any:
    """What orjson refuses but Python's writers send: NaN, long integers, lone surrogates."""
    try:
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise errors.Malformed(f"{what} is not UTF-8: {error}") from None
    except RecursionError:
        raise errors.Malformed(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise errors.Malformed(f"{what} is not JSON: {error}") from None


def _open_envelope(message: Any) -> dict[str, Any]:
    if type(message) is not dict:
        raise errors.Malformed(f"the body is {_kind(message)}, not an object")
    if ENVELOPE_MESSAGE not in message:
        return message
    version = message.get(ENVELOPE_VERSION)
    if str(version).partition(".")[0] != "2":
        raise errors.Malformed(f"the envelope has the unknown version {version!r}")
    inner = message[ENVELOPE_MESSAGE]
    if not isinstance(inner, str):
        raise errors.Malformed(f"{ENVELOPE_MESSAGE} is {_kind(inner)}, not a text")
    inner = _parse(inner, ENVELOPE_MESSAGE)
    if type(inner) is not dict:
        raise errors.Malformed(f"{ENVELOPE_MESSAGE} holds {_kind(inner)}, not an object")
    return inner


def _check(message: Mapping[str, Any]) -> Notification:
    payload = message.get("payload")
    if type(payload) is not dict and type(payload) is not str:
        if "payload" not in message:
            raise errors.Malformed("there is no payload")
        raise errors.Malformed(f"the payload is {_kind(payload)}, not an object")
    message_id = _text(message, "message_id")
    event_type = _text(message, "event_type")
    sent = message.get("timestamp")
    return Notification(
        message_id,
        event_type,
        str(message.get("priority") or "").lower(),
        _timestamp(sent),
        {
            "ctxt": _context(message),
            "publisher_id": message.get("publisher_id"),
            "event_type": event_type,
            "payload": payload,
            "metadata": {"message_id": message_id, "timestamp": sent},
        },
    )


def _context(message: Mapping[str, Any]) -> dict[str, Any]:
    whole = message.get(CONTEXT)
    start = len(CONTEXT_PREFIX)
    parts = {key[start:]: value for key, value in message.items() if key.startswith(CONTEXT_PREFIX)}
    return {**whole, **parts} if type(whole) is dict else parts


def _text(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key)
    if isinstance(value, str) and value:
        return value
    if not value:
        raise errors.Malformed(f"there is no {key}")
    raise errors.Malformed(f"the {key} is {_kind(value)}, not a text")


def _timestamp(value: Any) -> datetime.datetime:
    if not value:
        raise errors.Malformed("there is no timestamp")
    try:
        return utc(value)
    except (TypeError, ValueError, OverflowError):
        raise errors.Malformed(f"the timestamp {value!r} is not an ISO 8601 time") from None


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    type(None): "null",
}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
