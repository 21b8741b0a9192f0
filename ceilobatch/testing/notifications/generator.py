# SPDX-License-Identifier: Apache-2.0
"""generate: the services of a simulated cloud, mixed into one stream."""

import datetime
import itertools
from collections.abc import Iterator, Mapping

from ceilobatch.testing.notifications import (
    cinder,
    glance,
    ironic,
    keystone,
    neutron,
    nova,
    nova_versioned,
    octavia,
)
from ceilobatch.testing.notifications.cloud import Cloud
from ceilobatch.testing.notifications.record import GeneratedNotification, Message, Payload
from ceilobatch.testing.notifications.stage import Service, Stage

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
INTERVAL = datetime.timedelta(milliseconds=50)

SERVICES: Mapping[str, type[Service]] = {
    "nova": nova.Nova,
    "nova_versioned": nova_versioned.NovaVersioned,
    "cinder": cinder.Cinder,
    "glance": glance.Glance,
    "neutron": neutron.Neutron,
    "keystone": keystone.Keystone,
    "ironic": ironic.Ironic,
    "ironic_versioned": ironic.IronicVersioned,
    "octavia": octavia.Octavia,
}

DEFAULT_MIX: Mapping[str, float] = {
    "nova": 42,
    "nova_versioned": 18,
    "cinder": 11,
    "glance": 4,
    "neutron": 12,
    "keystone": 8,
    "ironic": 2,
    "ironic_versioned": 2,
    "octavia": 1,
}


def generate(
    count: int | None,
    *,
    seed: int | str = 0,
    start: datetime.datetime = START,
    interval: datetime.timedelta = INTERVAL,
    mix: Mapping[str, float] = DEFAULT_MIX,
) -> Iterator[GeneratedNotification]:
    """Plausible notifications of one simulated cloud.

    Instances, volumes, nodes and the like live in it: what is deleted was created, the messages
    of one operation share a request id, and ids recur. The same arguments give the same stream.

    :param count: how many; None for a stream without end.
    :param start: the simulated time of the first one; one without zone is taken as UTC.
    :param interval: simulated time between two, on average.
    :param mix: the shares of the services, of any sum; see :data:`SERVICES` for the names.
    :raises ValueError: the mix names no service, or one that does not exist.
    """
    _check(mix)
    stream = _stream(Cloud(seed, _in_utc(start)), interval, mix)
    return stream if count is None else itertools.islice(stream, count)


def _check(mix: Mapping[str, float]) -> None:
    unknown = ", ".join(sorted(set(mix) - set(SERVICES)))
    if unknown:
        known = ", ".join(SERVICES)
        raise ValueError(f"the mix names unknown services: {unknown} (known: {known})")
    if not any(weight > 0 for weight in mix.values()):
        raise ValueError("the mix names no service with a share above 0")


def _in_utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(datetime.UTC)


def _stream(
    cloud: Cloud, interval: datetime.timedelta, mix: Mapping[str, float]
) -> Iterator[GeneratedNotification]:
    names = [name for name in SERVICES if mix.get(name, 0) > 0]
    stages = [Stage(SERVICES[name](cloud)) for name in names]
    shares = list(itertools.accumulate(mix[name] for name in names))
    while True:
        stage = cloud.random.choices(stages, cum_weights=shares)[0]
        message, request_id = stage.next()
        service = stage.service
        body = _body(cloud, message, request_id)
        yield GeneratedNotification(service.exchange, service.topic, message.priority.lower(), body)
        cloud.now += interval * (2 * cloud.random.random())


def _body(cloud: Cloud, message: Message, request_id: str) -> Payload:
    return {
        "message_id": cloud.uuid(),
        "publisher_id": message.publisher_id,
        "event_type": message.event_type,
        "priority": message.priority,
        "payload": message.payload,
        "timestamp": f"{cloud.now:%Y-%m-%d %H:%M:%S.%f}",
        "_unique_id": cloud.hex(),
        "_context_request_id": request_id,
        **message.actor.context,
    }
