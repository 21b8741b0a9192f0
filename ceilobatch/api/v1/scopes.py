# SPDX-License-Identifier: Apache-2.0
"""``/v1/scopes``: how far the processor has come, and what persons may ask of it."""

import abc
from collections.abc import Mapping
from typing import Any

import falcon
from oslo_config import cfg

from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import asked, reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, refuse, segment
from ceilobatch.api.v1.paging import page, paged
from ceilobatch.api.v1.person import who
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.processor import wishes
from ceilobatch.processor.assembly import build_calendar
from ceilobatch.processor.wishes import describe, fits, opened, state_fields, those

_LARGEST_LAG = 1_000_000_000
PARAMETERS = {
    "scope": Given(reading.pattern, many=True),
    "active": Given(reading.boolean),
    "paused": Given(reading.boolean),
    "failing": Given(reading.boolean),
    "lag": Given(reading.whole(0, _LARGEST_LAG), 0),
    "worker": Given(reading.pattern),
    **paged(reading.name),
}
_TO = Given(reading.moment, required=True)


def add_routes(app: App, context: Context) -> None:
    """Answer what begins with ``/v1/scopes``."""
    app.add_route("/v1/scopes", Scopes(context.conf))
    app.add_route("/v1/scopes/{scope_id}", Scope(context.conf))
    for wish, made in WISHES.items():
        app.add_route(f"/v1/scopes/{{scope_id}}/{wish}", made(context.conf))


class Scopes:
    """All scopes."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of them, by id."""
        require(req, "scopes:read")
        wanted = asked.parameters(req, PARAMETERS)
        calendar = build_calendar(self._conf)
        with opened(self._conf) as storage:
            rows = [state_fields(state, calendar) for state in storage.states()]
        found = [row for row in rows if _is_wanted(row, wanted)]
        shown = found[: wanted["limit"]]
        send(resp, page(req, shown, shown[-1]["scope"] if len(found) > len(shown) else None))


class Scope:
    """One scope."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_get(self, req: falcon.Request, resp: falcon.Response, scope_id: str) -> None:
        """All that is known of it, its reprocessings under way too."""
        require(req, "scopes:read")
        asked.parameters(req)
        wanted = segment(scope_id, reading.name, "scope")
        with opened(self._conf) as storage:
            send(resp, describe(storage, wanted, build_calendar(self._conf)))


class Wish(abc.ABC):
    """Something that a person asks of one scope."""

    fields: Mapping[str, Given] = {}

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def on_post(self, req: falcon.Request, resp: falcon.Response, scope_id: str) -> None:
        """Do it, and tell what it came to."""
        require(req, "scopes:change")
        asked.parameters(req)
        given = asked.fields(asked.body(req), self.fields)
        wanted = segment(scope_id, reading.name, "scope")
        with opened(self._conf) as storage:
            send(resp, self.grant(storage, wanted, given, who(req, self._conf)))

    @abc.abstractmethod
    def grant(
        self, storage: SqlUsage, scope: str, given: dict[str, Any], person: str
    ) -> dict[str, Any]:
        """What is answered.

        :raises Refused: it cannot be done.
        """


class Pause(Wish):
    """Let it be."""

    paused = True

    def grant(
        self, storage: SqlUsage, scope: str, given: dict[str, Any], person: str
    ) -> dict[str, Any]:
        """It is paused, or goes on."""
        those(storage, [scope])
        storage.pause([scope], paused=self.paused)
        (state,) = those(storage, [scope])
        last = state.last_processed.isoformat()
        return {"scope": state.scope, "last_processed": last, "paused": state.paused}


class Resume(Pause):
    """Let it go on."""

    paused = False


class Reset(Wish):
    """Forget what was stored after a time."""

    fields = {"to": _TO}

    def grant(
        self, storage: SqlUsage, scope: str, given: dict[str, Any], person: str
    ) -> dict[str, Any]:
        """It goes on from the begin of the period of that time."""
        (state,) = those(storage, [scope])
        to = _bounded("to", build_calendar(self._conf).floor, given["to"])
        return wishes.reset(storage, state, to)


class Reprocess(Wish):
    """Have a past span once more."""

    fields = {"from": _TO, "to": _TO}

    def grant(
        self, storage: SqlUsage, scope: str, given: dict[str, Any], person: str
    ) -> dict[str, Any]:
        """It is ordered, widened to whole periods."""
        states = those(storage, [scope])
        if given["from"] >= given["to"]:
            refuse("from", "it is not before to")
        calendar = build_calendar(self._conf)
        begin = _bounded("from", calendar.floor, given["from"])
        end = _bounded("to", calendar.ceiling, given["to"])
        (ordered,) = wishes.order(storage, states, (begin, end), person)
        return wishes.order_fields(ordered)


WISHES: Mapping[str, type[Wish]] = {
    "pause": Pause,
    "resume": Resume,
    "reset": Reset,
    "reprocess": Reprocess,
}


def _is_wanted(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    is_so = {"active": row["active"], "paused": row["paused"], "failing": bool(row["error"])}
    return (
        fits(row["scope"], wanted["scope"])
        and all(wanted[name] in (None, value) for name, value in is_so.items())
        and row["lag"] >= wanted["lag"]
        and (wanted["worker"] is None or fits(row["worker"], [wanted["worker"]]))
        and (wanted["marker"] is None or row["scope"] > wanted["marker"])
    )


def _bounded(key: str, rounded: Any, moment: Any) -> Any:
    """Rounded to a period, which the first and last ones there are cannot be."""
    try:
        return rounded(moment)
    except OverflowError:
        refuse(key, "there is no period of that time")
