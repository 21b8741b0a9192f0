# SPDX-License-Identifier: Apache-2.0
"""Errors, links, methods and the pipeline itself."""

import logging
import os
import subprocess
import sys

import falcon
import pytest
from falcon import testing

from ceilobatch import errors
from ceilobatch.api import app, paste, wsgi

HOSTED = """
from falcon import testing
from ceilobatch.api.wsgi import application
print(testing.TestClient(application).simulate_get("/").status_code)
"""
URL = "postgresql://user:secret@db/x"


class Failing:
    """Raises what it is told to."""

    def __init__(self, error):
        self._error = error

    def on_get(self, req, resp):
        raise self._error


def failing(context, error, bodies=None):
    class Routes:
        ERROR_BODIES = bodies or {}

        @staticmethod
        def add_routes(app, context):
            app.add_route("/own/failing", Failing(error))

    return Routes


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Unavailable(f"{URL} is away"), 503),
        (errors.ConfigurationError(f"connection: {URL} is wrong"), 500),
        (errors.Rejected(f"SELECT 1 at {URL}"), 422),
        (errors.Malformed(f"SELECT 1 at {URL}"), 422),
        (errors.CeilobatchError(f"SELECT 1 at {URL}"), 500),
        (RuntimeError(f"SELECT 1 at {URL}"), 500),
    ],
)
def test_error_is_told_in_one_sentence_and_its_details_in_the_log(
    context, monkeypatch, caplog, error, status
):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(app, "ROUTES", (failing(context, error),))
    answer = testing.TestClient(paste.load(context)).simulate_get("/own/failing")
    assert answer.status_code == status
    assert set(answer.json) == {"title", "description"}
    assert "secret" not in answer.text
    assert "SELECT" not in answer.text
    assert "Traceback" not in answer.text
    assert "secret" in caplog.text
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    ("error", "status"),
    [(errors.Unknown, 404), (errors.Overtaken, 409), (errors.Refused, 422)],
)
def test_refusal_that_was_made_for_people_is_told_them(context, monkeypatch, error, status):
    monkeypatch.setattr(app, "ROUTES", (failing(context, error("It is gone.")),))
    answer = testing.TestClient(paste.load(context)).simulate_get("/own/failing")
    assert (answer.status_code, answer.json["description"]) == (status, "It is gone.")


def test_errors_look_otherwise_where_a_module_says_so(context, monkeypatch):
    bodies = {"/own": lambda status, title, sentence: {"own": [status, title, sentence]}}
    module = failing(context, falcon.HTTPBadRequest(description="No."), bodies)
    monkeypatch.setattr(app, "ROUTES", (module,))
    client = testing.TestClient(paste.load(context))
    assert client.simulate_get("/own/failing").json == {"own": [400, "Bad Request", "No."]}
    assert client.simulate_get("/own/x").json["own"][0] == 404
    assert set(client.simulate_get("/x").json) == {"title", "description"}


def test_links_lead_to_something(client):
    links = client.simulate_get("/").json["links"]
    assert {"/", "/healthcheck", "/metrics"} <= {link["href"] for link in links}
    found = [
        client.simulate_get(link["href"]).status_code
        for link in links
        if "{" not in link["href"] and "GET" in link["methods"]
    ]
    assert 404 not in found


def test_head_is_get_without_a_body(client):
    head, get = client.simulate_head("/"), client.simulate_get("/")
    assert (head.status, head.headers, head.content) == (get.status, get.headers, b"")
    assert client.simulate_head("/healthcheck").status_code == 503


def test_options_tells_the_methods(client):
    answer = client.simulate_options("/healthcheck")
    assert answer.status_code == 200
    assert answer.headers["allow"] == "GET, HEAD"
    refused = client.simulate_post("/healthcheck")
    assert refused.status_code == 405
    assert "HEAD" in refused.headers["allow"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("[pipeline:main]\npipeline = x\n", "http_basic"),
        ("[pipeline:http_basic]\npipeline = x\n", "x"),
        ("[app:http_basic]\npaste.app_factory = ceilobatch.nothing:x\n", "ceilobatch.nothing"),
        ("[app:http_basic]\npaste.app_factory = ceilobatch.api.paste:nothing\n", "nothing"),
        ("pipeline\n", "section"),
    ],
)
def test_file_of_pipelines_that_cannot_be_used_is_refused(make_client, tmp_path, content, reason):
    file = tmp_path / "paste.ini"
    if content is not None:
        file.write_text(content)
    with pytest.raises(errors.ConfigurationError, match=rf"\[api\] paste_config: .*{reason}"):
        make_client(paste_config=str(file))


def test_operator_may_put_a_filter_of_his_own_into_the_pipeline(make_client, tmp_path):
    own = "[filter:own]\npaste.filter_factory = tests.unit.api.test_service:stamp\n"
    file = tmp_path / "paste.ini"
    packaged = paste.packaged.file("api-paste.ini").read_text()
    file.write_text(packaged.replace("= proxy", "= own proxy") + own)
    client = make_client(paste_config=str(file))
    assert client.simulate_get("/").headers["x-own"] == "stamped"


def stamp(_global, **_local):
    def factory(following):
        def stamped(environ, start):
            return following(environ, lambda s, h, *e: start(s, [*h, ("X-Own", "stamped")], *e))

        return stamped

    return factory


def test_wsgi_application_is_built_once_at_the_first_request(conf):
    asked = []
    application = wsgi.Application(lambda: asked.append(conf) or conf)
    assert asked == []
    client = testing.TestClient(application)
    try:
        assert [client.simulate_get("/").status_code for _ in range(3)] == [200, 200, 200]
    finally:
        application.close()
    assert len(asked) == 1


def test_wsgi_application_that_cannot_be_built_says_so_without_details(configure, caplog):
    conf = configure(paste_config="/nowhere/secret.ini")
    application = wsgi.Application(lambda: conf)
    answer = testing.TestClient(application).simulate_get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "/nowhere/secret.ini" in caplog.text


def test_wsgi_application_lets_its_process_end(tmp_path):
    file = tmp_path / "ceilobatch.conf"
    file.write_text(f"[DEFAULT]\nstate_path = {tmp_path}/state\n")
    done = subprocess.run(
        [sys.executable, "-c", HOSTED],
        env={**os.environ, wsgi.CONFIG_FILES: str(file)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "200\n"
    assert "Traceback" not in done.stderr
    assert (tmp_path / "state").is_dir()
