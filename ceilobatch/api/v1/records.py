# SPDX-License-Identifier: Apache-2.0
"""``/v1/events`` and ``/v1/samples``: what the SQL storage holds, newest first."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast, get_args

import falcon
from oslo_config import cfg

from ceilobatch import errors, isotime
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters, segment
from ceilobatch.api.v1.paging import page, paged
from ceilobatch.model import SampleType
from ceilobatch.plugins.storage import sql_conditions, sql_query
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.recovery.masking import masked

# Records that a request looks at where the database cannot answer all conditions itself.
LOOKED_AT = 10_000
_MOST_TRAITS = 20
_COMMON = {
    "since": Given(reading.moment),
    "until": Given(reading.moment),
    "project": Given(reading.name),
    "resource": Given(reading.name),
}


def _event_place(value: Any) -> tuple[Any, ...]:
    moment, message_id = value
    return isotime.utc(moment), reading.text(message_id)


def _sample_place(value: Any) -> tuple[Any, ...]:
    moment, message_id, name, position = value
    place = reading.text(message_id), reading.text(name), reading.whole(0, 1 << 31)(position)
    return isotime.utc(moment), *place


EVENTS = {
    "type": Given(reading.pattern),
    "trait": Given(lambda value: sql_conditions.condition(reading.name(value)), many=True),
    **_COMMON,
    **paged(_event_place),
}
SAMPLES = {
    "meter": Given(reading.pattern),
    "type": Given(reading.choice(*get_args(SampleType))),
    **_COMMON,
    **paged(_sample_place),
}


def add_routes(app: App, context: Context) -> None:
    """Answer the three."""
    app.add_route("/v1/events", Events(context.conf))
    app.add_route("/v1/events/{message_id}", Event(context.conf))
    app.add_route("/v1/samples", Samples(context.conf))


class Events:
    """Stored events."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of them."""
        require(req, "events:read")
        asked = parameters(req, EVENTS)
        if len(asked["trait"]) > _MOST_TRAITS:
            raise falcon.HTTPBadRequest(description=f"trait: more than {_MOST_TRAITS} are given.")
        open_ones = sql_conditions.open_ones(asked["trait"])
        found = sql_query.list_events(
            with_database(self._conf),
            event_type=asked["type"],
            traits=sql_conditions.filters(asked["trait"]),
            limit=LOOKED_AT if open_ones else asked["limit"] + 1,
            after=asked["marker"],
            **_common(asked),
        )
        wanted = _Page(lambda event: sql_conditions.hold(open_ones, event["traits"]), _event_after)
        send(resp, wanted.of(req, asked["limit"], found, looked_at=bool(open_ones)))


class Event:
    """One event."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        """All of it, with the notification where that was stored."""
        require(req, "events:read")
        parameters(req)
        wanted = segment(message_id, reading.name, "event")
        event = sql_query.get_event(with_database(self._conf), wanted)
        if event is None:
            raise errors.Unknown(f"there is no event {wanted!r}")
        send(resp, {**event, "raw": masked(event["raw"])})


class Samples:
    """Stored samples."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of them."""
        require(req, "samples:read")
        asked = parameters(req, SAMPLES)
        kind = asked["type"]
        found = sql_query.list_samples(
            with_database(self._conf),
            name=asked["meter"],
            limit=LOOKED_AT if kind else asked["limit"] + 1,
            after=asked["marker"],
            **_common(asked),
        )
        wanted = _Page(lambda sample: kind in (None, sample["type"]), _sample_after)
        send(resp, wanted.of(req, asked["limit"], found, looked_at=bool(kind)))


class _Page:
    """Makes a page of records.

    :param fits: what the database did not look at.
    :param place: of a record, for a marker.
    """

    def __init__(
        self, fits: Callable[[Any], bool], place: Callable[[Mapping[str, Any]], list[Any]]
    ) -> None:
        self._fits = fits
        self._place = place

    def of(
        self,
        req: falcon.Request,
        limit: int,
        found: Iterator[dict[str, Any]],
        *,
        looked_at: bool,
    ) -> dict[str, Any]:
        """The document; its next page begins behind the last record that was looked at.

        :param looked_at: the records are as many as one request looks at, not one more than wanted.
        """
        elements: list[Any] = []
        seen, last = 0, None
        with contextlib.closing(cast(Any, found)) as records:
            for record in records:
                if len(elements) == limit and last is not None:
                    return page(req, elements, self._place(last))
                seen, last = seen + 1, record
                if self._fits(record):
                    elements.append(_shown(record))
        more = looked_at and seen == LOOKED_AT and last is not None
        return page(req, elements, self._place(last) if more and last else None)


def _common(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in _COMMON}


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """With secrets masked that the whole payload may have brought along."""
    if "metadata" in record:
        return {**record, "metadata": masked(record["metadata"] or {})}
    return record


def _event_after(event: Mapping[str, Any]) -> list[Any]:
    return [event["generated"], event["message_id"]]


def _sample_after(sample: Mapping[str, Any]) -> list[Any]:
    return [sample[name] for name in ("timestamp", "message_id", "name", "position")]
