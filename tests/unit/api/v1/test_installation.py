# SPDX-License-Identifier: Apache-2.0
"""Plugins and workers over REST, and the document that describes all of it."""

from falcon import inspect

from ceilobatch.api import app
from ceilobatch.api.context import Context
from ceilobatch.api.v1.document import document
from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.spread import Spread
from tests.unit.api.conftest import Hang

from .described import Described

METHODS = {"get", "post", "put", "patch", "delete"}
PLUGIN = "/v1/plugins/{namespace}/{name}"


def test_the_document_has_every_route_and_no_other(context: Context) -> None:
    routes = {
        (route.path, method.method.lower())
        for route in inspect.inspect_routes(app.build(context.conf, context))
        for method in route.methods
        if not method.internal
    }
    described = {
        (path, method)
        for path, item in document()["paths"].items()
        for method in METHODS & set(item)
    }
    assert described == routes


def test_the_document_can_be_had(nobody: Described) -> None:
    found = nobody.get("/v1/openapi.json")
    assert found == document()
    assert found["openapi"].startswith("3.1")


def test_every_change_and_payload_is_described_with_a_credential() -> None:
    opened = {
        path
        for path, item in document()["paths"].items()
        for method in METHODS & set(item)
        if {} in item[method].get("security", document()["security"])
    }
    assert opened == {
        *("/", "/healthcheck", "/metrics", "/admin/metrics"),
        *(path for path in document()["paths"] if path.startswith("/v2.0/")),
        *("/v1/ledger", "/v1/workers", "/v1/openapi.json"),
    }


def test_plugins_are_listed_and_shown(reader: Described) -> None:
    listed = reader.get("/v1/plugins", "namespace=recovery")["elements"]
    assert {"file", "sql"} <= {one["name"] for one in listed}
    assert {one["status"] for one in listed} == {"ok"}
    shown = reader.get("/v1/plugins/ceilobatch.recovery/file", of=PLUGIN)
    assert shown["target"] == "ceilobatch.plugins.recovery.file:FileRecovery"
    reader.refused(404, "GET", "/v1/plugins/recovery/none", of=PLUGIN)
    reader.refused(404, "GET", "/v1/plugins/none/file", of=PLUGIN)
    assert "the namespace os" in reader.refused(404, "GET", "/v1/plugins", "namespace=os")


def test_workers_tell_their_figures(hang: Hang, nobody: Described) -> None:
    spread = Spread()
    spread.record(2_000_000)
    call = {"thread": "t0", "namespace": "ceilobatch.storage", "plugin": "sql", "operation": "x"}
    hang(
        readings=[
            *(Kept("requests.received", {"thread": thread}, 5) for thread in ("t0", "t1")),
            Kept("plugin.time", call, spread.figures()),
        ],
        closed={"t1": "sql: postgresql://me:hidden@db is away"},
    )
    answer = nobody("GET", "/v1/workers")
    assert "hidden" not in answer.text
    (worker,) = answer.json["elements"]
    assert (worker["process"], worker["status"], worker["closed"]) == ("p0", "closed", ["t1"])
    received, time = worker["figures"]
    assert (received["name"], received["value"]) == ("requests.received", 10)
    assert (time["count"], time["max"]) == (1, 0.002)
    assert time["dimensions"]["plugin"] == "sql"
