# SPDX-License-Identifier: Apache-2.0
"""What there is: links to everything that can be asked for without knowing more."""

import functools

import falcon
from falcon import inspect

from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context


def add_routes(app: App, _context: Context) -> None:
    """Answer ``GET /``."""
    app.add_route("/", Index(app))


class Index:
    """All routes that there are."""

    def __init__(self, app: App) -> None:
        self._app = app

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Their paths, each with the methods it knows."""
        require(req, "figures:read")
        resp.media = {"links": self._links}

    @functools.cached_property
    def _links(self) -> list[dict[str, object]]:
        # Looked up once, at the first request: by then all routes are there, and it takes long.
        routes = sorted(inspect.inspect_routes(self._app), key=lambda route: route.path)
        return [{"href": route.path, "methods": _methods(route)} for route in routes]


def _methods(route: inspect.RouteInfo) -> list[str]:
    return sorted(method.method for method in route.methods if not method.internal)
