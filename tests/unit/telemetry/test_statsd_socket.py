# SPDX-License-Identifier: Apache-2.0
"""A host that is dead, absent or without an address costs nothing, and is told once."""

import socket
import threading
import time

import pytest

from ceilobatch.telemetry.statsd_socket import Wire

from .figures import Daemon, daemon

UNKNOWN = "no-such-host.invalid"
LOGGER = "ceilobatch.telemetry.statsd_socket"


@pytest.fixture
def wires():
    """Makes wires; all are closed in the end."""
    made = []

    def make(host, port):
        made.append(Wire(host, port))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def told(caplog):
    """What was logged, as levels."""
    caplog.set_level("INFO", LOGGER)
    return lambda: [one.levelname for one in caplog.records if one.name == LOGGER]


def free_port():
    with daemon() as one:
        return one.port


@pytest.fixture
def no_dns(monkeypatch):
    """Names are answered by the test: what the function that it sets says."""
    real, answer = socket.getaddrinfo, {}

    def resolve(host, port, *args, flags=0, **kwargs):
        if flags & socket.AI_NUMERICHOST or "says" not in answer:
            return real(host, port, *args, flags=flags, **kwargs)
        return answer["says"](host, port)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return lambda says: answer.update(says=says)


def address(host, port, family=socket.AF_INET):
    return (family, socket.SOCK_DGRAM, 17, "", (host, port))


@pytest.mark.parametrize(
    ("given", "listening"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_datagrams_arrive(wires, no_dns, given, listening):
    no_dns(lambda host, port: [address("127.0.0.1", port)])
    with daemon(listening) as one:
        wire = wires(given, one.port)
        wire.send([b"a", b"b"])
        assert one.datagrams(2) == [b"a", b"b"]
        assert (wire.sent, wire.lost) == (2, 0)


def test_dead_host_is_counted_and_told_once_until_it_is_back(wires, told):
    wire = wires("127.0.0.1", free_port())
    for _ in range(5):
        wire.send([b"a", b"b", b"c"])
    # What was lost last is known when there is something to be sent again.
    assert wire.lost >= 14
    assert told() == ["WARNING"]
    with daemon(port=wire._port) as one:
        for number in range(3):
            wire.send([b"%d" % number])
        assert one.datagrams(3) == [b"0", b"1", b"2"]
    assert told() == ["WARNING", "INFO"]
    assert wire.lost == 15


def test_dead_host_is_told_once_where_there_is_one_datagram_at_a_time(wires, told):
    wire = wires("127.0.0.1", free_port())
    for _ in range(6):
        wire.send([b"a"])
    assert wire.lost == 5
    assert told() == ["WARNING"]


def test_host_that_is_unknown_is_counted_and_told_once_until_it_is_known(wires, told, no_dns):
    def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    no_dns(unknown)
    with daemon() as one:
        wire = wires(UNKNOWN, one.port)
        for _ in range(3):
            wire.send([b"a", b"b"])
        assert (wire.sent, wire.lost) == (0, 6)
        assert told() == ["WARNING"]
        no_dns(lambda host, port: [address("127.0.0.1", port)])
        wire.send([b"c"])
        assert one.datagrams(1) == [b"c"]
    assert (wire.sent, wire.lost) == (1, 6)
    assert told() == ["WARNING", "INFO"]


def test_host_is_looked_for_once_a_flush(wires, no_dns):
    asked = []

    def unknown(host, port):
        asked.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    no_dns(unknown)
    wire = wires(UNKNOWN, 1)
    for _ in range(4):
        wire.send([b"a"] * 10)
    assert asked == [UNKNOWN] * 4


def test_resolver_that_hangs_holds_up_nothing_for_long(wires, no_dns, told):
    go_on, asked = threading.Event(), []

    def hang(host, port):
        asked.append(host)
        go_on.wait(30)
        return [address("127.0.0.1", port)]

    no_dns(hang)
    with daemon() as one:
        wire = wires(UNKNOWN, one.port)
        began = time.monotonic()
        for _ in range(3):
            wire.send([b"a"])
        assert time.monotonic() - began < 10
        assert (wire.lost, len(asked)) == (3, 1)
        go_on.set()
        for _ in range(100):
            if not wire.sent:
                wire.send([b"b"])
        assert one.datagrams(1) == [b"b"]
    assert told() == ["WARNING", "INFO"]


def test_other_addresses_of_the_host_are_tried(wires, no_dns):
    with daemon() as one:
        both = [address("::1", one.port, socket.AF_INET6), address("127.0.0.1", one.port)]
        no_dns(lambda host, port: both)
        wire = wires("two-addresses.invalid", one.port)
        for number in range(3):
            wire.send([b"%d" % number] * 2)
        assert one.datagrams(2)[0] in {b"1", b"2"}


def test_host_is_looked_for_again_where_it_has_moved(wires, no_dns):
    with daemon() as old, daemon() as new:
        no_dns(lambda host, port: [address("127.0.0.1", old.port)])
        wire = wires("moves.invalid", 1)
        wire.send([b"a"])
        assert old.datagrams(1) == [b"a"]
        old.close()
        no_dns(lambda host, port: [address("127.0.0.1", new.port)])
        for _ in range(4):
            wire.send([b"b"])
        assert new.datagrams(1) == [b"b"]


def test_network_without_a_way_there_is_counted(wires, no_dns, told):
    # A limited broadcast is refused by the kernel itself.
    no_dns(lambda host, port: [address("255.255.255.255", port)])
    wire = wires("broadcast.invalid", 9)
    for _ in range(3):
        wire.send([b"a", b"b"])
    assert (wire.sent, wire.lost) == (0, 6)
    assert told() == ["WARNING"]


def test_figure_that_is_too_long_is_lost_alone(wires):
    with daemon() as one:
        wire = wires("127.0.0.1", one.port)
        wire.send([b"a", b"x" * 1433, b"b" * 1432])
        assert one.datagrams(2) == [b"a", b"b" * 1432]
        assert (wire.sent, wire.lost) == (2, 1)


@pytest.mark.parametrize(
    "host", ["", "." * 300, "a" * 300, "ü\ud800"], ids=["empty", "dots", "long", "half a pair"]
)
def test_host_that_cannot_be_one_is_only_not_there(wires, host):
    wire = wires(host, 9)
    wire.send([b"a"])
    assert wire.sent + wire.lost >= 1


def test_daemon_that_reads_nothing_holds_up_nothing(wires):
    one = Daemon()
    wire = wires("127.0.0.1", one.port)
    began = time.monotonic()
    wire.send([b"x" * 1432] * 5000)
    assert time.monotonic() - began < 10
    assert wire.sent + wire.lost == 5000
    one.close()
