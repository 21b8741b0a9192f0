# SPDX-License-Identifier: Apache-2.0
"""Names and passwords: HTTP basic by oslo.middleware, with its gaps closed.

Its filter answers 401 to every error of the application behind it, and tells by the time it takes
whether a name exists; so only its parts are used.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

import webob.exc
from oslo_config import cfg
from oslo_log import log
from oslo_middleware import basic_auth
from oslo_middleware.exceptions import ConfigInvalid

from ceilobatch import errors
from ceilobatch.api.access import ADVICE, CHALLENGE, IDENTITY, Identity
from ceilobatch.api.answers import WSGI, Environ, Start, refuse
from ceilobatch.api.buckets import Buckets
from ceilobatch.api.limits import client, too_many

LOG = log.getLogger(__name__)

OPTION = "[api] htpasswd_file"
SCHEME = 'Basic realm="ceilobatch", charset="UTF-8"'
NEEDED = "This needs a name and a password, by HTTP basic."
WRONG = "This name and password are not accepted."
OFTEN = "Too many wrong passwords came from this address; try again later."
# Bytes from which on bcrypt would not look.
LONGEST_PASSWORD = 72
USUAL_ROUNDS = 12
# Not the digest of anything that can be found.
NOBODY = "." * 53


class BasicAuthentication:
    """Finds out who asks; who brings no credential is let through as nobody.

    :raises ConfigurationError: the file of passwords cannot be used.
    """

    def __init__(self, application: WSGI, conf: cfg.ConfigOpts) -> None:
        self._application = application
        self._file = conf.api.htpasswd_file
        self._roles = {
            "admin": frozenset(conf.api.admin_users),
            "reader": frozenset(conf.api.reader_users),
        }
        self._failures = Buckets(
            conf.api.failed_logins_per_minute / 60, conf.api.failed_logins_burst
        )
        refuse_unusable(self._file)
        # It tells at INFO which names were tried; here that is told with the address.
        logging.getLogger(basic_auth.__name__).setLevel(logging.ERROR)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        environ[ADVICE], environ[CHALLENGE] = NEEDED, SCHEME
        environ.pop(IDENTITY, None)
        if "HTTP_AUTHORIZATION" not in environ:
            return self._application(environ, start)
        address = client(environ)
        # Taken first, so that no more are tried at the same time either.
        if wait := self._failures.take(address):
            return too_many(environ, start, wait, OFTEN)
        user = self._user(environ)
        if user is None:
            LOG.warning("A wrong credential came from %s", address)
            return refuse(environ, start, 401, WRONG, {"WWW-Authenticate": SCHEME})
        self._failures.give_back(address)
        roles = tuple(role for role, users in self._roles.items() if user in users)
        environ[IDENTITY] = Identity(user, roles)
        return self._application(environ, start)

    def _user(self, environ: Environ) -> str | None:
        """The name whose password came along."""
        try:
            name, password = basic_auth.parse_token(basic_auth.parse_header(environ))
            return self._name(name, password)
        except webob.exc.HTTPException:
            return None

    def _name(self, name: str, password: bytes) -> str | None:
        entries = _entries(self._file)
        if len(password) > LONGEST_PASSWORD:
            return None
        if name not in entries:
            # As much work as for a name that exists, so that time does not tell.
            _pretend(password, entries)
            return None
        user: str = basic_auth.authenticate(self._file, name, password)["HTTP_X_USER"]
        return user


def refuse_unusable(file: str) -> None:
    """:raises ConfigurationError: it cannot be read, or a digest is none of bcrypt."""
    try:
        basic_auth.validate_auth_file(file)
    except webob.exc.HTTPException as error:
        raise errors.ConfigurationError(f"{OPTION}: {file}: {error.detail}") from None
    except (ConfigInvalid, ValueError) as error:
        reason = "it is not a text file" if isinstance(error, ValueError) else "it cannot be read"
        raise errors.ConfigurationError(f"{OPTION}: {file}: {reason}") from None


def _entries(file: str) -> dict[str, str]:
    """Digests by name; none where the file cannot be read."""
    try:
        lines = Path(file).read_text().splitlines()
    except (OSError, ValueError) as error:
        LOG.error("%s: %s cannot be read: %s", OPTION, file, error)
        return {}
    pairs = (line.strip().partition(":") for line in lines)
    return {name: digest for name, _, digest in pairs if name and digest}


def _pretend(password: bytes, entries: dict[str, str]) -> None:
    digest = next(iter(entries.values()), f"$2b${USUAL_ROUNDS:02}${NOBODY}")
    try:
        basic_auth.auth_entry(f"nobody:{digest[:7]}{NOBODY}", password)
    except (webob.exc.HTTPException, ValueError):
        return
