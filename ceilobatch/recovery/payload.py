# SPDX-License-Identifier: Apache-2.0
"""Makes the bytes of a message readable for a person."""

import base64
import json
from typing import Any, Literal

from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.recovery.masking import masked, masked_in_place

Format = Literal["json", "text", "base64"]


def readable(body: bytes, secrets: bool = False) -> tuple[Format, Any]:
    """What kind of message it is, and the message: an object with the envelope opened, text where
    it is not JSON, base64 where it is not even UTF-8.

    :param secrets: leave the values as they are that look like secrets.
    """
    shown = body if secrets else masked_in_place(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(shown).decode()
    try:
        message = _opened(json.loads(text), secrets)
    except (ValueError, RecursionError):
        return "text", shown.decode()
    return "json", message


def _opened(message: Any, secrets: bool) -> Any:
    inside = message.get(ENVELOPE_MESSAGE) if isinstance(message, dict) else None
    if isinstance(inside, str):
        message = {**message, ENVELOPE_MESSAGE: _inside(inside, secrets)}
    return message if secrets else masked(message)


def _inside(text: str, secrets: bool) -> Any:
    """What stands in the envelope; the text that it is where it is broken."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        encoded = text.encode(errors="surrogatepass")
        shown = encoded if secrets else masked_in_place(encoded)
        return shown.decode(errors="surrogatepass")
