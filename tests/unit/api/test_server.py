# SPDX-License-Identifier: Apache-2.0
"""The HTTP server on a socket: many at a time, odd requests, draining."""

import http.client
import json
import socket
import threading
import urllib.parse

import pytest

from ceilobatch import errors
from ceilobatch.api.server import Server

PATIENCE = 20.0


class Slow:
    """An application whose answers wait until they are let go."""

    def __init__(self):
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, environ, start):
        if environ["PATH_INFO"] == "/slow":
            self.asked.release()
            assert self.go.wait(PATIENCE)
        content = environ["wsgi.input"].read() or environ["REMOTE_ADDR"].encode()
        start("200 OK", [("Content-Length", str(len(content)))])
        return [content]


class Serving:
    """A server in a thread of its own."""

    def __init__(self, conf, application):
        self.server = Server(conf, application)
        self.address = urllib.parse.urlsplit(self.server.url)
        self.drained = None
        self._connections = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        self.drained = self.server.run()

    def connect(self):
        where = (self.address.hostname, self.address.port)
        self._connections.append(http.client.HTTPConnection(*where, timeout=PATIENCE))
        return self._connections[-1]

    def get(self, path, **headers):
        connection = self.connect()
        connection.request("GET", path, headers=headers)
        return connection.getresponse().read().decode()

    def raw(self, request):
        where = (self.address.hostname, self.address.port)
        with socket.create_connection(where, PATIENCE) as connection:
            connection.sendall(request)
            head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)

    @property
    def refuses(self):
        with socket.socket() as one:
            return one.connect_ex((self.address.hostname, self.address.port)) != 0

    def join(self):
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        for connection in self._connections:
            connection.close()


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def serve(configure, slow):
    """Makes servers; they are stopped, and what they are asked let go."""
    made = []

    def make(**options):
        made.append(Serving(configure(port=free_port(), **options), slow))
        return made[-1]

    yield make
    slow.go.set()
    for one in made:
        one.server.stop()
        one.join()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def in_thread(function, *args):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(function(*args)))
    thread.start()
    return thread, answers


def test_requests_in_hand_are_answered_and_no_more_accepted_once_it_is_told_to_stop(serve, slow):
    serving = serve()
    idle = serving.connect()
    idle.request("GET", "/")
    assert idle.getresponse().read() == b"127.0.0.1"
    asking = [in_thread(serving.get, "/slow") for _ in range(2)]
    for _ in asking:
        assert slow.asked.acquire(timeout=PATIENCE)
    serving.server.stop()
    # The connection without a request is closed; its end is the sign that it drains.
    assert idle.sock.recv(1) == b""
    assert serving.refuses
    slow.go.set()
    for thread, answers in asking:
        thread.join(PATIENCE)
        assert answers == ["127.0.0.1"]
    serving.join()
    assert serving.drained is True
    assert not [one for one in threading.enumerate() if one.name.startswith("waitress")]


def test_request_that_takes_too_long_is_cut_short(configure, slow):
    conf = configure(port=free_port())
    conf.set_override("graceful_shutdown_timeout", 1)
    serving = Serving(conf, slow)
    with socket.create_connection((serving.address.hostname, serving.address.port)) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
        assert slow.asked.acquire(timeout=PATIENCE)
        serving.server.stop()
        serving.join()
        assert serving.drained is False
        slow.go.set()
        assert connection.recv(1) == b""


def test_answer_that_is_given_while_it_drains_says_that_the_connection_ends(serve, slow):
    serving = serve()
    idle, connection = serving.connect(), serving.connect()
    idle.connect()
    connection.request("GET", "/slow")
    assert slow.asked.acquire(timeout=PATIENCE)
    serving.server.stop()
    assert idle.sock.recv(1) == b""
    slow.go.set()
    answer = connection.getresponse()
    assert answer.headers["Connection"] == "close"
    answer.close()


def test_more_connections_than_threads_are_all_answered(serve):
    serving = serve(threads=2)
    asking = [in_thread(serving.get, "/") for _ in range(30)]
    for thread, answers in asking:
        thread.join(PATIENCE)
        assert answers == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\r\n\r\nnonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_odd_requests_are_answered_as_others_are(serve, request_, status):
    found, body = serve().raw(request_)
    assert found == status
    assert set(body) == {"title", "description"}


def test_address_that_is_taken_is_told_in_one_sentence(serve, configure, slow):
    taken = serve().address
    with pytest.raises(errors.ConfigurationError, match="somebody else listens there") as told:
        Server(configure(port=taken.port), slow)
    assert str(taken.port) in str(told.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid"])
def test_address_that_is_not_this_hosts_is_told_in_one_sentence(configure, slow, host):
    with pytest.raises(errors.ConfigurationError, match=r"\[api\] host, port: cannot listen"):
        Server(configure(host=host, port=free_port()), slow)


@pytest.mark.parametrize(
    ("proxy", "client"), [("127.0.0.1", "192.0.2.1"), ("192.0.2.9", "127.0.0.1"), (None,) * 2]
)
def test_only_the_trusted_proxy_is_believed(serve, proxy, client):
    headers = {"X-Forwarded-For": "198.51.100.1, 192.0.2.1", "Forwarded": "for=198.51.100.1"}
    assert serve(trusted_proxy=proxy).get("/", **headers) == (client or "127.0.0.1")
