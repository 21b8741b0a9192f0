# SPDX-License-Identifier: Apache-2.0
"""A letter as a notification: what travels from an agent to the collector."""

import dataclasses
import datetime
import json
import uuid
from collections.abc import Iterator
from typing import Any

from ceilobatch import errors
from ceilobatch.letter import Letter
from ceilobatch.message import ENVELOPE_MESSAGE, ENVELOPE_VERSION, Notification
from ceilobatch.plugins.recovery import line

EVENT_TYPE = "ceilobatch.letter"
PRIORITY = "error"
_NO_TEXTS = ("body", "stage", "recorded", "headers")


def wrap(letter: Letter) -> tuple[str, bytes]:
    """The message id and the bytes of a notification that carries a letter.

    The id begins with the letter's and goes on with one of this occasion, because the same letter
    may be published again, and a message that the broker delivers again must be told from that.
    """
    message_id = f"{letter.id}-{uuid.uuid4().hex}"
    body: dict[str, Any] = {
        "message_id": message_id,
        "publisher_id": f"ceilobatch.{letter.host}",
        "event_type": EVENT_TYPE,
        "priority": PRIORITY.upper(),
        "payload": line.letter_record(letter),
        "timestamp": datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(" "),
        "_unique_id": uuid.uuid4().hex,
    }
    envelope = {ENVELOPE_VERSION: "2.0", ENVELOPE_MESSAGE: json.dumps(body)}
    return message_id, json.dumps(envelope).encode()


def unwrap(notification: Notification) -> Letter:
    """The letter that a notification carries.

    :raises Malformed: it carries none; in one sentence.
    """
    if notification.event_type != EVENT_TYPE:
        raise errors.Malformed(f"the event type is {notification.event_type!r}: this is no letter")
    record = notification.payload
    if not isinstance(record, dict):
        raise errors.Malformed("the payload is a text: this is no letter")
    try:
        letter = line.letter_of(record)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise errors.Malformed(f"the payload does not hold a letter: {error!r}") from None
    if letter.id != record.get("id"):
        raise errors.Malformed("the letter was changed on its way: its id does not match its body")
    if letter.recorded.tzinfo is None or not all(map(_is_text, _texts(letter))):
        raise errors.Malformed("the payload does not hold a letter: a value is of another type")
    return letter


def _texts(letter: Letter) -> Iterator[Any]:
    for field in dataclasses.fields(letter):
        value = getattr(letter, field.name)
        if field.name not in _NO_TEXTS and not (value is None and field.default is None):
            yield value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
