# SPDX-License-Identifier: Apache-2.0
"""The generator of plausible notifications."""

import datetime
import itertools
import json
from collections import Counter, defaultdict

import pytest

from ceilobatch.message import Delivery, decode
from ceilobatch.testing.notifications import (
    DEFAULT_MIX,
    SERVICES,
    GeneratedNotification,
    generate,
)

COUNT = 5000
START = datetime.datetime(2026, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def stream() -> list[GeneratedNotification]:
    return list(generate(COUNT, seed=11, start=START))


def _sent(notification: GeneratedNotification) -> datetime.datetime:
    return datetime.datetime.fromisoformat(notification.body["timestamp"])


def test_same_seed_gives_the_same_bytes(stream: list[GeneratedNotification]) -> None:
    again = generate(COUNT, seed=11, start=START)
    assert [one.envelope() for one in again] == [one.envelope() for one in stream]


def test_shorter_stream_is_the_beginning_of_a_longer_one(
    stream: list[GeneratedNotification],
) -> None:
    assert list(generate(50, seed=11, start=START)) == stream[:50]


def test_other_seed_gives_other_ids(stream: list[GeneratedNotification]) -> None:
    ids = {one.body["message_id"] for one in stream}
    assert not ids & {one.body["message_id"] for one in generate(COUNT, seed=12)}


@pytest.mark.parametrize("key", ["message_id", "_unique_id"])
def test_ids_of_messages_are_unique(stream: list[GeneratedNotification], key: str) -> None:
    assert len({one.body[key] for one in stream}) == COUNT


def test_sizes_on_the_wire_are_realistic(stream: list[GeneratedNotification]) -> None:
    sizes = [len(one.envelope()) for one in stream]
    assert min(sizes) > 900
    assert max(sizes) < 3500
    assert sum(1500 <= size <= 3072 for size in sizes) > 0.85 * COUNT


def test_envelope_is_what_oslo_messaging_sends(stream: list[GeneratedNotification]) -> None:
    for one in stream[:100]:
        envelope = json.loads(one.envelope())
        assert envelope.keys() == {"oslo.version", "oslo.message"}
        assert envelope["oslo.version"] == "2.0"
        assert json.loads(envelope["oslo.message"]) == one.body


def test_all_can_be_decoded(stream: list[GeneratedNotification]) -> None:
    for one in stream:
        notification = decode(Delivery(one.envelope()))
        assert notification.message_id == one.body["message_id"]
        assert notification.priority == one.priority
        assert notification.body["ctxt"]["request_id"].startswith("req-")


def test_routing_key_is_topic_and_priority(stream: list[GeneratedNotification]) -> None:
    keys = {one.routing_key for one in stream}
    assert {"notifications.info", "versioned_notifications.info", "notifications.error"} <= keys
    for one in stream:
        assert one.routing_key == f"{one.topic}.{one.body['priority'].lower()}"


def test_time_goes_on_from_the_start(stream: list[GeneratedNotification]) -> None:
    times = [_sent(one) for one in stream]
    assert times[0] == START.replace(tzinfo=None)
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(
        datetime.timedelta(milliseconds=50) * COUNT, rel=0.05
    )


def test_start_in_another_zone_is_written_in_utc() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    (first,) = generate(1, start=datetime.datetime(2026, 1, 1, 2, tzinfo=zone))
    assert first.body["timestamp"] == "2026-01-01 00:00:00.000000"


def test_interval_is_the_time_between_two() -> None:
    *_, last = generate(1001, start=START, interval=datetime.timedelta(minutes=1))
    hours = (_sent(last) - START.replace(tzinfo=None)) / datetime.timedelta(hours=1)
    assert hours == pytest.approx(1000 / 60, rel=0.1)


def test_shares_are_those_of_the_mix(stream: list[GeneratedNotification]) -> None:
    assert sum(DEFAULT_MIX.values()) == 100
    exchanges = Counter(one.exchange for one in stream)
    assert exchanges["nova"] / COUNT == pytest.approx(0.60, abs=0.03)
    assert exchanges["cinder"] / COUNT == pytest.approx(0.11, abs=0.02)
    assert exchanges.keys() == {service.exchange for service in SERVICES.values()}


def test_mix_of_one_service_has_no_other() -> None:
    assert {one.exchange for one in generate(200, mix={"glance": 3, "nova": 0})} == {"glance"}


def test_stream_without_count_does_not_end() -> None:
    assert len(list(itertools.islice(generate(None), 100))) == 100


@pytest.mark.parametrize(
    ("mix", "said"),
    [({"swift": 1}, "unknown services: swift"), ({}, "no service"), ({"nova": 0}, "no service")],
)
def test_mix_that_cannot_be_is_refused_at_once(mix: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(1, mix=mix)


def test_types_are_many(stream: list[GeneratedNotification]) -> None:
    assert len({one.body["event_type"] for one in stream}) > 90


def _instance_histories(stream: list[GeneratedNotification]) -> dict[str, list[str]]:
    histories = defaultdict(list)
    for one in stream:
        event_type = one.body["event_type"]
        if event_type.startswith("compute.instance."):
            histories[one.body["payload"]["instance_id"]].append(event_type)
    return histories


def test_instances_live_in_order(stream: list[GeneratedNotification]) -> None:
    histories = _instance_histories(stream)
    created = [life for life in histories.values() if "compute.instance.create.end" in life]
    deleted = [life for life in histories.values() if "compute.instance.delete.end" in life]
    assert len(created) > 20
    assert len(deleted) > 20
    for life in created:
        assert life[0] == "compute.instance.create.start"
    for life in deleted:
        assert life[-1] == "compute.instance.delete.end"


def test_ids_of_instances_recur(stream: list[GeneratedNotification]) -> None:
    lengths = [len(life) for life in _instance_histories(stream).values()]
    assert sum(lengths) / len(lengths) > 3


def test_messages_of_an_operation_share_the_request(stream: list[GeneratedNotification]) -> None:
    requests = defaultdict(set)
    for one in stream:
        if one.body["event_type"] in ("volume.create.start", "volume.create.end"):
            requests[one.body["payload"]["volume_id"]].add(one.body["_context_request_id"])
    assert requests
    assert {len(ids) for ids in requests.values()} == {1}


def test_population_stays_bounded() -> None:
    alive = set()
    for one in generate(20000, mix={"nova": 1}):
        event_type = one.body["event_type"]
        if event_type == "compute.instance.create.end":
            alive.add(one.body["payload"]["instance_id"])
        elif event_type == "compute.instance.delete.end":
            alive.discard(one.body["payload"]["instance_id"])
    assert len(alive) < 400


def test_quantities_change_only_with_a_resize() -> None:
    sizes: dict[str, set[int]] = defaultdict(set)
    resized = set()
    for one in generate(COUNT, seed=11, mix={"nova": 1}):
        payload, event_type = one.body["payload"], one.body["event_type"]
        if "instance_id" in payload:
            sizes[payload["instance_id"]].add(payload["memory_mb"])
            if "resize" in event_type:
                resized.add(payload["instance_id"])
    assert resized
    assert all(len(seen) == 1 for instance, seen in sizes.items() if instance not in resized)
