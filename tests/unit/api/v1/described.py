# SPDX-License-Identifier: Apache-2.0
"""The service as its document describes it: every answer is held against that."""

import functools
from typing import Any

from falcon import testing
from jsonschema_rs import Draft202012Validator

from ceilobatch.api.v1.document import document

ROOT = "urn:document"


class Described:
    """Asks the service, and lets no answer pass that the document does not describe."""

    def __init__(self, client: testing.TestClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    def __call__(
        self, method: str, path: str, query: str = "", *, of: str | None = None, **more: Any
    ) -> testing.Result:
        """An answer.

        :param of: the path in the document, where it has an id in it.
        """
        headers = {**self._headers, **more.pop("headers", {})}
        answer = self._client.simulate_request(
            method, path, query_string=query, headers=headers, **more
        )
        check(document()["paths"][of or path][method.lower()], answer)
        return answer

    def get(self, path: str, query: str = "", **more: Any) -> Any:
        """What is found."""
        answer = self("GET", path, query, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    def refused(self, status: int, method: str, path: str, query: str = "", **more: Any) -> str:
        """The sentence of an error."""
        answer = self(method, path, query, **more)
        assert answer.status_code == status, answer.text
        sentence: str = answer.json["description"]
        return sentence


def check(operation: Any, answer: testing.Result) -> None:
    """The status, type and body of an answer are those of the operation."""
    responses = operation["responses"]
    response = resolved(responses.get(str(answer.status_code)) or responses["default"])
    kind = answer.headers["Content-Type"].partition(";")[0]
    content = response["content"][kind]
    if kind == "application/json":
        validator(json_key(content["schema"])).validate(answer.json)


def resolved(part: Any) -> Any:
    while isinstance(part, dict) and "$ref" in part:
        found: Any = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def json_key(schema: Any) -> str:
    """Schemas of bodies all stand under a name, but for a few that are told at once."""
    return str(schema.get("$ref", "")).removeprefix("#")


@functools.cache
def validator(place: str) -> Any:
    whole = {**document(), "$id": ROOT, "$schema": "https://json-schema.org/draft/2020-12/schema"}
    wanted = {"$ref": f"#{place}"} if place else {}
    return Draft202012Validator({**whole, **wanted}, validate_formats=True)
