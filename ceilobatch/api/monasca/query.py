# SPDX-License-Identifier: Apache-2.0
"""Query: the parameters of a request."""

from typing import NamedTuple

import falcon

from ceilobatch.api.monasca import dimensions, refusals, rules, times
from ceilobatch.api.monasca.refusals import unprocessable

MOST = 10_000
STATISTICS = frozenset({"avg", "min", "max", "count", "sum"})
PERIOD = 300


class Span(NamedTuple):
    """From the first millisecond to before the last; None is no bound."""

    start: int | None
    end: int | None


class Query:
    """What was asked for; each method raises ``falcon.HTTPError`` where it is not to be had."""

    def __init__(self, req: falcon.Request) -> None:
        given = falcon.uri.parse_query_string(req.query_string)
        self._given = {
            key: [text] if isinstance(text, str) else text for key, text in given.items()
        }
        self._limit = req.get_param("limit")

    def first(self, key: str) -> str | None:
        """The first of this key."""
        return self._given.get(key, [None])[0]

    def required(self, key: str, described: str) -> str:
        """The first of a key that must be there."""
        found = self.first(key)
        if found is None:
            raise unprocessable(f"Missing {described}")
        return found

    def name(self) -> str | None:
        """Of a metric."""
        names = self._given.get("name", [])
        if len(names) > 1:
            raise unprocessable(f"invalid metric name type: {names} is not a string type ")
        for name in names:
            rules.check_name(name)
        return names[0] if names else None

    def required_name(self) -> str:
        """Of a metric."""
        self.required("name", "name")
        return self.name() or ""

    def dimensions(self) -> dict[str, str]:
        """By key; see :func:`ceilobatch.api.monasca.dimensions.parse`."""
        return dimensions.parse(self._given.get("dimensions", []))

    def span(self, *, required: bool = False) -> Span:
        """Of time; ``required`` is its start."""
        start, end = self.first("start_time"), self.first("end_time")
        if start is None and required:
            raise unprocessable("Missing start time")
        begun = None if start is None else times.first_from(start)
        ended = None if end is None else times.first_from(end)
        if begun is not None and ended is not None and begun >= ended:
            raise refusals.wrong_order()
        return Span(begun, ended)

    def limit(self) -> int:
        """How many elements, or rows, make a page."""
        if self._limit is None:
            return MOST
        if not (self._limit.isascii() and self._limit.isdigit() and self._limit.strip("0")):
            raise refusals.bad_limit()
        return min(int(self._limit[:9]), MOST)

    def merged(self) -> bool:
        """Whether all series are to be told as one."""
        return (self.first("merge_metrics") or "").lower() == "true"

    def group_by(self) -> list[str]:
        """Keys of dimensions, or ``*`` for all."""
        given = ",".join(self._given.get("group_by", []))
        return [key for text in given.split(",") if (key := text.strip())]

    def statistics(self) -> list[str]:
        """What of the values is to be told, in the order asked for."""
        self.required("statistics", "statistics")
        asked = ",".join(self._given["statistics"]).lower().split(",")
        if not STATISTICS.issuperset(asked):
            raise unprocessable("Invalid statistic")
        return asked

    def period(self) -> int:
        """Seconds; 0 stands for the whole time."""
        text = self.first("period")
        try:
            period = PERIOD if text is None else int(text)
        except ValueError:
            raise unprocessable("Period must be a valid integer") from None
        if period < 0:
            raise unprocessable("Period must be a positive integer")
        return period
