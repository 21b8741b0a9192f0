# SPDX-License-Identifier: Apache-2.0
"""Oslo.messaging's driver of a transport URL, for what depends on its being RabbitMQ."""

import oslo_messaging
from oslo_config import cfg
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.plugins import loader


def rabbit_driver(
    conf: cfg.ConfigOpts, url: str | TransportURL | None, option: str
) -> impl_rabbit.RabbitDriver:
    """The driver, unconnected; its ``conf`` knows the options that stand in the URL, too.

    :param option: where the URL was written; for the error.
    :raises ConfigurationError: it is no URL of a RabbitMQ.
    """
    try:
        driver = oslo_messaging.get_notification_transport(conf, url=url)._driver
    except Exception as error:
        raise errors.ConfigurationError(
            f"{option}: letters cannot be sent that way: {loader.explain(error)}"
        ) from error
    if not isinstance(driver, impl_rabbit.RabbitDriver):
        raise errors.ConfigurationError(
            f"{option}: letters are sent through RabbitMQ only, whose driver can tell that the "
            "broker keeps them (rabbit://)"
        )
    return driver
