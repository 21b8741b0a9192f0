# SPDX-License-Identifier: Apache-2.0
"""``GET /admin/metrics``: all figures as a DropWizard service shows its own."""

import time

import falcon
import orjson

from ceilobatch.api import access, dropwizard_analogues
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.dropwizard_page import Page
from ceilobatch.api.presence import presence
from ceilobatch.telemetry.levels import series
from ceilobatch.telemetry.snapshot import Snapshot


def add_routes(app: App, context: Context) -> None:
    """Answer ``GET /admin/metrics``."""
    app.add_route("/admin/metrics", AdminMetrics(context))


class AdminMetrics:
    """Every request reads the board anew; averages are kept all the time."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All figures, for people to read with ``pretty=true``."""
        access.require(req, "figures:read")
        context = self._context
        context.rates.start()
        known = self._known()
        page = Page(known, context.rates.now())
        found = series(known)
        page.add([*found, *context.letters.series()])
        dropwizard_analogues.add(page, found)
        option = orjson.OPT_INDENT_2 if req.get_param("pretty") == "true" else 0
        resp.data = orjson.dumps(page.plain(), option=option)
        resp.content_type = falcon.MEDIA_JSON

    def _known(self) -> list[Snapshot]:
        now, patience = time.time(), self._context.conf.api.stale_after
        found = self._context.board.read()
        return [one for one in found if presence(one, now, patience).counts]
