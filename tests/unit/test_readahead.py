# SPDX-License-Identifier: Apache-2.0
"""Reading ahead hands out the same bytes as the socket, with fewer calls."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.plugins.transports.readahead import ReadAhead


def read_exactly(reader, count):
    data = b""
    while len(data) < count:
        piece = reader.recv(count - len(data))
        assert piece
        data += piece
    return data


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=20),
    st.lists(st.integers(1, 40), max_size=40),
)
def test_bytes_come_in_order_and_none_is_lost(chunks, wanted):
    waiting = list(chunks)
    reader = ReadAhead(lambda count: waiting.pop(0) if waiting else b"")
    sent, got = b"".join(chunks), b""
    for count in wanted:
        if len(got) + count > len(sent):
            break
        got += read_exactly(reader, count)
    assert got == sent[: len(got)]


def test_many_small_reads_are_one_call():
    calls = []

    def receive(count):
        calls.append(count)
        return b"x" * 1000

    reader = ReadAhead(receive)
    assert read_exactly(reader, 7) + read_exactly(reader, 900) == b"x" * 907
    assert len(calls) == 1


def test_timeout_and_end_pass_through():
    left, right = socket.socketpair()
    reader = ReadAhead(left.recv)
    left.settimeout(0.01)
    with pytest.raises(TimeoutError):
        reader.recv(1)
    right.sendall(b"ab")
    assert reader.recv(1) == b"a"
    right.close()
    assert reader.recv(1) == b"b"
    assert reader.recv(1) == b""
    left.close()
