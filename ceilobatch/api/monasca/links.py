# SPDX-License-Identifier: Apache-2.0
"""Links: the frame of every answer: its elements, where it came from, and where it goes on."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote_plus

import falcon
import orjson


def answer(
    req: falcon.Request, resp: falcon.Response, elements: Sequence[Any], following: str | None
) -> None:
    """Answer with elements.

    :param following: the offset of the next page; None where this is the last.
    """
    own = [part.partition("=")[::2] for part in req.query_string.split("&") if part]
    links = [{"rel": "self", "href": _link(req, own)}]
    if following is not None:
        others = [pair for pair in own if pair[0].lower() != "offset"]
        links.append({"rel": "next", "href": _link(req, [("offset", following), *others])})
    resp.data = orjson.dumps({"links": links, "elements": elements})
    resp.content_type = falcon.MEDIA_JSON


def _link(req: falcon.Request, parameters: Iterable[tuple[str, str]]) -> str:
    base = req.uri.partition("?")[0]
    written = "&".join("=".join(map(_encoded, pair)) for pair in parameters)
    return f"{base}?{written}" if written else base


def _encoded(text: str) -> str:
    """Encoded once, however it came."""
    return quote(unquote_plus(text), safe="")
