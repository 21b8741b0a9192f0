# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern the buses which the agent listens to."""

import contextlib
import functools
from collections.abc import Iterator

from oslo_config import cfg
from oslo_messaging.transport import TransportURL

from ceilobatch import bus, config, errors
from ceilobatch.cmd import reach, spelling
from ceilobatch.cmd.finding import Call, Finding, examine
from ceilobatch.plugins import loader

_NO_HOST = "localhost:5672 as guest, because the URL names no host"


def findings(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    """The URLs, exchanges and topics, the drivers and their options; nobody is connected to."""
    yield from examine("bus", functools.partial(_bus, conf))
    with contextlib.suppress(errors.ConfigurationError, cfg.Error, ValueError):
        for name in dict.fromkeys(driver(conf, url) for url in bus.urls(conf)):
            yield from examine(f"bus driver: {name}", functools.partial(_driver, conf, name))


def probes(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Call]]:
    """One for each host of each bus."""
    with contextlib.suppress(errors.ConfigurationError):
        for url in bus.urls(conf):
            for host in url.hosts:
                call = functools.partial(reach.reach, conf, url, host)
                yield f"probe bus {reach.address(url, host)}", call


def driver(conf: cfg.ConfigOpts, url: TransportURL) -> str:
    """The name of the transport driver that a bus is listened to with."""
    native = f"{bus.BATCH_NATIVE_PREFIX}{url.transport}"
    batched = conf.notification.consumer == "batch" and native in loader.names(loader.TRANSPORTS)
    return native if batched else str(url.transport)


def _bus(conf: cfg.ConfigOpts) -> str:
    found = bus.urls(conf)
    bindings = bus.bindings(conf)
    where = ", ".join(_where(url, _option(conf)) for url in found)
    return f"{len(bindings)} bindings on {where}"


def _option(conf: cfg.ConfigOpts) -> str:
    return "[notification] urls" if conf.notification.urls else "[DEFAULT] transport_url"


def _where(url: TransportURL, option: str) -> str:
    if url.transport == bus.KAFKA and not any(host.hostname for host in url.hosts):
        raise errors.ConfigurationError(
            f"{option}: the URL of Kafka names no host; write kafka://host:9092/"
        )
    names = ", ".join(reach.address(url, host) for host in url.hosts)
    return names or (_NO_HOST if url.transport in reach.RABBIT else url.transport)


def _driver(conf: cfg.ConfigOpts, name: str) -> str:
    plugin = loader.load(loader.TRANSPORTS, name.partition("+")[0], _option(conf))
    group = f"oslo_messaging_{name.removeprefix(bus.BATCH_NATIVE_PREFIX)}"
    wanted = [(known, members) for known, members in spelling.of_libraries() if known == group]
    for known, members in wanted:
        conf.register_opts(list(members), group=known)
    if problems := list(config.wrong_values(conf, wanted)):
        raise errors.ConfigurationError(problems)
    return f"{plugin.__module__}:{plugin.__qualname__}"
