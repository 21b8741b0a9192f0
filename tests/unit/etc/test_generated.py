# SPDX-License-Identifier: Apache-2.0
"""The shipped definitions and the generator of notifications go together."""

import pytest

from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.message import Delivery, Notification, decode
from ceilobatch.testing.notifications import SERVICES, generate

from .case import DEFAULT_TRAITS

COUNT = 1500
NAMELESS = {"port.create.start"}
"""What is asked for has no id yet."""


@pytest.fixture(scope="module", params=sorted(SERVICES))
def notifications(request: pytest.FixtureRequest) -> list[Notification]:
    """A stream of one service."""
    stream = generate(COUNT, seed=request.param, mix={request.param: 1})
    return [decode(Delivery(generated.envelope())) for generated in stream]


def test_every_generated_notification_becomes_an_event_of_a_resource(
    events: EventDefinitions, notifications: list[Notification]
) -> None:
    for notification in notifications:
        event = events.convert(notification)
        assert event is not None
        assert event.warnings == ()
        names = {trait.name for trait in event.traits}
        assert "resource_id" in names or notification.event_type in NAMELESS
        assert len(names) > len(DEFAULT_TRAITS)


def test_no_generated_notification_breaks_the_promise_of_a_meter(
    meters: MeterDefinitions, notifications: list[Notification]
) -> None:
    for notification in notifications:
        assert meters.convert(notification)[1] == []


def test_sizes_of_instances_are_those_of_the_payload(meters: MeterDefinitions) -> None:
    for generated in generate(300, seed=2, mix={"nova": 1}):
        notification = decode(Delivery(generated.envelope()))
        volumes = {sample.name: sample.volume for sample in meters.convert(notification)[0]}
        if "vcpus" in volumes:
            payload = generated.body["payload"]
            assert volumes["vcpus"] == payload["vcpus"]
            assert volumes["memory"] == payload["memory_mb"]
            assert volumes["disk.root.size"] == payload["root_gb"]
            assert volumes["disk.ephemeral.size"] == payload["ephemeral_gb"]
