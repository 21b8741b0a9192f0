# SPDX-License-Identifier: Apache-2.0
"""Gnocchi is found through Keystone, with a token, as the options say."""

import contextlib
import datetime
import http.server
import json
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.gnocchi.options import GROUP
from ceilobatch.plugins.scopes.gnocchi import GnocchiScopes


class Cloud(http.server.BaseHTTPRequestHandler):
    """Keystone, and a Gnocchi for each interface that says by which headers it was asked."""

    def do_POST(self) -> None:
        if self.headers.get("Content-Length"):
            self.rfile.read(int(self.headers["Content-Length"]))
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        endpoints = [
            {
                "interface": interface,
                "url": f"{self.url}/{interface}",
                "region": "here",
                "region_id": "here",
            }
            for interface in ("public", "internal")
        ]
        token = {
            "methods": ["password"],
            "user": {"id": "u", "name": "n", "domain": {"id": "d", "name": "d"}},
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": later.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "catalog": [{"type": "metric", "name": "gnocchi", "endpoints": endpoints}],
        }
        self._answer(201, {"token": token}, {"X-Subject-Token": "secret token"})

    def do_GET(self) -> None:
        version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": self.url}]}
        if self.path.endswith("/v3") or self.path.endswith("/v3/"):
            version["links"] = [{"rel": "self", "href": f"{self.url}/v3/"}]
            self._answer(200, {"version": version}, {})
        else:
            asked = {"path": self.path, "token": self.headers.get("X-Auth-Token")}
            self._answer(200, asked, {})

    @property
    def url(self) -> str:
        """Of this server."""
        return f"http://127.0.0.1:{self.connection.getsockname()[1]}"

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def address() -> Iterator[str]:
    """Where the cloud is."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("interface", ["public", "internal"])
def test_requests_carry_a_token_to_the_endpoint_of_the_catalogue(
    address: str, tmp_path: pathlib.Path, interface: str
) -> None:
    with contextlib.closing(_connection(address, tmp_path, interface)) as connection:
        assert connection.get("status") == {
            "path": f"/{interface}/v1/status",
            "token": "secret token",
        }


def test_a_service_that_is_not_in_the_catalogue_is_unavailable(
    address: str, tmp_path: pathlib.Path
) -> None:
    with (
        contextlib.closing(_connection(address, tmp_path, "admin")) as connection,
        pytest.raises(errors.Unavailable, match="Gnocchi: "),
    ):
        connection.get("status")


def test_a_keystone_that_is_away_is_unavailable(address: str, tmp_path: pathlib.Path) -> None:
    nowhere = "http://127.0.0.1:1"
    with (
        contextlib.closing(_connection(nowhere, tmp_path, "public")) as connection,
        pytest.raises(errors.Unavailable, match="Gnocchi: "),
    ):
        connection.get("status")


def _connection(address: str, directory: pathlib.Path, interface: str) -> Connection:
    file = directory / "ceilobatch.conf"
    file.write_text(
        f"[{GROUP}]\nauth_type = password\nauth_url = {address}/v3\nusername = n\npassword = p\n"
        "user_domain_name = d\nproject_name = p\nproject_domain_name = d\nregion_name = here\n"
        f"valid_interfaces = {interface}\n"
    )
    conf = config.load([str(file)])
    loader.register_options(conf, GnocchiScopes)
    return Connection(conf, GROUP, 1, 5)
