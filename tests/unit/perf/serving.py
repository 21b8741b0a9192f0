# SPDX-License-Identifier: Apache-2.0
"""A web server in a thread, which answers as a test says."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib import parse

PAGES = Path(__file__).with_name("pages")


class Asked(NamedTuple):
    """A request; ``query`` by name, ``headers`` by name in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Answer(NamedTuple):
    """What to answer; a dictionary as JSON, a text as it is."""

    body: Any
    code: int = 200
    headers: Mapping[str, str] = {}


class Server:
    """Answers with ``answer``, which a test may replace, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Answer] = lambda _: Answer("", 404)
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = parse.urlsplit(self.path)
                query = dict(parse.parse_qsl(parts.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(parts.path, query, headers)
                server.asked.append(asked)
                with contextlib.suppress(ConnectionError):  # whoever asked has no patience
                    self._send(server.answer(asked))

            do_POST = do_GET

            def _send(self, answer: Answer) -> None:
                text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                self.send_response(answer.code)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.place = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def says(self, *answers: Answer) -> None:
        """Answer with these in turn, then with the last one for ever."""
        left = list(answers)
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]


def recorded(name: str) -> Answer:
    """A page as it was written down."""
    text = (PAGES / name).read_text()
    return Answer(json.loads(text) if name.endswith(".json") else text)
