# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that answers like a Gnocchi which dislikes some measures."""

import http.server
import json
import threading
from collections.abc import Callable
from typing import Any

Body = dict[str, dict[str, dict[str, Any]]]


class SternGnocchi:
    """Answers on a port of its own, in a thread of its own.

    :ivar judge: the status and the description for a body of measures.
    :ivar posts: how many bodies of measures have come.
    :ivar kept: values by resource and metric, of the bodies that were taken.
    """

    def __init__(self) -> None:
        self.judge: Callable[[Body], tuple[int, Any]] = lambda _: (202, None)
        self.posts = 0
        self.kept: dict[tuple[str, str], list[float]] = {}
        self.policies = ["low"]
        handler = type("Handler", (_Handler,), {"gnocchi": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "SternGnocchi":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def get(self, path: str) -> tuple[int, Any]:
        if path.startswith("/v1/archive_policy"):
            return 200, [{"name": name} for name in self.policies]
        return 200, [{"name": "thing", "attributes": {}, "state": "active"}]

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        if not path.startswith("/v1/batch/"):
            return 200, []
        self.posts += 1
        status, description = self.judge(body)
        if status == 202:
            for resource_id, metrics in body.items():
                for name, content in metrics.items():
                    values = self.kept.setdefault((resource_id, name), [])
                    values += [measure["value"] for measure in content["measures"]]
        return status, {"description": description}


class _Handler(http.server.BaseHTTPRequestHandler):
    gnocchi: SternGnocchi
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: the second would wait for the first one's acknowledgement.
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer(*self.gnocchi.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(*self.gnocchi.post(self.path, json.loads(body)))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def values(body: Body) -> list[float]:
    """All values of a body of measures."""
    return [
        measure["value"]
        for metrics in body.values()
        for content in metrics.values()
        for measure in content["measures"]
    ]
