# SPDX-License-Identifier: Apache-2.0
"""Pages that cannot be had, each with its sentence."""

import socket
import threading

import pytest

from ceilobatch import errors
from ceilobatch.perf.web import Web, address, shown

from .serving import Answer, Server


@pytest.mark.parametrize(
    "text", ["", "host", "ftp://host/", "http://", "http://host:x/", "http:/a"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="is not an address such as http://"):
        address(text, "/metrics")


def test_an_address_without_path_gets_the_usual_one() -> None:
    assert address("http://host:8091", "/metrics") == "http://host:8091/metrics"
    assert address("https://host/", "/metrics") == "https://host/metrics"
    assert address("http://host/own?pretty=true", "/metrics") == "http://host/own?pretty=true"


def test_a_password_is_used_and_never_shown(server: Server) -> None:
    server.says(Answer("", 401))
    url = server.url.replace("://", "://someone:hidden@")
    with pytest.raises(errors.ConfigurationError) as caught:
        Web().text(f"{url}/metrics")
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert "hidden" not in str(caught.value)
    assert shown(f"{url}/x@y") == f"{server.url}/x@y"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(401, "wants one .401."), (403, "403"), (404, "there is no such page"), (409, "answers 409")],
)
def test_answers_that_asking_again_does_not_change(
    server: Server, code: int, sentence: str
) -> None:
    server.says(Answer("", code))
    with pytest.raises(errors.ConfigurationError, match=sentence):
        Web().text(server.url)


@pytest.mark.parametrize("code", [429, 500, 503])
def test_answers_after_which_asking_again_may_help(server: Server, code: int) -> None:
    server.says(Answer("", code))
    with pytest.raises(errors.Unavailable, match=f"answers {code}"):
        Web().text(server.url)


def test_nobody_there(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(errors.Unavailable, match=f"nobody answers at http://127.0.0.1:{port}/"):
        Web().text(f"http://127.0.0.1:{port}/")


def test_a_server_that_does_not_answer_in_time(server: Server) -> None:
    late = threading.Event()

    def answer(_: object) -> Answer:
        late.wait(10)
        return Answer("")

    server.answer = answer
    with pytest.raises(errors.Unavailable, match=r"does not answer within 0\.05 s"):
        Web(timeout=0.05).text(server.url)
    late.set()


def test_json_that_is_none(server: Server) -> None:
    server.says(Answer("<html>"), Answer("[1]"))
    with pytest.raises(errors.ConfigurationError, match="is not JSON"):
        Web().json(server.url)
    with pytest.raises(errors.ConfigurationError, match="is not a JSON object"):
        Web().json(server.url)


def test_headers_are_asked_for_at_every_request(server: Server) -> None:
    server.says(Answer({}))
    tokens = iter(["one", "two"])
    web = Web(lambda: {"X-Auth-Token": next(tokens)})
    web.json(server.url)
    web.json(server.url)
    assert [asked.headers["x-auth-token"] for asked in server.asked] == ["one", "two"]
