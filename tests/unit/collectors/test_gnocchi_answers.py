# SPDX-License-Identifier: Apache-2.0
"""What answers that no real Gnocchi gives on demand are taken for."""

import orjson
import pytest
import requests

from ceilobatch import errors
from ceilobatch.plugins.gnocchi.answers import understood


def response(status: int, content: bytes = b"", **headers: str) -> requests.Response:
    """An answer of a server."""
    made = requests.Response()
    made.status_code = status
    made.reason = "the reason"
    made.url = "http://gnocchi/v1"
    made._content = content
    made.headers.update(headers)
    return made


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504])
def test_what_may_be_answered_another_time_is_unavailable(status: int) -> None:
    page = b"<html><title>Sorry</title><p>Come &amp; see</html>"
    with pytest.raises(errors.Unavailable, match=f"{status} the reason: Sorry Come & see"):
        understood(response(status, page, **{"Content-Type": "text/html", "Retry-After": "3"}))


def test_what_is_wrong_with_the_request_is_rejected_with_the_reason() -> None:
    body = {"description": {"cause": "Bad thing", "reason": "it is bad", "detail": ["there"]}}
    with pytest.raises(errors.Rejected, match=r"Bad thing: it is bad: \['there'\]"):
        understood(response(400, orjson.dumps(body)))


@pytest.mark.parametrize(
    "description", ["Metric ['cpu'] does not exist", "Resource type instance does not exist"]
)
def test_what_does_not_exist_yet_is_nothing(description: str) -> None:
    answer = understood(response(404, orjson.dumps({"description": description})))
    assert answer.nothing
    with pytest.raises(errors.Unavailable):
        answer.content()


def test_a_page_with_status_200_is_not_gnocchis() -> None:
    with pytest.raises(errors.Unavailable, match="not JSON"):
        understood(response(200, b"<html>Log in, please</html>")).content()


def test_an_empty_answer_has_no_content() -> None:
    assert understood(response(202)).content() is None
