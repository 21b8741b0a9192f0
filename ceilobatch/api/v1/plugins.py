# SPDX-License-Identifier: Apache-2.0
"""``/v1/plugins``: what is installed, and whether it loads."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import falcon

from ceilobatch import errors
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters, segment
from ceilobatch.api.v1.paging import cut, offset, page, paged
from ceilobatch.plugins import loader
from ceilobatch.plugins.loader import Description

PARAMETERS = {
    "namespace": Given(reading.name, many=True),
    **paged(offset),
}


def add_routes(app: App, _context: Context) -> None:
    """Answer what begins with ``/v1/plugins``."""
    app.add_route("/v1/plugins", Plugins())
    app.add_route("/v1/plugins/{namespace}/{name}", Plugin())


class Plugins:
    """All installed plugins."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of them, each tried to import."""
        require(req, "plugins:read")
        asked = parameters(req, PARAMETERS)
        wanted = [*map(loader.namespace_of, asked["namespace"])] or loader.LISTED
        found = [_fields(one) for one in _described(dict.fromkeys(wanted))]
        send(resp, page(req, *cut(found, asked)))


class Plugin:
    """One plugin."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        """What is known of it without constructing it."""
        require(req, "plugins:read")
        parameters(req)
        where = loader.namespace_of(segment(path["namespace"], reading.name, "plugin"))
        name = segment(path["name"], reading.name, "plugin")
        for one in _described([where]):
            if one.name == name:
                send(resp, _fields(one))
                return
        raise errors.Unknown(f"there is no plugin {name!r} in {where}")


def _described(namespaces: Iterable[str]) -> Iterable[Description]:
    return (one for where in namespaces for one in loader.describe(where))


def _fields(one: Description) -> dict[str, Any]:
    fields = dataclasses.asdict(one)
    error = fields.pop("error")
    return {**fields, "status": error or "ok"}
