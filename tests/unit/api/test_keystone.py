# SPDX-License-Identifier: Apache-2.0
"""Tokens of Keystone, checked by keystonemiddleware with a server that answers as Keystone does."""

import datetime
import http.server
import json
import threading
from typing import Any

import pytest

from ceilobatch import errors

ROLES = {"ann's": ["admin", "member"], "rob's": ["reader"], "eve's": ["member"]}


class Keystone(http.server.BaseHTTPRequestHandler):
    """Gives the service a token, and tells it whose the tokens of others are."""

    def do_GET(self) -> None:
        if self.headers["X-Subject-Token"] == "bug":
            return self._send(200, [])
        if not self.path.endswith("/auth/tokens"):
            links = [{"rel": "self", "href": self._url}]
            version = {"id": "v3.14", "status": "stable", "links": links}
            return self._send(200, {"version": version, "versions": {"values": [version]}})
        name = self.headers["X-Subject-Token"]
        return self._send(200, _token(name, ROLES[name])) if name in ROLES else self._send(404, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = _token("service's", ["service"])
        endpoints = [{"interface": "internal", "url": self._url, "region": "r", "region_id": "r"}]
        body["token"]["catalog"] = [{"type": "identity", "name": "k", "endpoints": endpoints}]
        self._send(201, body, {"X-Subject-Token": "service's"})

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v3/"

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for name, value in {**fields, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _token(name: str, roles: list[str]) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    user = {"id": f"{name} id", "name": name, "domain": {"id": "default", "name": "Default"}}
    return {
        "token": {
            "methods": ["password"],
            "user": user,
            "project": {"id": "project", "name": "p", "domain": user["domain"]},
            "roles": [{"id": role, "name": role} for role in roles],
            "issued_at": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
            "expires_at": f"{now + datetime.timedelta(hours=1):%Y-%m-%dT%H:%M:%S.%fZ}",
            "catalog": [],
        }
    }


@pytest.fixture
def client(make_client):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keystone)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v3"
    options = {
        "auth_type": "password",
        "auth_url": url,
        "www_authenticate_uri": url,
        "username": "ceilobatch",
        "password": "secret",
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "token_cache_time": -1,
        "service_token_roles_required": "true",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in options.items())
    try:
        yield make_client(text=f"[keystone_authtoken]\n{lines}", auth_strategy="keystone")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("token", "reading", "changing"),
    [("ann's", 200, None), ("rob's", 200, 403), ("eve's", 403, 403), ("nobody's", 401, 401)],
)
def test_roles_of_a_token_decide(client, token, reading, changing):
    headers = {"X-Auth-Token": token}
    read = client.simulate_get("/v1/letters", headers=headers)
    change = client.simulate_post("/v1/letters/nothing/discard", json={}, headers=headers)
    refused = change.status_code if change.status_code in (401, 403) else None
    assert (read.status_code, refused) == (reading, changing)


def test_whoever_has_no_token_gets_figures_and_is_told_where_to_get_one(client):
    assert client.simulate_get("/metrics").status_code == 200
    invented = {"X-Identity-Status": "Confirmed", "X-Roles": "admin", "X-User-Id": "ann"}
    answer = client.simulate_get("/v1/letters", headers=invented)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Keystone uri="http://127.0.0.1:')
    assert "X-Auth-Token" in answer.json["description"]


@pytest.mark.parametrize(
    "text", ["", "[keystone_authtoken]\nauth_type = nothing\n"], ids=["no type", "unknown type"]
)
def test_keystone_of_which_nothing_is_said_is_refused(make_client, text):
    with pytest.raises(errors.ConfigurationError, match="keystone_authtoken"):
        make_client(text=text, auth_strategy="keystone")


def test_answer_of_keystone_that_makes_no_sense_is_no_traceback(client):
    answer = client.simulate_get("/v1/letters", headers={"X-Auth-Token": "bug"})
    assert answer.status_code >= 500
    assert "Traceback" not in answer.text
    assert set(answer.json) == {"title", "description"}
