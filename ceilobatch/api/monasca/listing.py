# SPDX-License-Identifier: Apache-2.0
"""Lists of series, of names of metrics, and of keys and values of dimensions."""

from collections.abc import Iterable

import falcon

from ceilobatch.api.access import require
from ceilobatch.api.history import History, Label
from ceilobatch.api.monasca.dimensions import matching
from ceilobatch.api.monasca.links import answer
from ceilobatch.api.monasca.query import Query
from ceilobatch.api.monasca.refusals import unprocessable


class Metrics:
    """``/v2.0/metrics``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List series; the id of one is its place."""
        require(req, "figures:read")
        query = Query(req)
        name, wanted = query.name(), matching(query.dimensions())
        first, span, limit = _place(query.first("offset")), query.span(), query.limit()
        found = self._history.labels(name, wanted, *span)[first:]
        elements = [
            {"id": str(first + place), "name": one.name, "dimensions": one.dimensions}
            for place, one in enumerate(found[:limit])
        ]
        answer(req, resp, elements, str(first + limit - 1) if len(found) > limit else None)


class Names:
    """``/v2.0/metrics/names``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the names of metrics that have series with these dimensions."""
        require(req, "figures:read")
        query = Query(req)
        labels = self._history.labels(wanted=matching(query.dimensions()))
        _answer(req, resp, query, "name", (label.name for label in labels))


class DimensionNames:
    """``/v2.0/metrics/dimensions/names``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the keys of dimensions of a metric, or of all."""
        require(req, "figures:read")
        query = Query(req)
        keys = (key for label in _labels(self._history, query) for key in label.dimensions)
        _answer(req, resp, query, "dimension_name", keys)


class DimensionValues:
    """``/v2.0/metrics/dimensions/names/values``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the values that a dimension has, of a metric or of all."""
        require(req, "figures:read")
        query = Query(req)
        key = query.required("dimension_name", "dimension_name")
        labels = _labels(self._history, query)
        values = (label.dimensions[key] for label in labels if key in label.dimensions)
        _answer(req, resp, query, "dimension_value", values)


def _labels(history: History, query: Query) -> list[Label]:
    name, span = query.first("metric_name"), query.span()
    return history.labels(name, start=span.start, end=span.end)


def _place(text: str | None) -> int:
    """Of the first element of a page, from the place of the last one of the page before."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise unprocessable(f"Invalid offset: {text}")
    return int(text[:9]) + 1


def _answer(
    req: falcon.Request, resp: falcon.Response, query: Query, key: str, texts: Iterable[str]
) -> None:
    """With each text once, in order, from after the offset."""
    offset, limit = query.first("offset") or "", query.limit()
    left = sorted(text for text in set(texts) if text > offset)
    elements = [{key: text} for text in left[:limit]]
    answer(req, resp, elements, left[limit - 1] if len(left) > limit else None)
