# SPDX-License-Identifier: Apache-2.0
"""Connection: requests to one Gnocchi, from many threads at the same time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gnocchiclient.exceptions
import orjson
import requests
from gnocchiclient.v1 import client
from keystoneauth1 import exceptions as keystone
from keystoneauth1 import loading
from keystoneauth1.loading import adapter
from keystoneauth1.session import TCPKeepAliveAdapter
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins.gnocchi.answers import Answer, understood

# What Gnocchi gives at most unless its [api] max_limit says otherwise.
PAGE = 1000
_AWAY = (
    gnocchiclient.exceptions.ClientException,
    keystone.ClientException,
    requests.RequestException,
)

OPTIONS: Sequence[cfg.Opt] = (
    *loading.get_auth_common_conf_options(),
    *loading.get_session_conf_options(),
    *loading.get_adapter_conf_options(include_deprecated=False),
)


class Connection:
    """One Gnocchi, as the options of a group say.

    Nothing is connected before the first request.

    :param group: has the :data:`OPTIONS`, and may have those of the authentication plugin that
        its ``auth_type`` names.
    :param threads: how many threads ask at the same time.
    :param timeout: seconds without an answer after which a request has failed, where the group's
        own ``timeout`` is not set.
    :raises ConfigurationError: the options do not go together, or some are missing.
    """

    def __init__(self, conf: cfg.ConfigOpts, group: str, threads: int, timeout: float) -> None:
        options = conf[group]
        self._session = requests.Session()
        pool = TCPKeepAliveAdapter(
            pool_connections=1,
            pool_maxsize=threads,
            tls_ciphers=options.tls_ciphers,
            tls_min_version=options.tls_min_version,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, pool)
        try:
            self._api = self._client(conf, group, options.timeout or timeout).api
        except (keystone.ClientException, cfg.Error, TypeError, ValueError) as error:
            raise errors.ConfigurationError(f"[{group}]: {error}") from error

    def get(self, path: str, **parameters: Any) -> Any:
        """The decoded answer of something below ``v1/``; see :meth:`ask`.

        :raises Rejected: the request can never be answered.
        :raises Unavailable: it is not now, or there is no such thing.
        """
        return self.ask("GET", path, parameters).content()

    def post(self, path: str, body: Any, **parameters: Any) -> Any:
        """As :meth:`get`."""
        return self.ask("POST", path, parameters, body).content()

    def search(
        self, resource_type: str, query: Mapping[str, Any], attributes: Sequence[str], **more: Any
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Pages of resources, ``id`` and these attributes of each; none of an unknown type.

        :param more: parameters of the request, such as ``sort``.
        :raises Rejected: there is no such attribute.
        :raises Unavailable: nothing more is known.
        """
        parameters = {"attrs": ["id", *attributes], "limit": PAGE, **more}
        while True:
            answer = self.ask("POST", f"search/resource/{resource_type}", parameters, query)
            if answer.nothing:
                return
            page = answer.content()
            yield page
            if not (page and answer.more):
                return
            parameters["marker"] = page[-1]["id"]

    def ask(
        self, method: str, path: str, parameters: Mapping[str, Any], body: Any = None
    ) -> Answer:
        """Send one request and wait for its answer.

        :raises Unavailable: there was none, or none that says anything of the request.
        """
        return understood(self.send(method, path, parameters, body))

    def send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any],
        body: Any = None,
        content_type: str = "application/json",
    ) -> requests.Response:
        """Send one request; its answer, whatever it is.

        :raises Unavailable: there was none.
        """
        try:
            response: requests.Response = self._api.request(
                f"v1/{path}",
                method,
                headers={"Accept": "application/json", "Content-Type": content_type},
                params={name: value for name, value in parameters.items() if value is not None},
                data=None if body is None else orjson.dumps(body),
                raise_exc=False,
                # Bodies of a megabyte are nobody's log.
                log=False,
            )
        except _AWAY as error:
            raise errors.Unavailable(f"Gnocchi: {_sentence(error)}") from error
        return response

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _client(self, conf: cfg.ConfigOpts, group: str, timeout: float) -> client.Client:
        auth = loading.load_auth_from_conf_options(conf, group)
        if auth is None:
            raise ValueError(
                "auth_type is empty; it is one of Keystone's, such as password, or gnocchi-basic "
                "or gnocchi-noauth"
            )
        session = loading.load_session_from_conf_options(
            conf, group, auth=auth, session=self._session, timeout=timeout
        )
        where: dict[str, Any] = {}
        adapter.process_conf_options(conf[group], where)
        given = {name: value for name, value in where.items() if value is not None}
        return client.Client(session=session, adapter_options=given)


def _sentence(error: Exception) -> str:
    return str(error).replace("\n", " ") or type(error).__name__
