# SPDX-License-Identifier: Apache-2.0
"""Writes answers: JSON that every client can read, whatever strange messages hold."""

import json
import math
from typing import Any

import falcon


def send(resp: falcon.Response, document: Any) -> None:
    """Answer with a document of mappings, lists, texts, numbers, booleans and None.

    What JSON has no number for is written as text, half of a surrogate pair escaped.
    """
    resp.content_type = falcon.MEDIA_JSON
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(document), allow_nan=False)
    resp.data = text.encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
