# SPDX-License-Identifier: Apache-2.0
"""Limits: how often one address may ask, and how much it may send."""

import ipaddress
import math
from collections.abc import Iterable

from oslo_config import cfg

from ceilobatch.api.answers import WSGI, Environ, Start, refuse
from ceilobatch.api.buckets import Buckets

# What one subscriber commonly has of IPv6; limiting single addresses would limit nobody.
PREFIX_V6 = 64


def client(environ: Environ) -> str:
    """Whom to count a request for: an address, or a network of IPv6.

    Of a list, which proxies append to, it is the last: others may be the client's invention.
    """
    last: str = environ.get("REMOTE_ADDR", "").rpartition(",")[2].strip().strip('"')
    text = last.partition("]")[0].lstrip("[") if last.startswith("[") else last
    text = text.partition(":")[0] if text.count(":") == 1 else text
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, PREFIX_V6), strict=False))


def too_many(environ: Environ, start: Start, wait: float, sentence: str) -> Iterable[bytes]:
    """Answer 429.

    :param wait: seconds after which it may be tried again.
    """
    return refuse(environ, start, 429, sentence, {"Retry-After": str(math.ceil(wait))})


class RateLimit:
    """Answers 429 to an address that asks too often."""

    def __init__(self, application: WSGI, conf: cfg.ConfigOpts) -> None:
        self._application = application
        rate = conf.api.requests_per_second
        self._buckets = Buckets(rate, conf.api.requests_burst) if rate else None

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        wait = self._buckets.take(client(environ)) if self._buckets is not None else 0.0
        if wait:
            return too_many(environ, start, wait, "This address asks too often; ask again later.")
        return self._application(environ, start)


class BodySize:
    """Answers 413 to a body that is too large, before any of it is read."""

    def __init__(self, application: WSGI, conf: cfg.ConfigOpts) -> None:
        self._application = application
        self._most = conf.api.max_body_size

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Part of WSGI."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not length and "HTTP_TRANSFER_ENCODING" in environ:
            return refuse(environ, start, 411, "A body needs a Content-Length.", {})
        if length and not (length.isascii() and length.isdigit()):
            return refuse(environ, start, 400, "The Content-Length is not a number.", {})
        if length and int(length) > self._most:
            sentence = f"The body has more than {self._most} bytes."
            # What has not been read is not another request.
            return refuse(environ, start, 413, sentence, {})
        return self._application(environ, start)
