# SPDX-License-Identifier: Apache-2.0
"""Sources of scopes that need no server of their own kind."""

import http.server
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from ceilobatch import errors
from ceilobatch.plugins import loader

from .setting import build, serving


def source_of(name: str, **options: Any) -> Any:
    return build(loader.SCOPES, name, {f"scopes_{name}": options})


def test_static_names_each_scope_once():
    assert list(source_of("static", ids=["b", "a", "b", ""]).scopes()) == ["b", "a"]


def test_static_without_scopes_is_refused():
    with pytest.raises(errors.ConfigurationError, match=r"\[scopes_static\] ids"):
        source_of("static")


def test_fixed_names_as_many_as_are_wanted():
    assert list(source_of("fixed", count=3).scopes()) == [
        "scope-00000",
        "scope-00001",
        "scope-00002",
    ]
    assert list(source_of("fixed", count=0).scopes()) == []


class Keystone(http.server.BaseHTTPRequestHandler):
    """What Keystone says of itself, of who asks and of its projects, two a page."""

    projects: list[dict[str, Any]]
    asked: list[str]
    status: int
    more: dict[str, Any]

    def do_GET(self) -> None:
        root = f"http://{self.headers['Host']}"
        path, _, query = self.path.partition("?")
        self.asked.append(self.path)
        if path in ("/", "/v3", "/v3/"):
            version = {
                "id": "v3.14",
                "status": "stable",
                "links": [{"rel": "self", "href": f"{root}/v3/"}],
            }
            body: Any = {"versions": {"values": [version]}} if path == "/" else {"version": version}
            return self._send(300 if path == "/" else 200, body)
        if self.headers["X-Auth-Token"] != "the token":
            return self._send(401, {"error": {"message": "who are you"}})
        start = int(query.partition("marker=")[2] or 0)
        following = f"{root}/v3/projects?marker={start + 2}"
        links = {"next": following if start + 2 < len(self.projects) else None}
        page = {"projects": self.projects[start : start + 2], "links": links, **self.more}
        self._send(self.status, page)

    def do_POST(self) -> None:
        given = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        user = given["auth"]["identity"]["password"]["user"]
        if (user["name"], user["password"]) != ("rating", "geheim"):
            return self._send(401, {"error": {"message": "wrong password"}})
        root = f"http://{self.headers['Host']}"
        endpoint = {"interface": "internal", "url": root, "region": "one", "region_id": "one"}
        catalog = [{"type": "identity", "name": "keystone", "endpoints": [endpoint]}]
        token = {
            "methods": ["password"],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "catalog": catalog,
            "user": {"id": "u", "name": "rating", "domain": {"id": "default", "name": "Default"}},
        }
        self._send(201, {"token": token}, {"X-Subject-Token": "the token"})

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = orjson.dumps(body)
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cloud() -> type[Keystone]:
    projects = [{"id": f"project {number}"} for number in range(5)]
    return type(
        "Cloud", (Keystone,), {"projects": projects, "asked": [], "status": 200, "more": {}}
    )


@pytest.fixture
def url(cloud: type[Keystone]) -> Iterator[str]:
    with serving(cloud) as url:
        yield url


def keystone(url: str, password: str = "geheim", **options: Any) -> Any:
    """The source of this Keystone, configured as an operator does: in a file."""
    return source_of(
        "keystone",
        auth_url=f"{url}/v3",
        username="rating",
        password=password,
        project_name="service",
        user_domain_id="default",
        project_domain_id="default",
        **options,
    )


def test_keystone_names_all_projects(url):
    source = keystone(url)
    expected = [f"project {number}" for number in range(5)]
    assert list(source.scopes()) == list(source.scopes()) == expected
    source.close()


def test_keystone_is_asked_for_what_is_wanted(url, cloud):
    source = keystone(url, of_domain="d", enabled_only=True)
    assert len(list(source.scopes())) == 5
    assert "/v3/projects?domain_id=d&enabled=true" in cloud.asked
    source.close()


def test_failure_of_keystone_is_unavailable(url, cloud):
    cloud.status = 500
    cloud.more = {"error": {"message": "no database"}}
    source = keystone(url)
    with pytest.raises(errors.Unavailable, match="500"):
        source.scopes()
    cloud.status = 200
    assert len(list(source.scopes())) == 5
    source.close()


def test_list_that_is_cut_off_is_unavailable(url, cloud):
    cloud.more = {"truncated": True}
    source = keystone(url)
    with pytest.raises(errors.Unavailable, match="list_limit"):
        source.scopes()
    source.close()


def test_wrong_password_is_unavailable_and_not_told(url):
    source = keystone(url, password="falsch")
    with pytest.raises(errors.Unavailable, match="401") as caught:
        source.scopes()
    assert "falsch" not in str(caught.value)
    source.close()


def test_keystone_that_is_away_is_unavailable():
    source = keystone("http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable, match="Keystone"):
        source.scopes()
    source.close()


def test_missing_url_of_keystone_is_refused():
    with pytest.raises(errors.ConfigurationError, match=r"\[scopes_keystone\].*auth_url"):
        source_of("keystone", username="rating")
