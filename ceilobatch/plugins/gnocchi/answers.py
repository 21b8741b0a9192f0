# SPDX-License-Identifier: Apache-2.0
"""Answers of Gnocchi: what it gives, what it does not have, and what it refuses."""

import html
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import requests

from ceilobatch import errors

# What a 404 says where a type or a metric has no resource (yet): there is nothing to be had.
_NOTHING = re.compile(r"(Metric|Resource type) .*does not exist")
# What one says where a metric is there and can never answer.
_NEVER = "Metrics with unknown aggregation"


class Answer:
    """An answer that says something of the request.

    :ivar nothing: there are no such resources, or there is no such resource type.
    :ivar more: it is one page of several.
    """

    def __init__(self, response: requests.Response, *, nothing: bool) -> None:
        self._response = response
        self.nothing = nothing
        self.more = "next" in response.links

    def content(self) -> Any:
        """The decoded answer, None for an empty one.

        :raises Unavailable: it is not Gnocchi's, or there is no such thing.
        """
        if self.nothing:
            raise errors.Unavailable(f"Gnocchi: {reason_of(self._response)}")
        if not self._response.content:
            return None
        try:
            return orjson.loads(self._response.content)
        except orjson.JSONDecodeError:
            raise errors.Unavailable(
                f"{self._response.url} answered something that is not JSON"
            ) from None


def understood(response: requests.Response) -> Answer:
    """What an answer means.

    :raises Rejected: the request can never be answered, with Gnocchi's reason.
    :raises Unavailable: it could be another time, or this is not Gnocchi.
    """
    status = response.status_code
    if response.ok:
        return Answer(response, nothing=False)
    description = reason_of(response)
    if status == HTTPStatus.NOT_FOUND and _NOTHING.match(description):
        return Answer(response, nothing=True)
    if status == HTTPStatus.BAD_REQUEST or _NEVER in description:
        raise errors.Rejected(f"Gnocchi says: {description}")
    # Who is refused for lack of rights may be granted them: the data are still there then.
    raise errors.Unavailable(f"Gnocchi answered {status} {response.reason}: {description}")


def reason_of(response: requests.Response) -> str:
    """The reason in one line, from JSON or from the page that stands for it."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        text = html.unescape(re.sub(r"<[^>]*>", " ", response.text))
        return " ".join(text.split())[:300]
    description = body.get("description") if isinstance(body, Mapping) else body
    if isinstance(description, Mapping):
        parts = (description.get(key) for key in ("cause", "reason", "detail"))
        return ": ".join(str(part) for part in parts if part)
    return str(description or body)
