# SPDX-License-Identifier: Apache-2.0
"""Pages: a list of elements with links to this page and the next."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import falcon

from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.asked import Given

LIMIT = 100
MOST = 1000
_LONGEST = 4000


def paged(place: Callable[[Any], Any]) -> dict[str, Given]:
    """The parameters of everything that comes in pages.

    :param place: checks, and makes of a marker's JSON, what the resource goes on from; raises
        ValueError, TypeError or LookupError.
    """

    def read(value: Any) -> Any:
        try:
            return place(_decoded(reading.text(value, _LONGEST)))
        except (ValueError, TypeError, LookupError):
            raise ValueError("it is not the marker of a link") from None

    return {"limit": Given(reading.whole(1, MOST), LIMIT), "marker": Given(read)}


def offset(value: Any) -> int:
    """The place of lists that are short enough to be counted through."""
    return reading.whole(0, 1_000_000_000)(value)


def page(req: falcon.Request, elements: Sequence[Any], following: Any) -> dict[str, Any]:
    """The document of a page.

    :param following: what the next page goes on from, as JSON; None for the last page.
    """
    links = [{"rel": "self", "href": req.relative_uri}]
    if following is not None:
        links.append({"rel": "next", "href": _href(req, _encoded(following))})
    return {"links": links, "elements": list(elements)}


def cut(elements: Sequence[Any], asked: dict[str, Any]) -> tuple[Sequence[Any], int | None]:
    """The page of a list that is there as a whole, and the offset of the next."""
    start = asked["marker"] or 0
    end = start + asked["limit"]
    return elements[start:end], end if end < len(elements) else None


def _href(req: falcon.Request, marker: str) -> str:
    return f"{req.relative_uri.partition('?')[0]}?{_query(req, marker)}"


def _query(req: falcon.Request, marker: str) -> str:
    return urlencode({**req.params, "marker": marker}, doseq=True)


def _encoded(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _decoded(marker: str) -> Any:
    try:
        raw = base64.urlsafe_b64decode(marker.encode("ascii") + b"=" * (-len(marker) % 4))
        return json.loads(raw)
    except (binascii.Error, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
