# SPDX-License-Identifier: Apache-2.0
"""Answers that the pipeline gives itself, before a request reaches the application."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson

Environ = dict[str, Any]
Start = Callable[..., Any]
WSGI = Callable[[Environ, Start], Iterable[bytes]]

JSON = "application/json"
# What all answers have, whoever gives them.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def body(status: int, sentence: str) -> bytes:
    """The JSON of an error."""
    return orjson.dumps({"title": HTTPStatus(status).phrase, "description": sentence})


def refuse(
    environ: Environ, start: Start, status: int, sentence: str, headers: Mapping[str, str]
) -> Iterable[bytes]:
    """Answer with an error, as WSGI asks for it.

    :param headers: those that this answer has besides the usual ones.
    """
    content = body(status, sentence)
    fields = {**HEADERS, **headers, "Content-Type": JSON, "Content-Length": str(len(content))}
    start(f"{status} {HTTPStatus(status).phrase}", list(fields.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]
