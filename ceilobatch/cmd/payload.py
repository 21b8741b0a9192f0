# SPDX-License-Identifier: Apache-2.0
"""Makes the bytes of a message readable for a person."""

import base64
import json
from typing import Any, Literal

from ceilobatch.cmd.base import Structure
from ceilobatch.message import ENVELOPE_MESSAGE

Format = Literal["json", "text", "base64"]


def readable(body: bytes) -> tuple[Format, Any]:
    """What kind of message it is, and the message: an object with the envelope opened, text where
    it is not JSON, base64 where it is not even UTF-8.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(body).decode()
    try:
        return "json", _opened(json.loads(text))
    except (ValueError, RecursionError):
        return "text", text


def _opened(message: Any) -> Any:
    if not isinstance(message, dict):
        return message
    inside = message.get(ENVELOPE_MESSAGE)
    if isinstance(inside, str):
        try:
            message = {**message, ENVELOPE_MESSAGE: json.loads(inside)}
        except (ValueError, RecursionError):
            return Structure(message)  # a broken inside is shown as the text that it is
    return Structure(message)
