# SPDX-License-Identifier: Apache-2.0
"""Credentials: the headers that a server wants: as given, or a token that Keystone gives."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keystoneauth1 import exceptions, loading, session

from ceilobatch import errors

TOKEN = "X-Auth-Token"  # noqa: S105  (the name of a header)
_ENVIRONMENT = "OS_"


def headers(
    given: Iterable[str], token: str | None, *, keystone: bool
) -> Callable[[], Mapping[str, str]]:
    """What to send, to be asked before each request.

    :param given: each ``Name: value``.
    :param keystone: ask Keystone for a token, as the environment's ``OS_*`` say, where there is
        no other and ``OS_AUTH_URL`` is set.
    :raises ConfigurationError: a header is none, or the environment does not suffice.
    """
    fixed = dict(map(_header, given))
    if token is not None:
        fixed[TOKEN] = token
    known = {name.lower() for name in fixed}
    if not keystone or TOKEN.lower() in known or not os.environ.get("OS_AUTH_URL"):
        return lambda: fixed
    ask = _keystone()
    return lambda: {**fixed, TOKEN: ask()}


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        # The value may be a secret.
        raise errors.ConfigurationError("a --header is written 'Name: value'")
    return name.strip(), value.strip()


def _keystone() -> Callable[[], str]:
    """Asks for a token; the same one until it ends."""
    try:
        loader: Any = loading.get_plugin_loader(os.environ.get("OS_AUTH_TYPE") or "password")
        values = {}
        for option in loader.get_options():
            names = [option.dest, *(one.dest for one in option.deprecated)]
            found = (os.environ.get(_ENVIRONMENT + name.upper()) for name in names)
            values[option.dest] = next((value for value in found if value), None)
        plugin = loader.load_from_options(
            **{name: value for name, value in values.items() if value is not None}
        )
    except exceptions.ClientException as error:
        raise errors.ConfigurationError(
            f"the OS_* variables do not suffice for a token: {error}"
        ) from None
    connection = session.Session(
        auth=plugin, verify=os.environ.get("OS_CACERT") or True, timeout=30
    )

    def ask() -> str:
        try:
            return str(connection.get_token())
        except exceptions.ClientException as error:
            if isinstance(error, exceptions.ConnectFailure | exceptions.RetriableConnectionFailure):
                raise errors.Unavailable(f"Keystone: {error}") from None
            raise errors.ConfigurationError(f"Keystone gives no token: {error}") from None

    return ask
