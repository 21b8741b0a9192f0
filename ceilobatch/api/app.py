# SPDX-License-Identifier: Apache-2.0
"""The application: every resource of the service, without what the paste pipeline puts before."""

from types import ModuleType

from oslo_config import cfg

from ceilobatch.api import context as contexts
from ceilobatch.api import dropwizard, errors, health, index, prometheus
from ceilobatch.api.access import Gatekeeper
from ceilobatch.api.application import App, Headers
from ceilobatch.api.context import Context
from ceilobatch.api.monasca import routes as monasca
from ceilobatch.api.v1 import routes as v1

# Each has ``add_routes(app, context)``; one whose errors look otherwise than ours has
# ``ERROR_BODIES``, from the beginning of a path to a function that makes the body.
ROUTES: tuple[ModuleType, ...] = (
    index,
    health,
    prometheus,
    dropwizard,
    monasca,
    v1,
)


def build(conf: cfg.ConfigOpts, context: Context | None = None) -> App:
    """The application; safe to be called from several threads. It starts no thread.

    :param context: a new one by default.
    :raises ConfigurationError: it cannot work as it is configured.
    """
    context = context or contexts.of(conf)
    app = App(middleware=[Gatekeeper(conf), Headers()])
    bodies = {
        prefix: body
        for module in ROUTES
        for prefix, body in getattr(module, "ERROR_BODIES", {}).items()
    }
    errors.install(app, bodies)
    for module in ROUTES:
        module.add_routes(app, context)
    return app
