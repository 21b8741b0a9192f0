# SPDX-License-Identifier: Apache-2.0
"""Pages: asks a Monasca API for the measurements of a name, page after page."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib import parse

from ceilobatch import errors
from ceilobatch.perf.web import Web, address, shown

VERSION = "/v2.0"
MEASUREMENTS = "/metrics/measurements"


class Element(NamedTuple):
    """The measurements of one series that stand on one page: ISO times with values."""

    dimensions: Mapping[str, str]
    measurements: list[tuple[str, float]]


class Pages:
    """The measurements of one API.

    :raises ConfigurationError: it is not an address.
    """

    def __init__(self, url: str, web: Web) -> None:
        base = address(url, VERSION).rstrip("/")
        base = base if base.endswith(VERSION) else base + VERSION
        self._url = base + MEASUREMENTS
        self._web = web

    def elements(
        self, name: str, since: datetime.datetime, where: Mapping[str, str]
    ) -> Iterator[Element]:
        """All series of a name with their measurements since a time, that time included.

        :raises Unavailable: a page cannot be had now.
        :raises ConfigurationError: this is not a Monasca API.
        """
        parameters = {"name": name, "start_time": _written(since), "group_by": "*"}
        if where:
            parameters["dimensions"] = ",".join(f"{key}:{value}" for key, value in where.items())
        asked: list[dict[str, str]] = []
        following: dict[str, str] | None = parameters
        while following is not None:
            asked.append(following)
            page = self._web.json(self._url, following)
            yield from self._elements(page)
            following = self._next(page)
            if following in asked:
                raise errors.Unavailable(f"{shown(self._url)} links the same page again and again")

    def close(self) -> None:
        """Close the connection."""
        self._web.close()

    def _elements(self, page: Mapping[str, Any]) -> Iterator[Element]:
        try:
            for one in page["elements"]:
                columns = list(one["columns"])
                when, value = columns.index("timestamp"), columns.index("value")
                rows = [(str(row[when]), float(row[value])) for row in one["measurements"]]
                yield Element(dict(one["dimensions"]), rows)
        except (KeyError, TypeError, ValueError, IndexError):
            raise errors.ConfigurationError(
                f"{shown(self._url)} does not answer as a Monasca API"
            ) from None

    def _next(self, page: Mapping[str, Any]) -> dict[str, str] | None:
        """What to ask for the page after; None after the last one.

        Of the link only the query is used: an API behind a proxy may not know its own address,
        and a token goes to nobody but whom the user has named.
        """
        links = page.get("links") or []
        href = next((one.get("href") for one in links if one.get("rel") == "next"), None)
        if href is None:
            return None
        return dict(parse.parse_qsl(parse.urlsplit(href).query, keep_blank_values=True))


def _written(when: datetime.datetime) -> str:
    utc = when.astimezone(datetime.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"
