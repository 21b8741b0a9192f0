# SPDX-License-Identifier: Apache-2.0
"""Tokens of Keystone, checked by keystonemiddleware."""

from collections.abc import Iterable

from keystoneauth1 import exceptions
from keystonemiddleware import auth_token
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.api.access import ADVICE, CHALLENGE, IDENTITY, Identity
from ceilobatch.api.answers import WSGI, Environ, Start

NEEDED = "This needs a token of Keystone in X-Auth-Token."
CONFIRMED = "Confirmed"


def checked(application: WSGI, conf: cfg.ConfigOpts) -> WSGI:
    """The application behind a check of tokens; who brings none is let through as nobody.

    :raises ConfigurationError: it is not said how to ask Keystone.
    """
    identified = Identified(application)
    # Figures need no token: whether one is needed is decided by rules, not here.
    settings = {"oslo_config_config": conf, "delay_auth_decision": True}
    try:
        filtered: WSGI = auth_token.AuthProtocol(identified, settings)
    except exceptions.ClientException as error:
        raise errors.ConfigurationError(f"[keystone_authtoken]: {error}") from error
    if not conf.keystone_authtoken.auth_type:
        raise errors.ConfigurationError(
            "[keystone_authtoken] auth_type: [api] auth_strategy keystone needs it"
        )
    identified.challenge = f'Keystone uri="{conf.keystone_authtoken.www_authenticate_uri or ""}"'
    return filtered


class Identified:
    """Takes over what was found out of a token.

    :ivar challenge: what is said to those who need a token and have none.
    """

    def __init__(self, application: WSGI) -> None:
        self.challenge = "Keystone"
        self._application = application

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        environ[ADVICE], environ[CHALLENGE] = NEEDED, self.challenge
        environ.pop(IDENTITY, None)
        # Set by the filter before, which removes what the client has invented.
        if environ.get("HTTP_X_IDENTITY_STATUS") == CONFIRMED:
            roles = tuple(role for role in environ.get("HTTP_X_ROLES", "").split(",") if role)
            environ[IDENTITY] = Identity(
                environ.get("HTTP_X_USER_ID", ""), roles, environ.get("HTTP_X_PROJECT_ID")
            )
        return self._application(environ, start)
