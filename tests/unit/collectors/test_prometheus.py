# SPDX-License-Identifier: Apache-2.0
"""What the collector ``prometheus`` sends, and what it makes of answers that a real one seldom
gives."""

import datetime
import http.server
import time
import urllib.parse
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from ceilobatch import errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.collectors.prometheus import PrometheusCollector
from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.usage import Point

from .setting import build, metric, serving

HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
ARGUMENTS = PrometheusCollector.check_arguments({})[0]
VCPUS = metric(extra_args=ARGUMENTS)


class Script(http.server.BaseHTTPRequestHandler):
    """Answers a range query with what a test has set; others as Prometheus 3 does."""

    protocol_version = "HTTP/1.1"
    asked: list[dict[str, str]]
    status: int
    body: bytes
    drips: bool

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        self.asked.append({"path": self.path, **form, **dict(self.headers)})
        if self.path == "/prometheus/api/v1/query":
            return self._send(200, matrix([], value=[1, "1"]))
        self._send(self.status, self.body)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + self.drips))
        self.end_headers()
        self.wfile.write(body)
        if self.drips:
            self.wfile.flush()
            time.sleep(1.2)

    def log_message(self, *_: Any) -> None:
        pass


def matrix(values: list[Any], **more: Any) -> bytes:
    series = {"metric": {"project_id": "a"}, "values": values, **more}
    return orjson.dumps({"status": "success", "data": {"result": [series]}})


def failure(kind: str, text: str) -> bytes:
    return orjson.dumps({"status": "error", "errorType": kind, "error": text})


@pytest.fixture
def script() -> type[Script]:
    members = {"asked": [], "status": 200, "body": matrix([]), "drips": False}
    return type("Scripted", (Script,), members)


@pytest.fixture
def url(script: type[Script]) -> Iterator[str]:
    with serving(script) as url:
        yield f"{url}/prometheus/"


def collector_of(url: str, timeout: int = 30, **options: Any) -> PrometheusCollector:
    settings = {
        "collector_prometheus": {"url": url, **options},
        "processor": {"request_timeout": timeout},
    }
    collector = build(loader.COLLECTORS, "prometheus", settings, 2)
    assert isinstance(collector, PrometheusCollector)
    return collector


def ask(url: str, hours: int = 1, **options: Any) -> Any:
    collector = collector_of(url, **options)
    try:
        return collector.retrieve(VCPUS, ["a"], NOON, NOON + hours * HOUR, HOUR)
    finally:
        collector.close()


def test_periods_are_evaluated_in_their_last_millisecond(url, script):
    end = (NOON + HOUR).timestamp() - 0.001
    script.body = matrix([[end, "1.5"], [end + 7200, "1e+3"], [end + 3600, "NaN"]])
    assert ask(url, 3) == {
        ("a", NOON): [Point(Decimal("1.5"), {}, {})],
        ("a", NOON + 2 * HOUR): [Point(Decimal(1000), {}, {})],
    }
    asked = script.asked[-1]
    assert asked["path"] == "/prometheus/api/v1/query_range"
    assert asked["start"] == "1772369999.999"
    assert asked["end"] == "1772377199.999"
    assert asked["step"] == "3600000ms"
    assert 29 < float(asked["timeout"]) <= 30


def test_range_without_its_begin_is_as_long_as_the_period(url, script):
    ask(url)
    # In the functional tests the ranges of the server have both ends, and this is 3599999ms.
    selector = 'vcpus{project_id=~"a"}[3600000ms]'
    assert script.asked[-1]["query"] == f"max(max_over_time({selector})) by (project_id)"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, failure("internal", "no disk")),
        (503, failure("timeout", "query timed out in expression evaluation")),
        (502, b"<html>bad gateway</html>"),
        (404, b"404 page not found"),
        (401, b"Unauthorized"),
        (429, failure("too_many_requests", "slow down")),
        (422, failure("execution", "query processing would load too many samples into memory")),
        (200, b"<html>welcome</html>"),
        (200, b'{"status": "success", "data": {"result": [{"metric": {}}]}}'),
        (200, b'{"status": "success", "data": null}'),
    ],
)
def test_failure_of_the_server_is_unavailable(url, script, status, body):
    script.status, script.body = status, body
    with pytest.raises(errors.Unavailable) as caught:
        ask(url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 422])
def test_query_that_it_does_not_understand_is_rejected(url, script, status):
    script.status, script.body = status, failure("bad_data", 'parse error: unexpected ")"')
    with pytest.raises(errors.Rejected, match="parse error: unexpected"):
        ask(url)


def test_answer_that_does_not_come_to_its_end_is_unavailable(url, script):
    script.drips = True
    begin = time.monotonic()
    with pytest.raises(errors.Unavailable):
        ask(url, timeout=1)
    assert time.monotonic() - begin < 5


def test_password_and_token_are_sent(url, script, tmp_path: Path):
    ask(url, user="rating", password="geheim")
    assert script.asked[-1]["Authorization"] == "Basic cmF0aW5nOmdlaGVpbQ=="
    token = tmp_path / "token"
    token.write_text("one\n")
    collector = collector_of(url, bearer_token_file=str(token))
    for text in ("one", "two"):
        token.write_text(f"{text}\n")
        collector.retrieve(VCPUS, ["a"], NOON, NOON + HOUR, HOUR)
        assert script.asked[-1]["Authorization"] == f"Bearer {text}"
    token.unlink()
    with pytest.raises(errors.Unavailable, match="token"):
        collector.retrieve(VCPUS, ["a"], NOON, NOON + HOUR, HOUR)
    collector.close()


def test_missing_files_are_refused():
    with pytest.raises(errors.ConfigurationError) as caught:
        collector_of("http://localhost", bearer_token_file="/no/token", cafile="/no/ca")
    assert caught.value.problems == [
        "[collector_prometheus] bearer_token_file: there is no file /no/token",
        "[collector_prometheus] cafile: there is no file /no/ca",
    ]


def test_width_of_requests_is_what_is_set():
    collector = collector_of("http://localhost", periods=168, scopes=7)
    assert collector.characteristics == CollectorCharacteristics(168, 7)
    collector.close()
