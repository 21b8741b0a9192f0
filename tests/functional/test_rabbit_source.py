# SPDX-License-Identifier: Apache-2.0
"""The batch-native RabbitMQ source on a real broker; the stock one where both must agree."""

import json
import time
import zlib
from collections.abc import Iterator

import amqp
import oslo_messaging
import pytest
from oslo_config import cfg
from oslo_context.context import RequestContext
from oslo_messaging.transport import TransportURL

from ceilobatch import bus, config, errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.plugins.transports.source import Source

from .servers import RabbitMQ, wait_until

POOL = "ceilobatch"
JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
PATIENT = Limits(5, 10**9, 10.0)


def source_of(url: str, consumer: str = "batch", **settings: object) -> Source:
    overrides = {("notification", name): value for name, value in settings.items()}
    overrides.setdefault(("notification", "batch_size"), 5)
    overrides.setdefault(("notification", "exchanges"), ["nova"])
    conf = config.load(
        [],
        [],
        {
            ("notification", "urls"): [url],
            ("notification", "consumer"): consumer,
            **overrides,
        },
    )
    (source,) = bus.sources(conf)
    return source


@pytest.fixture(params=["batch", "stock"])
def either(request: pytest.FixtureRequest, rabbitmq_url: str) -> Iterator[Source]:
    source = source_of(rabbitmq_url, request.param)
    source.open()
    yield source
    source.close()


@pytest.fixture
def source(rabbitmq_url: str) -> Iterator[Source]:
    source = source_of(rabbitmq_url)
    source.open()
    yield source
    source.close()


def publish(server: RabbitMQ, url: str, *bodies: bytes, **properties: object) -> None:
    channel = server.connect(url).channel()
    for body in bodies:
        message = amqp.Message(body, **{**JSON, **properties})
        channel.basic_publish(message, exchange="nova", routing_key="notifications.info")
    channel.connection.close()


def receive(source: Source, count: int, limits: Limits = PATIENT) -> MessageBatch:
    batch = MessageBatch(limits)
    wait_until(lambda: source.receive(batch, 0.2) or len(batch) >= count)
    assert len(batch) == count
    return batch


def bodies(batch: MessageBatch) -> list[bytes]:
    return [delivery.body for delivery in batch.deliveries]


def wire(number: int) -> bytes:
    return json.dumps({"oslo.version": "2.0", "oslo.message": f'{{"n": {number}}}'}).encode()


def test_single_message_is_given_back_and_the_rest_acknowledged(either, rabbitmq, rabbitmq_url):
    publish(rabbitmq, rabbitmq_url, *map(wire, range(3)))
    batch = receive(either, 3)
    either.settle(batch, [Outcome.STORED, Outcome.REQUEUED, Outcome.RECOVERED])
    again = receive(either, 1)
    assert again.deliveries[0].body == batch.deliveries[1].body
    either.settle(again, [Outcome.STORED])
    either.close()
    wait_until(lambda: rabbitmq.queues(rabbitmq_url)[POOL]["consumers"] == 0)
    assert rabbitmq.queue_length(POOL, rabbitmq_url) == 0


def test_closing_gives_back_everything_that_is_not_settled(either, rabbitmq, rabbitmq_url):
    publish(rabbitmq, rabbitmq_url, *map(wire, range(9)))
    settled = receive(either, 5)
    either.settle(settled, [Outcome.STORED] * 5)
    receive(either, 4)
    either.close()
    wait_until(lambda: rabbitmq.queues(rabbitmq_url)[POOL]["consumers"] == 0)
    state = rabbitmq.queues(rabbitmq_url)[POOL]
    assert (state["ready"], state["unacknowledged"]) == (4, 0)


def test_no_more_than_one_prefetch_window_is_unsettled(either, rabbitmq, rabbitmq_url):
    publish(rabbitmq, rabbitmq_url, *map(wire, range(50)))
    receive(either, 5)
    state = rabbitmq.queues(rabbitmq_url)[POOL]
    assert state["unacknowledged"] <= 10


def test_undecodable_bytes_are_delivered_as_they_are(source, rabbitmq, rabbitmq_url):
    garbage = [b"", b"\xff\x00", b"{", json.dumps({"oslo.message": 1}).encode()]
    publish(rabbitmq, rabbitmq_url, *garbage)
    batch = receive(source, 4)
    assert bodies(batch) == garbage
    assert {delivery.exchange for delivery in batch.deliveries} == {"nova"}
    assert {delivery.topic for delivery in batch.deliveries} == {"notifications.info"}


def test_batch_ends_by_bytes_and_by_age(source, rabbitmq, rabbitmq_url):
    publish(rabbitmq, rabbitmq_url, b"x" * 600, b"y" * 600, b"z" * 600)
    batch = receive(source, 2, Limits(5, 1000, 10.0))
    assert batch.trigger == "bytes"
    source.settle(batch, [Outcome.STORED] * 2)
    batch = MessageBatch(Limits(5, 10**6, 0.2))
    source.receive(batch, 10)
    assert (len(batch), batch.trigger) == (1, "age")


def test_quiet_bus_returns_after_the_timeout(source):
    batch = MessageBatch(Limits(5, 10**6, 0.2))
    source.receive(batch, 0.1)
    assert len(batch) == 0


def test_message_larger_than_a_frame_is_whole(source, rabbitmq, rabbitmq_url):
    body = bytes(range(256)) * 20_000
    publish(rabbitmq, rabbitmq_url, body)
    assert bodies(receive(source, 1)) == [body]


def test_compressed_body_is_opened(source, rabbitmq, rabbitmq_url):
    headers = {"compression": "application/x-gzip"}
    publish(rabbitmq, rabbitmq_url, zlib.compress(b"{}"), application_headers=headers)
    publish(rabbitmq, rabbitmq_url, b"not compressed", application_headers=headers)
    batch = receive(source, 2)
    assert bodies(batch) == [b"{}", b"not compressed"]


def test_cut_connection_is_unavailable_and_everything_comes_again(source, rabbitmq, rabbitmq_url):
    publish(rabbitmq, rabbitmq_url, *map(wire, range(3)))
    batch = receive(source, 3)
    rabbitmq.close_connections()
    with pytest.raises(errors.Unavailable, match=r"^RabbitMQ at 127\.0\.0\.1:\d+: "):
        wait_until(lambda: source.receive(MessageBatch(Limits(5, 10**6, 1)), 0.1))
    source.close()
    source.open()
    again = receive(source, 3)
    assert sorted(bodies(again)) == sorted(bodies(batch))
    assert all(delivery.redelivered for delivery in again.deliveries)
    source.settle(again, [Outcome.STORED] * 3)


def test_deleted_queue_is_unavailable_and_declared_again(source, rabbitmq, rabbitmq_url):
    with rabbitmq.connect(rabbitmq_url) as connection:
        connection.channel().queue_delete(POOL)
    with pytest.raises(errors.Unavailable):
        wait_until(lambda: source.receive(MessageBatch(Limits(5, 10**6, 1)), 0.1))
    source.close()
    source.open()
    publish(rabbitmq, rabbitmq_url, wire(1))
    assert len(receive(source, 1)) == 1


def test_exchange_that_is_durable_already_is_consumed_all_the_same(rabbitmq, rabbitmq_url):
    with rabbitmq.connect(rabbitmq_url) as connection:
        connection.channel().exchange_declare("nova", "topic", durable=True, auto_delete=False)
    source = source_of(f"{rabbitmq_url}?amqp_durable_queues=true")
    source.open()
    publish(rabbitmq, rabbitmq_url, wire(1))
    assert len(receive(source, 1)) == 1
    source.close()


def test_quorum_queue_is_declared_when_the_operator_says_so(rabbitmq, rabbitmq_url):
    source = source_of(f"{rabbitmq_url}?rabbit_quorum_queue=true")
    source.open()
    publish(rabbitmq, rabbitmq_url, wire(1), wire(2))
    batch = receive(source, 2)
    source.settle(batch, [Outcome.REQUEUED, Outcome.STORED])
    again = receive(source, 1)
    assert again.deliveries[0].redelivered
    source.settle(again, [Outcome.STORED])
    source.close()
    kinds = rabbitmq.control(
        "list_queues", "--vhost", rabbitmq_url.rpartition("/")[2], "name", "type"
    )
    assert f"{POOL}\tquorum" in kinds


def test_second_host_is_used_when_the_first_does_not_answer(rabbitmq, rabbitmq_url):
    scheme, _, rest = rabbitmq_url.partition("://")
    account, _, place = rest.partition("@")
    host, _, vhost = place.partition("/")
    for hosts in ([f"{account}@127.0.0.1:1", f"{account}@{host}"],) * 3:
        source = source_of(f"{scheme}://{','.join(hosts)}/{vhost}")
        source.open()
        source.close()


def test_without_a_pool_the_queues_of_the_services_are_shared(rabbitmq, rabbitmq_url):
    source = source_of(rabbitmq_url, pool="")
    source.open()
    publish(rabbitmq, rabbitmq_url, wire(1))
    assert len(receive(source, 1)) == 1
    queues = rabbitmq.queues(rabbitmq_url)
    assert "notifications.info" in queues
    assert "versioned_notifications.error" in queues
    source.close()


def test_backlog_of_one_queue_does_not_keep_the_others_from_being_consumed(rabbitmq, rabbitmq_url):
    source = source_of(rabbitmq_url, pool="")
    source.open()
    source.close()
    publish(rabbitmq, rabbitmq_url, *map(wire, range(20)))
    for _ in range(3):
        try:
            source.open()
            receive(source, 5)
        finally:
            source.close()


@pytest.mark.parametrize("consumer", ["batch", "stock"])
def test_what_the_notifier_sends_is_understood_by_both(rabbitmq_url, consumer):
    from ceilobatch.message import decode

    source = source_of(rabbitmq_url, consumer)
    source.open()
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    url = TransportURL.parse(conf, rabbitmq_url)
    conf.set_override("control_exchange", "nova")
    transport = oslo_messaging.get_notification_transport(conf, url=url)
    notifier = oslo_messaging.Notifier(
        transport, "compute.host1", driver="messagingv2", topics=["notifications"]
    )
    context = RequestContext(project_id="p1", user_id="u1")
    notifier.error(context, "thing.failed", {"id": "é"})
    batch = receive(source, 1)
    notification = decode(batch.deliveries[0])
    assert notification.event_type == "thing.failed"
    assert notification.priority == "error"
    assert notification.payload == {"id": "é"}
    assert notification.body["ctxt"]["project_id"] == "p1"
    assert notification.body["publisher_id"] == "compute.host1"
    source.settle(batch, [Outcome.STORED])
    source.close()
    transport.cleanup()


def test_wrong_password_is_one_sentence(rabbitmq_url):
    source = source_of(rabbitmq_url.replace("secret", "wrong"))
    with pytest.raises(errors.Unavailable, match="ACCESS_REFUSED") as caught:
        source.open()
    assert "wrong" not in str(caught.value)


def test_depth_is_what_is_ready_also_while_the_source_is_closed(rabbitmq, rabbitmq_url):
    source = source_of(rabbitmq_url)
    assert source.depth() is None
    source.open()
    source.close()
    publish(rabbitmq, rabbitmq_url, *map(wire, range(3)))
    wait_until(lambda: source.depth() == 3)
    queue = rabbitmq.queues(rabbitmq_url)[POOL]
    assert (queue["ready"], queue["consumers"]) == (3, 0)
    source.open()
    settled = receive(source, 3)
    assert source.depth() == 0
    # The connection that consumes is as it was.
    source.settle(settled, [Outcome.STORED] * 3)
    source.close()
    assert source.depth() == 0


def test_depth_is_not_known_and_soon_so_while_the_broker_does_not_answer(
    rabbitmq, rabbitmq_url, caplog
):
    source = source_of(rabbitmq_url)
    source.open()
    source.close()
    caplog.clear()
    rabbitmq.pause()
    began = time.monotonic()
    assert source.depth() is None
    assert time.monotonic() - began < 5
    rabbitmq.resume()
    assert not caplog.records
