# SPDX-License-Identifier: Apache-2.0
"""How often an address may ask, and how much it may send."""

import functools

import pytest
from falcon import testing

from ceilobatch.api.buckets import Buckets
from ceilobatch.api.limits import client as counted


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_bucket_lets_a_burst_through_and_then_the_rate(clock):
    buckets = Buckets(2.0, 3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [buckets.take("a") for _ in range(2)] == [0, 0.5]
    clock.now += 3600
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0


def test_token_that_was_given_back_can_be_taken_again(clock):
    buckets = Buckets(1.0, 1, clock=clock)
    for _ in range(3):
        assert buckets.take("a") == 0
        buckets.give_back("a")
    buckets.give_back("a")
    assert [buckets.take("a") for _ in range(2)] == [0, 1.0]


def test_memory_is_bounded_however_many_addresses_ask(clock):
    buckets = Buckets(1.0, 1, most_keys=100, clock=clock)
    for number in range(10_000):
        buckets.take(f"{number}")
        buckets.take("busy")
    assert len(buckets) == 100
    assert buckets.take("busy") > 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ('"[2001:db8:0:1::1]:4711"', "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x" * 1000, "unknown"),
    ],
)
def test_requests_are_counted_for_an_address_or_a_network(address, key):
    assert counted({"REMOTE_ADDR": address}) == key


def test_address_that_asks_too_often_has_to_wait_and_others_do_not(make_client):
    client = make_client(requests_per_second=0.5, requests_burst=2)

    def ask(address):
        return client.simulate_get("/", remote_addr=address)

    assert [ask("192.0.2.1").status_code for _ in range(3)] == [200, 200, 429]
    answer = ask("192.0.2.1")
    assert 1 <= int(answer.headers["retry-after"]) <= 2
    assert set(answer.json) == {"title", "description"}
    assert ask("192.0.2.2").status_code == 200


def test_rate_of_zero_stands_for_no_limit(make_client):
    client = make_client(requests_per_second=0, requests_burst=1)
    assert {client.simulate_get("/").status_code for _ in range(5)} == {200}


@pytest.mark.parametrize(("size", "status"), [(100, 405), (101, 413)])
def test_large_body_is_refused(make_client, size, status):
    answer = make_client(max_body_size=100).simulate_post("/", body="x" * size)
    assert answer.status_code == status
    assert set(answer.json) == {"title", "description"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"CONTENT_LENGTH": "-1"}, "400"),
        ({"CONTENT_LENGTH": "1e9"}, "400"),
        ({"CONTENT_LENGTH": "9" * 99}, "413"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, "411"),
    ],
)
def test_body_of_unknown_size_is_refused(client, headers, status):
    told = []
    environ = {**testing.create_environ("/", method="POST"), "CONTENT_LENGTH": "", **headers}
    list(client.app(environ, lambda line, _headers: told.append(line[:3])))
    assert told == [status]


def forwarded(pipeline, environ, start):
    return pipeline(environ, start)


def test_client_behind_a_proxy_is_counted_for_itself_where_that_is_enabled(make_client):
    enabled = "[oslo_middleware]\nenable_proxy_headers_parsing = true\n"
    for text, statuses in ((enabled, [200, 200, 429]), ("", [200, 429, 429])):
        pipeline = make_client(text=text, requests_per_second=0.1, requests_burst=1).app
        client = testing.TestClient(functools.partial(forwarded, pipeline))
        asked = [
            client.simulate_get("/", remote_addr="127.0.0.1", headers={"X-Forwarded-For": address})
            for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
        ]
        assert [answer.status_code for answer in asked] == statuses
