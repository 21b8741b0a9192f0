# SPDX-License-Identifier: Apache-2.0
"""The probes of ``ceilobatch check`` that concern neither a bus nor a plugin."""

import contextlib
import functools
import socket
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import coordination, errors
from ceilobatch.cmd.finding import Call

# Seconds in which a host says that nobody listens.
_PATIENCE = 0.3


def probes(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Call]]:
    """Coordination, and statsd where it is switched on; wrong values were told already."""
    yield "probe [coordination] url", functools.partial(_coordination, conf)
    with contextlib.suppress(cfg.Error, ValueError):
        if conf.statsd.enable:
            yield "probe [statsd] host", functools.partial(_statsd, conf)


def _coordination(conf: cfg.ConfigOpts) -> str:
    members = coordination.members(conf)
    return f"answers; workers that take part now: {len(members)}"


def _statsd(conf: cfg.ConfigOpts) -> str:
    """Datagrams without content count nothing, but a host where nobody listens refuses them."""
    host, port = conf.statsd.host, conf.statsd.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, place = found[0]
        with socket.socket(family, kind, protocol) as datagrams:
            datagrams.settimeout(_PATIENCE)
            datagrams.connect(place)
            datagrams.send(b"")
            with contextlib.suppress(TimeoutError):
                datagrams.recv(1)
    except socket.gaierror:
        raise errors.Unavailable(f"[statsd] host: the host name {host} is not known") from None
    except ConnectionRefusedError:
        raise errors.Unavailable(
            f"[statsd] port: nobody listens on {host}:{port} (UDP): start the statsd daemon there, "
            "or set [statsd] enable = false"
        ) from None
    except OSError as error:
        raise errors.Unavailable(f"[statsd] host: {host}:{port}: {error.strerror}") from None
    return f"{place[0]}:{port} refuses no datagrams; more is not to be learned of UDP"
