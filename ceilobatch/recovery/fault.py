# SPDX-License-Identifier: Apache-2.0
"""Fault: the place that keeps a message from being decoded."""

import json
import re
from typing import Any, NamedTuple

from ceilobatch import errors
from ceilobatch.message import ENVELOPE_MESSAGE, ENVELOPE_VERSION, Delivery, decode
from ceilobatch.recovery import excerpt
from ceilobatch.recovery.masking import masked_in_place

_KEY = re.compile(r"(?:there is no|the) (payload|message_id|event_type|timestamp)\b")
BODY = "body"


class Fault(NamedTuple):
    """Where and why.

    :ivar reason: one sentence, as the agent says it.
    :ivar part: ``body`` or ``oslo.message``, whichever the position is counted in.
    :ivar byte: from 0, where it is not UTF-8.
    :ivar position: in characters from 0, where it is not JSON; with line and column from 1.
    :ivar path: in dots, where it is JSON; empty for the message as a whole.
    :ivar excerpt: what stands around, with a caret; empty where there is a path.
    """

    reason: str
    part: str = BODY
    byte: int | None = None
    position: int | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    excerpt: str = ""


def find(body: bytes, secrets: bool = False) -> Fault | None:
    """The fault of a message, or None where it can be decoded.

    :param secrets: leave them readable in the excerpt.
    """
    try:
        decode(Delivery(body))
    except errors.Malformed as error:
        return _located(body, str(error), secrets)
    return None


def _located(body: bytes, reason: str, secrets: bool) -> Fault:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        shown = excerpt.of_bytes(body if secrets else masked_in_place(body), error.start)
        return Fault(reason, byte=error.start, excerpt=shown)
    outer, fault = _parsed(text, reason, BODY, secrets)
    if fault is not None:
        return fault
    inner = outer.get(ENVELOPE_MESSAGE) if isinstance(outer, dict) else None
    if isinstance(inner, str) and ENVELOPE_VERSION not in _path(reason):
        _, fault = _parsed(inner, reason, ENVELOPE_MESSAGE, secrets)
        if fault is not None:
            return fault
    prefix = f"{ENVELOPE_MESSAGE}." if isinstance(inner, str) else ""
    path = _path(reason)
    return Fault(reason, path=path if path.startswith("oslo.") or not path else prefix + path)


def _parsed(text: str, reason: str, part: str, secrets: bool) -> tuple[Any, Fault | None]:
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return None, _not_json(text, error, reason, part, secrets)
    except (ValueError, RecursionError):  # a number too long to be one, or nested too deeply
        return None, Fault(reason, part, path="")


def _not_json(
    text: str, error: json.JSONDecodeError, reason: str, part: str, secrets: bool
) -> Fault:
    encoded = text.encode(errors="surrogatepass")
    shown = text if secrets else masked_in_place(encoded).decode(errors="surrogatepass")
    # Asterisks count bytes: a secret that is no ASCII would move what follows.
    position = error.pos if len(shown) == len(text) else min(error.pos, len(shown))
    return Fault(
        reason,
        part,
        position=error.pos,
        line=error.lineno,
        column=error.colno,
        excerpt=excerpt.of_text(shown, position),
    )


def _path(reason: str) -> str:
    if reason.startswith("the envelope has"):
        return ENVELOPE_VERSION
    if reason.startswith(ENVELOPE_MESSAGE):
        return ENVELOPE_MESSAGE
    found = _KEY.search(reason)
    return found[1] if found else ""
