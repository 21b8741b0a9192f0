# SPDX-License-Identifier: Apache-2.0
"""The pipelines of the service: what a request passes before it reaches the application."""

import configparser
import contextvars
import functools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from oslo_config import cfg
from oslo_log import log
from oslo_middleware import http_proxy_to_wsgi
from paste.deploy import loadapp

from ceilobatch import errors
from ceilobatch.api import app
from ceilobatch.api.answers import WSGI, Environ, Start, refuse
from ceilobatch.api.auth_basic import OPTION as HTPASSWD
from ceilobatch.api.auth_basic import BasicAuthentication
from ceilobatch.api.context import Context
from ceilobatch.api.errors import UNEXPECTED
from ceilobatch.api.limits import BodySize, RateLimit
from ceilobatch.definitions import packaged

LOG = log.getLogger(__name__)

FILE = "api-paste.ini"
NONE, HTTP_BASIC, KEYSTONE = "none", "http_basic", "keystone"
# What PasteDeploy raises over a file that it cannot use.
_UNUSABLE = (
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    ValueError,
    configparser.Error,
)

Filter = Callable[[WSGI], WSGI]


class Building(NamedTuple):
    """What the parts of a pipeline are made of."""

    conf: cfg.ConfigOpts
    context: Context


# Factories are called by PasteDeploy, which passes on text alone.
_BUILDING: contextvars.ContextVar[Building] = contextvars.ContextVar("building")


def load(context: Context) -> WSGI:
    """The pipeline that the configuration asks for, with the application at its end.

    :raises ConfigurationError: it cannot be built.
    """
    conf = context.conf
    file, name = config_file(conf), strategy(conf)
    token = _BUILDING.set(Building(conf, context))
    try:
        pipeline: WSGI = loadapp(f"config:{file.resolve()}", name=name)
    except _UNUSABLE as error:
        reason = " ".join(str(error).split())
        raise errors.ConfigurationError(f"[api] paste_config: {file}: {reason}") from error
    finally:
        _BUILDING.reset(token)
    return Guarded(pipeline)


class Guarded:
    """Lets no error out of a pipeline, whichever filter it comes from."""

    def __init__(self, pipeline: WSGI) -> None:
        self._pipeline = pipeline

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        try:
            return self._pipeline(environ, start)
        except Exception:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            LOG.exception("%s %r failed in the pipeline", method, path)
            again = functools.partial(_again, start, sys.exc_info())
            return refuse(environ, again, 500, UNEXPECTED, {})


def _again(start: Start, failed: object, status: str, headers: object) -> Any:
    return start(status, headers, failed)


def config_file(conf: cfg.ConfigOpts) -> Path:
    """The file of the pipelines.

    :raises ConfigurationError: the installation has none.
    """
    if conf.api.paste_config:
        return Path(conf.api.paste_config)
    operators = packaged.OPERATOR / FILE
    return operators if operators.is_file() else packaged.file(FILE)


def strategy(conf: cfg.ConfigOpts) -> str:
    """The name of the pipeline.

    :raises ConfigurationError: there are no passwords where they are wanted.
    """
    chosen: str = conf.api.auth_strategy or (HTTP_BASIC if conf.api.htpasswd_file else NONE)
    if chosen == HTTP_BASIC and not conf.api.htpasswd_file:
        raise errors.ConfigurationError(
            f"{HTPASSWD}: [api] auth_strategy {HTTP_BASIC} needs this file"
        )
    return chosen


def application(_global: object, **_local: str) -> WSGI:
    """``paste.app_factory`` of the application."""
    return app.build(*_BUILDING.get())


def proxy(_global: object, **_local: str) -> Filter:
    """``paste.filter_factory``: take over what a proxy says of its client, if that is enabled."""
    conf = _BUILDING.get().conf
    conf.register_opts(http_proxy_to_wsgi.OPTS, group="oslo_middleware")
    if not conf.oslo_middleware.enable_proxy_headers_parsing:
        return lambda following: following
    return lambda following: http_proxy_to_wsgi.HTTPProxyToWSGI(following, conf)


def rate_limit(_global: object, **_local: str) -> Filter:
    """``paste.filter_factory``: limit how often an address may ask."""
    conf = _BUILDING.get().conf
    return lambda following: RateLimit(following, conf)


def body_size(_global: object, **_local: str) -> Filter:
    """``paste.filter_factory``: limit how large a body may be."""
    conf = _BUILDING.get().conf
    return lambda following: BodySize(following, conf)


def http_basic(_global: object, **_local: str) -> Filter:
    """``paste.filter_factory``: take names and passwords."""
    conf = _BUILDING.get().conf
    return lambda following: BasicAuthentication(following, conf)


def keystone(_global: object, **_local: str) -> Filter:
    """``paste.filter_factory``: take tokens of Keystone."""
    from ceilobatch.api import auth_keystone  # It is slow to import.

    conf = _BUILDING.get().conf
    return lambda following: auth_keystone.checked(following, conf)
