# SPDX-License-Identifier: Apache-2.0
"""Headers as given, and tokens of Keystone as the environment says."""

import pytest

from ceilobatch import errors
from ceilobatch.perf.credentials import headers

from .serving import Answer, Asked, Server

TOKEN = {
    "token": {
        "methods": ["password"],
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "user": {"id": "u", "name": "u", "domain": {"id": "default", "name": "Default"}},
        "audit_ids": ["a"],
        "catalog": [],
    }
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OS_AUTH_URL", "OS_AUTH_TYPE", "OS_CACERT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keystone(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    versions = {
        "versions": {
            "values": [
                {
                    "id": "v3.14",
                    "status": "stable",
                    "links": [{"rel": "self", "href": f"{server.url}/v3"}],
                }
            ]
        }
    }

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/auth/tokens"):
            return Answer(TOKEN, 201, {"X-Subject-Token": "from-keystone"})
        if asked.path == "/v3":
            return Answer({"version": versions["versions"]["values"][0]})
        return Answer(versions, 300)

    server.answer = answer
    for name, value in {
        "OS_AUTH_URL": server.url,
        "OS_USERNAME": "u",
        "OS_PASSWORD": "secret",
        "OS_PROJECT_NAME": "p",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
    }.items():
        monkeypatch.setenv(name, value)
    return server


def test_headers_and_a_token_as_given() -> None:
    given = headers(["X-One: 1", "X-Two:a:b "], "t", keystone=False)
    assert given() == {"X-One": "1", "X-Two": "a:b", "X-Auth-Token": "t"}


def test_what_is_no_header_is_refused_without_being_shown() -> None:
    with pytest.raises(errors.ConfigurationError, match="is written 'Name: value'") as caught:
        headers(["secret"], None, keystone=False)
    assert "secret" not in str(caught.value)


def test_a_token_of_keystone_is_asked_for_once(keystone: Server) -> None:
    ask = headers([], None, keystone=True)
    assert [ask()["X-Auth-Token"], ask()["X-Auth-Token"]] == ["from-keystone"] * 2
    assert sum(asked.path.endswith("/auth/tokens") for asked in keystone.asked) == 1


def test_a_token_that_is_given_is_used_instead(keystone: Server) -> None:
    assert headers([], "mine", keystone=True)()["X-Auth-Token"] == "mine"
    assert headers(["x-auth-token: mine"], None, keystone=True)() == {"x-auth-token": "mine"}
    assert keystone.asked == []


def test_a_keystone_that_refuses_is_told(keystone: Server) -> None:
    discovery, refusal = keystone.answer, Answer({"error": {"message": "no"}}, 401)
    keystone.answer = lambda asked: refusal if "tokens" in asked.path else discovery(asked)
    with pytest.raises(errors.ConfigurationError, match="Keystone gives no token"):
        headers([], None, keystone=True)()


def test_an_environment_that_does_not_suffice(
    keystone: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_AUTH_TYPE", "nothing")
    with pytest.raises(errors.ConfigurationError, match=r"the OS_. variables do not suffice"):
        headers([], None, keystone=True)
