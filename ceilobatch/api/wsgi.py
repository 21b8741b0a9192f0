# SPDX-License-Identifier: Apache-2.0
"""The service for WSGI servers such as uwsgi or gunicorn: ``ceilobatch.api.wsgi:application``."""

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterable

from oslo_config import cfg
from oslo_log import log

from ceilobatch import config, errors
from ceilobatch.api import service
from ceilobatch.api.answers import WSGI, Environ, Start, refuse
from ceilobatch.api.errors import UNUSABLE

LOG = log.getLogger(__name__)

# Where the configuration is, files separated by colons; without it, in the usual places.
CONFIG_FILES = "CEILOBATCH_CONFIG_FILES"


class Application:
    """Built at the first request, because servers fork after they have loaded it."""

    def __init__(self, configure: Callable[[], cfg.ConfigOpts]) -> None:
        self._configure = configure
        self._pipeline: WSGI | None = None
        self._lock = threading.Lock()
        self._open = contextlib.ExitStack()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        try:
            pipeline = self._pipeline or self._build()
        except errors.CeilobatchError as error:
            LOG.error("The service cannot be built: %s", error)
            return refuse(environ, start, 500, UNUSABLE, {})
        return pipeline(environ, start)

    def close(self) -> None:
        """Join the threads that were started."""
        self._open.close()

    def _build(self) -> WSGI:
        with self._lock:
            if self._pipeline is None:
                self._pipeline = self._open.enter_context(service.serving(self._configure()))
                atexit.register(self.close)
            return self._pipeline


def configured() -> cfg.ConfigOpts:
    """The configuration, and the log as it says.

    :raises ConfigurationError: it cannot be used.
    """
    files = os.environ.get(CONFIG_FILES)
    conf = config.load(files.split(":") if files else None)
    config.setup_logging(conf)
    return conf


application = Application(configured)
