# SPDX-License-Identifier: Apache-2.0
"""The service as a whole: the pipeline and its threads, from beginning to end."""

import contextlib
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch.api import context as contexts
from ceilobatch.api import paste
from ceilobatch.api.answers import WSGI
from ceilobatch.api.sampler import Sampler


@contextlib.contextmanager
def serving(conf: cfg.ConfigOpts) -> Iterator[WSGI]:
    """The pipeline, while everything that it needs is there.

    :raises ConfigurationError: it cannot work as it is configured.
    """
    context = contexts.of(conf)
    with context.closing:
        application = paste.load(context)
        sampler = Sampler(context)
        # Stopped in the end all the same; but where another server imports the service, the
        # interpreter waits for other threads before it lets anybody stop them.
        sampler.daemon = True
        context.closing.callback(sampler.stop)
        for thread in (sampler, context.letters, context.rates):
            thread.start()
        yield application
