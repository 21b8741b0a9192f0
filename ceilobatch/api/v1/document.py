# SPDX-License-Identifier: Apache-2.0
"""``/v1/openapi.json``: the description of the whole service, for programs."""

import functools
import importlib.resources
from typing import Any

import falcon
import yaml

from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import parameters

FILE = "openapi.yaml"


def add_routes(app: App, _context: Context) -> None:
    """Answer it; it tells nothing of this installation, so everybody may see it."""
    app.add_route("/v1/openapi.json", Document())


@functools.lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The description, in OpenAPI 3.1."""
    text = (importlib.resources.files("ceilobatch.api") / FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


class Document:
    """The description."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """As JSON."""
        parameters(req)
        send(resp, document())
