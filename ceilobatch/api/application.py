# SPDX-License-Identifier: Apache-2.0
"""App: falcon's application, with the manners that all resources share."""

from collections.abc import Callable, Iterable
from typing import Any

import falcon

from ceilobatch.api import answers


class App(falcon.App[falcon.Request, falcon.Response]):
    """Answers HEAD wherever it answers GET."""

    def __call__(self, env: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Part of WSGI."""
        if env["REQUEST_METHOD"] != "HEAD":
            return super().__call__(env, start_response)
        body = super().__call__({**env, "REQUEST_METHOD": "GET"}, start_response)
        getattr(body, "close", lambda: None)()
        return []


class Headers:
    """What all answers have in their headers."""

    def process_response(
        self, _req: falcon.Request, resp: falcon.Response, _resource: object, _succeeded: bool
    ) -> None:
        """Part of falcon's middleware."""
        resp.set_headers(dict(answers.HEADERS))
        allowed = resp.get_header("Allow") or ""
        if "GET" in allowed and "HEAD" not in allowed:
            resp.set_header("Allow", f"{allowed}, HEAD")
