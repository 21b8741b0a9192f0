# SPDX-License-Identifier: Apache-2.0
"""A Prometheus as it is asked over HTTP, and what its refusals mean."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import requests
from oslo_config import cfg
from requests.adapters import HTTPAdapter

from ceilobatch import errors
from ceilobatch.plugins.collectors.prometheus_options import GROUP

Parameters = Mapping[str, str | Sequence[str]]
REASON_LIMIT = 300
# Asking for less at a time helps here, though Prometheus calls it an error of the query.
_TOO_MUCH = "too many samples"
_BAD_QUERY = (400, 422)
_CHUNK = 1 << 16


class PrometheusServer:
    """Asks the Prometheus of ``[collector_prometheus]``; from several threads at a time.

    :param threads: how many connections are kept.
    :raises ConfigurationError: a file is not there, or the URL cannot be used.
    """

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        own = conf[GROUP]
        self._url = own.url.rstrip("/")
        self._limit = float(conf.processor.request_timeout)
        self._token = Path(own.bearer_token_file) if own.bearer_token_file else None
        _refuse_missing(bearer_token_file=own.bearer_token_file, cafile=own.cafile)
        self._session = requests.Session()
        self._session.verify = False if own.insecure else own.cafile or True
        if own.user:
            self._session.auth = (own.user.encode(), own.password.encode())
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=threads)
        self._session.mount(self._url, adapter)

    def deadline(self) -> float:
        """Until when, by the monotonic clock, something that is begun now may take."""
        return time.monotonic() + self._limit

    def post(self, path: str, parameters: Parameters, deadline: float) -> Any:
        """The ``data`` of an answer to a query.

        :param path: below ``/api/v1/``.
        :raises Unavailable: there is no answer, or none in time, or it is busy.
        :raises Rejected: it does not understand the question.
        """
        rest = max(0.1, deadline - time.monotonic())
        limited = {**parameters, "timeout": f"{rest:.3f}"}
        return self._ask("POST", path, deadline, data=limited)

    def get(self, path: str, parameters: Parameters) -> Any:
        """As :meth:`post`, for what is no query."""
        return self._ask("GET", path, self.deadline(), params=parameters)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask(self, method: str, path: str, deadline: float, **parameters: Any) -> Any:
        try:
            with self._session.request(
                method,
                f"{self._url}/api/v1/{path}",
                headers=self._headers(),
                timeout=max(0.1, deadline - time.monotonic()),
                stream=True,
                **parameters,
            ) as response:
                return _data(response.status_code, _content(response, deadline))
        except (requests.RequestException, OSError) as error:
            raise errors.Unavailable(f"{self._url}: {_in_short(error)}") from error

    def _headers(self) -> dict[str, str]:
        if self._token is None:
            return {}
        return {"Authorization": f"Bearer {self._token.read_text().strip()}"}


def _refuse_missing(**files: str) -> None:
    problems = [
        f"[{GROUP}] {option}: there is no file {file}"
        for option, file in files.items()
        if file and not Path(file).is_file()
    ]
    if problems:
        raise errors.ConfigurationError(problems)


def _content(response: requests.Response, deadline: float) -> bytes:
    """The body; one that drips in is given up in time, too."""
    parts = []
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        if time.monotonic() > deadline:
            raise errors.Unavailable("the answer did not come to its end in time")
    return b"".join(parts)


def _data(status: int, content: bytes) -> Any:
    try:
        answer = orjson.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        text = " ".join(content[:REASON_LIMIT].decode(errors="replace").split())
        raise errors.Unavailable(f"no answer of Prometheus, HTTP status {status}: {text}")
    if status == requests.codes.ok and answer.get("status") == "success":
        return answer.get("data")
    kind, text = answer.get("errorType", "error"), str(answer.get("error", ""))
    reason = f"{kind}: {text[:REASON_LIMIT]} (HTTP status {status})"
    if status in _BAD_QUERY and _TOO_MUCH not in text:
        raise errors.Rejected(reason)
    raise errors.Unavailable(reason)


def _in_short(error: Exception) -> str:
    """What is behind an error of a library that wraps and wraps."""
    cause: BaseException = error
    while cause.args and isinstance(cause.args[0], Exception):
        cause = cause.args[0]
    inner = getattr(cause, "reason", None)
    return f"{type(error).__name__}: {inner or cause}"[:REASON_LIMIT]
