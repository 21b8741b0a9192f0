# SPDX-License-Identifier: Apache-2.0
"""Web: asks an HTTP server for pages, and tells in a sentence why there is none."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib import parse

import requests

from ceilobatch import errors

TIMEOUT = 10.0
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)})


class Web:
    """Asks one server; a name and password that stand in an address are used for it.

    :param headers: what to send with every request, such as ``X-Auth-Token``; asked each time,
        because tokens end.
    :param timeout: seconds until a server that does not answer is away.
    """

    def __init__(
        self, headers: Callable[[], Mapping[str, str]] = dict, timeout: float = TIMEOUT
    ) -> None:
        self._headers = headers
        self._timeout = timeout
        self._session = requests.Session()

    def text(self, url: str, parameters: Mapping[str, str] | None = None, accept: str = "") -> str:
        """The text of a page.

        :raises Unavailable: it cannot be had now.
        :raises ConfigurationError: there is no such page, or not for us.
        """
        answer = self._get(url, parameters, accept)
        return answer.text

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object that a page is.

        :raises Unavailable: it cannot be had now.
        :raises ConfigurationError: there is no such page, or not for us, or it is something else.
        """
        answer = self._get(url, parameters, "application/json")
        try:
            found = answer.json()
        except ValueError:
            raise errors.ConfigurationError(f"{shown(url)} is not JSON") from None
        if not isinstance(found, dict):
            raise errors.ConfigurationError(f"{shown(url)} is not a JSON object")
        return found

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _get(
        self, url: str, parameters: Mapping[str, str] | None, accept: str
    ) -> requests.Response:
        headers = {**self._headers(), **({"Accept": accept} if accept else {})}
        where = shown(url)
        try:
            answer = self._session.get(
                url, params=parameters, headers=headers, timeout=self._timeout
            )
        except requests.exceptions.Timeout:
            reason = f"{where} does not answer within {self._timeout:g} s"
            raise errors.Unavailable(reason) from None
        except requests.exceptions.SSLError as error:
            reason = f"{where}: the encrypted connection cannot be trusted: {error}"
            raise errors.ConfigurationError(reason) from None
        except requests.exceptions.ConnectionError:
            raise errors.Unavailable(f"nobody answers at {where}") from None
        except (requests.exceptions.RequestException, ValueError) as error:
            raise errors.ConfigurationError(f"{where} cannot be asked for: {error}") from None
        _check(answer, where)
        return answer


def address(text: str, default_path: str) -> str:
    """An address that a user wrote, with a path where it has none.

    :raises ConfigurationError: it is not an address of the web.
    """
    try:
        parts = parse.urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise errors.ConfigurationError(
            f"{shown(text)!r} is not an address such as http://host:port/path"
        )
    if parts.path in ("", "/"):
        parts = parts._replace(path=default_path)
    return parts.geturl()


def shown(url: str) -> str:
    """The address without name and password."""
    scheme, separator, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


def _check(answer: requests.Response, where: str) -> None:
    code = answer.status_code
    if code in (401, 403):
        raise errors.ConfigurationError(
            f"{where} refuses the credential, or wants one ({code}): give --token, --header, or "
            "name and password in the address"
        )
    if code == 404:
        raise errors.ConfigurationError(f"{where}: there is no such page (404)")
    if code in _TRY_AGAIN:
        raise errors.Unavailable(f"{where} answers {code} {answer.reason}")
    if code != 200:
        raise errors.ConfigurationError(f"{where} answers {code} {answer.reason}")
