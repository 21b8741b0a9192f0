# SPDX-License-Identifier: Apache-2.0
"""Who asks, where there is no Keystone: a name and a password."""

import base64
from collections.abc import Mapping
from typing import Any


class BasicAuth:
    """What tempest's REST client asks of an authentication provider, for HTTP basic.

    :param endpoint: URL of the service, with or without a slash at its end.
    """

    def __init__(self, endpoint: str, username: str, password: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        pair = f"{username}:{password}".encode()
        self._header = f"Basic {base64.b64encode(pair).decode()}"

    def auth_request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        filters: Any = None,
    ) -> tuple[str, dict[str, str], Any]:
        """URL, headers and body of a request with the credential."""
        where = f"{self.base_url(filters)}/{url.lstrip('/')}"
        return where, {**(headers or {}), "Authorization": self._header}, body

    def base_url(self, filters: Any, auth_data: Any = None) -> str:
        """Where the service is."""
        return self._endpoint
