# SPDX-License-Identifier: Apache-2.0
"""``GET /metrics``: all figures for Prometheus, as its text or as OpenMetrics."""

from collections.abc import Callable, Mapping

import falcon
from prometheus_client import CollectorRegistry
from prometheus_client import exposition as text
from prometheus_client.openmetrics import exposition as openmetrics

from ceilobatch.api import access
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.prometheus_collector import BoardCollector

Write = Callable[[CollectorRegistry], bytes]

OPENMETRICS = "application/openmetrics-text"
# The first is what is answered where a client does not care.
ACCEPTED = ("text/plain", OPENMETRICS)
FORMATS: Mapping[bool, tuple[Write, str]] = {
    False: (text.generate_latest, text.CONTENT_TYPE_PLAIN_0_0_4),
    True: (openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST),
}


def add_routes(app: App, context: Context) -> None:
    """Answer ``GET /metrics``."""
    app.add_route("/metrics", Metrics(context))


class Metrics:
    """Every scrape reads the board anew."""

    def __init__(self, context: Context) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(
            BoardCollector(context.board.read, context.letters.series, context.conf.api.stale_after)
        )

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All families."""
        access.require(req, "figures:read")
        write, resp.content_type = FORMATS[req.client_prefers(ACCEPTED) == OPENMETRICS]
        resp.data = write(self._registry)
        resp.vary = ["Accept"]
