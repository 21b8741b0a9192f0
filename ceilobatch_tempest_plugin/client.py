# SPDX-License-Identifier: Apache-2.0
"""REST client of Ceilobatch, on tempest's."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from tempest.lib import exceptions
from tempest.lib.common import rest_client

Answer = dict[str, Any]


class CeilobatchClient(rest_client.RestClient):  # type: ignore[misc]
    """Raises tempest's exceptions for every status from 400 on."""

    def show_health(self) -> tuple[int, Answer]:
        """Status 200 or 503, and the document."""
        response, body = self.raw_request(
            f"{self.base_url}/healthcheck", "GET", {"Accept": "application/json"}
        )
        if response.status not in (200, 503):
            raise exceptions.UnexpectedResponseCode(f"{response.status}: {body!r}")
        return response.status, json.loads(body)

    def search(self, collection: str, **parameters: object) -> Answer:
        """A list of the service's own resources, such as ``events``, with its links."""
        return self._get(f"v1/{collection}", parameters)

    def show(self, collection: str, name: str) -> Answer | None:
        """One of them; None where there is none of this name."""
        try:
            return self._get(f"v1/{collection}/{quote(name, safe='')}", {})
        except exceptions.NotFound:
            return None

    def edit_letter(self, letter_id: str, patch: list[Answer]) -> Answer:
        """Correct a letter by a JSON Patch."""
        return self._send(
            "PATCH",
            f"v1/letters/{letter_id}",
            json.dumps(patch),
            "application/json-patch+json",
        )

    def replay_letter(self, letter_id: str) -> Answer:
        """Handle a letter as if it had come from the bus."""
        return self._send("POST", f"v1/letters/{letter_id}/replay", "{}", "application/json")

    def list_measurements(self, **parameters: object) -> Answer:
        """Monasca's measurements."""
        return self._get("v2.0/metrics/measurements", parameters)

    def list_statistics(self, **parameters: object) -> Answer:
        """Monasca's statistics."""
        return self._get("v2.0/metrics/statistics", parameters)

    def show_exposition(self) -> str:
        """The page for Prometheus."""
        response, body = self.get("metrics", headers={"Accept": "text/plain"})
        self.expected_success(200, response.status)
        return body.decode() if isinstance(body, bytes) else str(body)

    def show_dropwizard(self) -> Answer:
        """The page in DropWizard's layout."""
        return self._get("admin/metrics", {})

    def _get(self, path: str, parameters: dict[str, object]) -> Answer:
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        response, body = self.get(f"{path}{query}", headers={"Accept": "application/json"})
        self.expected_success(200, response.status)
        return dict(json.loads(body))

    def _send(self, method: str, path: str, body: str, kind: str) -> Answer:
        headers = {"Accept": "application/json", "Content-Type": kind}
        response, answer = self.request(method, path, headers=headers, body=body)
        self.expected_success([200, 202], response.status)
        return dict(json.loads(answer))
