# SPDX-License-Identifier: Apache-2.0
"""The peer monasca-agent: its statsd daemon, and in place of its forwarder a sink of ours."""

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import processes

VERSION = "10.0.0"
# Seconds in which the daemon adds up; shorter than the agent's, or of two gauges it keeps one.
INTERVAL = 1
Key = tuple[str, frozenset[tuple[str, str]]]


class Sink(http.server.ThreadingHTTPServer):
    """Takes in what the daemon would have a forwarder send to Monasca.

    :ivar values: by name and dimensions, in the order they came.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Intake)
        self.values: dict[Key, list[float]] = defaultdict(list)
        self._thread = threading.Thread(target=self.serve_forever)

    def __enter__(self) -> "Sink":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def take(self, envelopes: list[dict[str, Any]]) -> None:
        """Keep them."""
        for envelope in envelopes:
            one = envelope["measurement"]
            self.values[one["name"], frozenset(one["dimensions"].items())].append(one["value"])


class _Intake(http.server.BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.take(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def install(environment: Path) -> Path:
    """The agent from PyPI, unless it is there; the program of its daemon."""
    program = environment / "bin" / "monasca-statsd"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        packages = [f"monasca-agent=={VERSION}", "setuptools<80"]
        subprocess.run([environment / "bin" / "pip", "install", "-q", *packages], check=True)
    return program


@contextlib.contextmanager
def running(program: Path, directory: Path, sink: Sink) -> Iterator[int]:
    """The daemon, its port; at the end it hands on what it still has."""
    port, log = free_port(), directory / "daemon.log"
    file = directory / "agent.yaml"
    file.write_text(
        "Main:\n  hostname: benchmark\n"
        f"  forwarder_url: http://127.0.0.1:{sink.server_port}\n"
        f"Statsd:\n  monasca_statsd_port: {port}\n  monasca_statsd_interval: {INTERVAL}\n"
        "Logging:\n  disable_file_logging: true\n"
    )
    with processes.running([str(program), "--config-file", str(file)], log) as process:
        processes.wait_for(lambda: "Listening on" in log.read_text(), process)
        yield port
    for word in ("Error", "ERROR", "discarded"):
        assert word not in log.read_text(), log.read_text()


def free_port() -> int:
    """A UDP port that nobody listens to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
