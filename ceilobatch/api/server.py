# SPDX-License-Identifier: Apache-2.0
"""The HTTP server: waitress, made to drain when it is told to stop."""

import errno
import logging
import socket
import time

from oslo_config import cfg
from oslo_log import log
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask

from ceilobatch import errors
from ceilobatch.api import answers

LOG = log.getLogger(__name__)

# Seconds between two looks whether all is done; a request that ends makes it look at once.
LOOK = 0.2
# Seconds that a connection may be quiet.
QUIET = 60
MOST_HEADERS = 64 * 1024
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto")
# By what is wrong with a request that never reaches the pipeline.
SENTENCES = {
    413: "The body is too large.",
    431: "The headers are too large.",
    500: "The service failed at this request; its log says why.",
    501: "This way to send a body is not known.",
}
NOT_HTTP = "This is not a request of HTTP."


class Server:
    """Listens from its construction on, answers while it runs.

    :raises ConfigurationError: nobody can listen at ``[api] host`` and ``port``.
    """

    def __init__(self, conf: cfg.ConfigOpts, application: answers.WSGI) -> None:
        # It warns of each request that has to wait for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._timeout = conf.graceful_shutdown_timeout
        self._stopped = False
        self._server = _created(conf, application)
        self._server.channel_class = Channel

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.effective_host, self._server.effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def stop(self) -> None:
        """Let ``run`` end; from any thread or signal handler."""
        if not self._stopped:
            self._stopped = True
            self._server.pull_trigger()

    def run(self) -> bool:
        """Answer until stopped, then drain; whether all requests in hand were answered."""
        while not self._stopped:
            self._turn(1.0)
        self._refuse_more()
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0 and self._busy():
            self._turn(min(left, LOOK))
        drained = not self._busy()
        self._server.task_dispatcher.shutdown(timeout=max(0.0, deadline - time.monotonic()))
        wasyncore.close_all(self._server._map)
        return drained

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._server._map, count=1)

    def _refuse_more(self) -> None:
        """Take in what has connected already; the trigger goes on, connections do, too."""
        known = -1
        while len(self._server.active_channels) > known:
            known = len(self._server.active_channels)
            self._server.handle_accept()
        wasyncore.dispatcher.close(self._server)
        # What such clients have sent by now is read, and so among the requests in hand.
        self._turn(0.0)

    def _busy(self) -> bool:
        """Whether a request is in hand; connections without one are closed."""
        channels: list[Channel] = list(self._server.active_channels.values())
        for channel in channels:
            channel.finish()
        return any(channel.busy for channel in channels)


class JSONErrorTask(ErrorTask):  # type: ignore[misc]
    """Answers requests that do not reach the pipeline as the pipeline answers its errors."""

    def execute(self) -> None:
        """Write the answer."""
        error = self.request.error
        content = answers.body(error.code, SENTENCES.get(error.code, NOT_HTTP))
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [*answers.HEADERS.items(), ("Content-Type", answers.JSON)]
        self.set_close_on_finish()
        self.content_length = len(content)
        self.write(content)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    error_task_class = JSONErrorTask

    @property
    def busy(self) -> bool:
        """Whether a request is being read or answered, or an answer being sent."""
        return self.connected and bool(
            self.requests or self.request is not None or self.total_outbufs_len
        )

    def finish(self) -> None:
        """Answer what has been asked, ask the client to ask no more here, then close."""
        with self.requests_lock:
            for request in self.requests:
                request.headers["CONNECTION"] = "close"
            if not self.busy:
                self.will_close = True


def _created(conf: cfg.ConfigOpts, application: answers.WSGI) -> BaseWSGIServer:
    proxy = {"trusted_proxy": conf.api.trusted_proxy, "trusted_proxy_headers": set(FORWARDED)}
    return create_server(
        application,
        # Bound before: waitress would leave sockets and threads behind where that fails.
        sockets=[_bound(conf.api.host, conf.api.port)],
        threads=conf.api.threads,
        connection_limit=conf.api.connections,
        max_request_body_size=conf.api.max_body_size + 1,
        max_request_header_size=MOST_HEADERS,
        channel_timeout=QUIET,
        asyncore_use_poll=True,
        ident=None,
        **(proxy if conf.api.trusted_proxy else {}),
    )


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "somebody else listens there" if taken else error.strerror
        raise errors.ConfigurationError(
            f"[api] host, port: cannot listen on {host} port {port}: {reason}"
        ) from error
    return bound
