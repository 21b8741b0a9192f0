# SPDX-License-Identifier: Apache-2.0
"""Without a credential nothing changes and no payload is shown; with one, what its roles may."""

import logging
import re

import bcrypt
import pytest
from falcon import inspect, testing
from oslo_policy import generator

from ceilobatch import errors
from ceilobatch.api import access, app, policies
from ceilobatch.definitions import packaged

from .conftest import ADMIN, NO_ROLE, PASSWORDS, READER, basic

# All that shows no payload. Whatever is not here must be closed.
OPEN = {
    "/",
    "/admin/metrics",
    "/healthcheck",
    "/metrics",
    "/v1/ledger",
    "/v1/openapi.json",
    "/v1/workers",
    "/v2.0/metrics",
    "/v2.0/metrics/dimensions/names",
    "/v2.0/metrics/dimensions/names/values",
    "/v2.0/metrics/measurements",
    "/v2.0/metrics/names",
    "/v2.0/metrics/statistics",
}


class Guarded:
    """A resource that says by which rule it let somebody in."""

    def on_get(self, req, resp):
        access.require(req, "letters:read")
        resp.media = {"user": access.identity(req).user}

    def on_delete(self, req, resp):
        access.require(req, "letters:discard")
        resp.status = 204

    def on_put(self, req, resp):
        access.require(req, "letters:edit")
        raise ZeroDivisionError


class Routes:
    """A module of resources."""

    @staticmethod
    def add_routes(app, context):
        app.add_route("/guarded", Guarded())


@pytest.fixture(autouse=True)
def guarded(monkeypatch):
    monkeypatch.setattr(app, "ROUTES", (*app.ROUTES, Routes))


def asked(context):
    """Every method of every route, with something in place of its parameters."""
    for route in inspect.inspect_routes(app.build(context.conf, context)):
        for method in route.methods:
            if not method.internal:
                yield method.method, re.sub(r"{[^}]*}", "1", route.path)


@pytest.mark.parametrize("strategy", ["none", "http_basic"])
def test_whoever_brings_no_credential_gets_figures_only(context, make_client, strategy):
    client = make_client(auth_strategy=strategy)
    wrong = [
        (method, path, status)
        for method, path in asked(context)
        if (method, path) not in {("GET", path) for path in OPEN}
        for status in [client.simulate_request(method, path, json={}).status_code]
        if status != 401
    ]
    assert ("GET", "/guarded") in asked(context)
    assert wrong == []


def test_whoever_has_no_role_gets_figures_only(context, client):
    wrong = [
        (method, path, status)
        for method, path in asked(context)
        if (method, path) not in {("GET", path) for path in OPEN}
        for status in [client.simulate_request(method, path, json={}, headers=NO_ROLE).status_code]
        if status != 403
    ]
    assert wrong == []


def test_readers_change_nothing(context, client):
    wrong = [
        (method, path, status)
        for method, path in asked(context)
        if method != "GET"
        for status in [client.simulate_request(method, path, json={}, headers=READER).status_code]
        if status != 403
    ]
    assert wrong == []


def test_roles_decide_what_a_person_may(client):
    assert client.simulate_get("/guarded", headers=READER).json == {"user": "rob"}
    assert client.simulate_delete("/guarded", headers=READER).status_code == 403
    assert client.simulate_delete("/guarded", headers=ADMIN).status_code == 204


def test_service_without_passwords_says_what_to_configure(make_client):
    answer = make_client(htpasswd_file=None).simulate_get("/guarded", headers=ADMIN)
    assert answer.status_code == 401
    assert "[api] htpasswd_file" in answer.json["description"]


def test_missing_credential_is_asked_for(client):
    answer = client.simulate_get("/guarded")
    assert answer.headers["www-authenticate"].startswith('Basic realm="ceilobatch"')
    assert set(answer.json) == {"title", "description"}


@pytest.mark.parametrize(
    "headers",
    [
        basic("ann", "wrong"),
        basic("nobody", "ann's"),
        basic("", ""),
        basic("ann", ""),
        basic("ann", "x" * 73),
        basic("ann", "ann's" + "\0"),
        {"Authorization": "Bearer ann"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !"},
        {"Authorization": "Basic /w=="},
    ],
)
def test_wrong_credential_is_refused_without_telling_what_is_wrong(client, headers):
    answer = client.simulate_get("/guarded", headers=headers)
    assert answer.status_code == 401
    assert answer.json["description"] == "This name and password are not accepted."


@pytest.mark.parametrize("header", ["X-User", "X-User-Id", "X-Roles", "X-Identity-Status"])
def test_identity_cannot_be_invented_in_headers(client, header):
    values = {"X-Identity-Status": "Confirmed"}
    headers = {header: values.get(header, "admin"), "X-User-Name": "ann"}
    assert client.simulate_get("/guarded", headers=headers).status_code == 401


def test_error_behind_a_credential_is_no_wrong_credential(client):
    assert client.simulate_put("/guarded", headers=ADMIN).status_code == 500


def test_guessing_passwords_is_slowed_down_without_looking_at_more(make_client, caplog):
    client = make_client(failed_logins_burst=3)
    statuses = [
        client.simulate_get(
            "/guarded", headers=basic("ann", f"{guess}"), remote_addr="192.0.2.1"
        ).status_code
        for guess in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]
    # Not even the right one, so that time tells nothing either.
    answer = client.simulate_get("/guarded", headers=ADMIN, remote_addr="192.0.2.1")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert client.simulate_get("/metrics", remote_addr="192.0.2.1").status_code == 200
    elsewhere = client.simulate_get("/guarded", headers=ADMIN, remote_addr="192.0.2.7")
    assert elsewhere.status_code == 200
    assert caplog.text.count("A wrong credential came from 192.0.2.1") == 3


def test_name_that_does_not_exist_takes_as_long_as_one_that_does(client, htpasswd, monkeypatch):
    looked = []

    def check(password, digest, check=bcrypt.checkpw):
        looked.append(digest[:7])
        return check(password, digest)

    monkeypatch.setattr(bcrypt, "checkpw", check)
    for name in ("ann", "nobody"):
        assert client.simulate_get("/guarded", headers=basic(name, "x")).status_code == 401
    assert looked == [b"$2b$04$"] * 2
    htpasswd.write_text("")
    client.simulate_get("/guarded", headers=basic("ann", "x"))
    assert looked[2:] == [b"$2b$12$"]


def test_right_passwords_do_not_count_as_guesses(make_client):
    client = make_client(failed_logins_burst=2)
    assert {client.simulate_get("/guarded", headers=ADMIN).status_code for _ in range(5)} == {200}


def test_passwords_are_not_logged(client, caplog):
    caplog.set_level(logging.DEBUG)
    client.simulate_get("/guarded", headers=basic("ann", "a very secret one"))
    client.simulate_get("/guarded", headers=ADMIN)
    assert "a very secret one" not in caplog.text
    assert PASSWORDS["ann"] not in caplog.text


def test_password_that_was_taken_away_is_refused_at_once(client, htpasswd):
    assert client.simulate_get("/guarded", headers=ADMIN).status_code == 200
    lines = htpasswd.read_text().splitlines(keepends=True)
    htpasswd.write_text("".join(line for line in lines if not line.startswith("ann:")))
    assert client.simulate_get("/guarded", headers=ADMIN).status_code == 401
    assert client.simulate_get("/guarded", headers=READER).status_code == 200
    htpasswd.unlink()
    assert client.simulate_get("/guarded", headers=READER).status_code == 401


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read"), (b"ann:{SHA}abc\n", "bcrypt"), (b"\xff:\n", "not a text file")],
)
def test_file_of_passwords_that_cannot_be_used_is_refused(make_client, tmp_path, content, reason):
    file = tmp_path / "other"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(errors.ConfigurationError, match=rf"\[api\] htpasswd_file: .*{reason}"):
        make_client(htpasswd_file=str(file))


def test_basic_authentication_without_passwords_is_refused(make_client):
    with pytest.raises(errors.ConfigurationError, match="htpasswd_file"):
        make_client(auth_strategy="http_basic", htpasswd_file=None)


def test_operator_may_close_figures(make_client, tmp_path):
    rules = tmp_path / "policy.yaml"
    rules.write_text('"figures:read": "rule:reader"\n')
    client = make_client(text=f"[oslo_policy]\npolicy_file = {rules}\n")
    assert client.simulate_get("/metrics").status_code == 401
    assert client.simulate_get("/metrics", headers=READER).status_code == 200


@pytest.mark.parametrize("content", ['"figures:read": [', "- 1\n"])
def test_rules_that_cannot_be_read_are_refused(make_client, tmp_path, content):
    rules = tmp_path / "policy.yaml"
    rules.write_text(content)
    with pytest.raises(errors.ConfigurationError, match=r"\[oslo_policy\] policy_file"):
        make_client(text=f"[oslo_policy]\npolicy_file = {rules}\n")


def test_every_rule_says_what_it_is_for():
    names = [rule.name for rule in policies.list_rules()]
    assert len(names) == len(set(names))
    assert all(rule.description for rule in policies.list_rules())
    assert {rule.check_str for rule in policies.list_rules() if ":" in rule.name} == {
        "@",
        "rule:reader",
        "rule:admin",
    }


def test_every_route_has_a_rule_that_names_it_and_the_other_way_round(context, monkeypatch):
    monkeypatch.setattr(app, "ROUTES", [one for one in app.ROUTES if one is not Routes])
    routes = {
        (method.method, route.path)
        for route in inspect.inspect_routes(app.build(context.conf, context))
        for method in route.methods
        if not method.internal
    }
    operations = [one for rule in policies.list_rules() for one in getattr(rule, "operations", [])]
    assert {(one["method"], one["path"]) for one in operations} == routes


def test_sample_of_the_rules_is_up_to_date(tmp_path):
    written = tmp_path / "policy.yaml"
    generator._generate_sample(["ceilobatch"], str(written))
    sample = packaged.file("policy.yaml.sample").read_text()
    assert written.read_text() == sample, "run 'tox -e genconfig'"


def test_whatever_the_service_answers_is_never_kept_by_others(client):
    for path in ("/", "/guarded", "/nothing"):
        headers = client.simulate_get(path, headers=ADMIN).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert not [name for name in headers if name.startswith("access-control")]


def test_application_alone_is_closed(context):
    client = testing.TestClient(app.build(context.conf, context))
    assert client.simulate_get("/guarded", headers=ADMIN).status_code == 401
