# SPDX-License-Identifier: Apache-2.0
"""A cloud that tells of its resources every hour, and the usage that has to come of it."""

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ceilobatch.testing.notifications import GeneratedNotification

HOUR = datetime.timedelta(hours=1)
MIB = 2**20
# The metrics of which the greatest value of an hour counts; of the others the sum does.
SIZES = frozenset(
    {"instance", "vcpus", "memory", "disk.root.size", "disk.ephemeral.size"}
    | {"volume.size", "image.size", "ip.floating", "router", "loadbalancer"}
)
Sums = dict[tuple[str, str], Decimal]


class Told(NamedTuple):
    """What a notification says of one metric."""

    project: str
    metric: str
    resource: str
    hour: datetime.datetime
    quantity: Decimal


class Cloud:
    """Projects with resources; the first project has one of each kind, the second has two.

    :ivar told: everything that was published.
    """

    def __init__(self, projects: int) -> None:
        self.projects = [_new_id() for _ in range(projects)]
        self.told: list[Told] = []
        self._resources: list[tuple[str, str, int, Callable[..., Iterator[bytes]]]] = []
        for place, project in enumerate(self.projects):
            for number in range(place + 1):
                self.add(project, 10 * place + number)

    def add(self, project: str, number: int) -> None:
        """Add one resource of each kind, as large as the number says."""
        kinds = (self._instance, self._volume, self._image, self._network)
        self._resources += [(project, _new_id(), number, kind) for kind in kinds]

    def notifications(self, hours: Iterable[datetime.datetime]) -> Iterator[bytes]:
        """What the services publish in these hours, twice in each, in the order of time."""
        for hour in hours:
            for more, minute in ((0, 7), (1, 52)):
                when = hour + datetime.timedelta(minutes=minute)
                for project, resource, number, kind in self._resources:
                    yield from kind(project, resource, number + more, when)

    def sums(self) -> Sums:
        """The usage by project and metric."""
        found: Sums = {}
        for (project, metric, _, _), quantity in self._points().items():
            found[project, metric] = found.get((project, metric), Decimal(0)) + quantity
        return found

    def points(self, hours: Iterable[datetime.datetime]) -> int:
        """How many usages there have to be in these hours."""
        wanted = set(hours)
        return sum(key[3] in wanted for key in self._points())

    def _points(self) -> dict[tuple[str, str, str, datetime.datetime], Decimal]:
        points: dict[tuple[str, str, str, datetime.datetime], Decimal] = {}
        for told in self.told:
            known = points.get(told[:4], Decimal(0))
            is_size = told.metric in SIZES
            points[told[:4]] = max(known, told.quantity) if is_size else known + told.quantity
        return points

    def _tell(
        self, project: str, resource: str, when: datetime.datetime, **quantities: float
    ) -> None:
        hour = when.replace(minute=0, second=0, microsecond=0)
        for metric, quantity in quantities.items():
            self.told.append(
                Told(project, metric.replace("_", "."), resource, hour, Decimal(quantity))
            )

    def _instance(self, project: str, one: str, size: int, when: datetime.datetime) -> Any:
        sizes = {"memory_mb": 512 + size, "vcpus": 1 + size, "root_gb": 5 + size}
        owner = {"tenant_id": project, "user_id": "somebody", "host": "host-1"}
        legacy = {"instance_id": one, "instance_type": "tiny", "ephemeral_gb": 2, **owner, **sizes}
        yield _notification("compute.instance.exists", when, legacy)
        received, sent = 3 * MIB * (size + 1), 1000 + size
        traffic = {"network_name": "net", "in_bytes": received, "out_bytes": sent}
        flavor = {**sizes, "ephemeral_gb": 2, "name": "tiny", "flavorid": "1"}
        versioned = {**owner, "uuid": one, "flavor": _object(flavor)}
        yield _notification(
            "instance.exists", when, _object({**versioned, "bandwidth": [_object(traffic)]})
        )
        self._tell(
            *(project, one, when),
            instance=1,
            vcpus=sizes["vcpus"],
            memory=sizes["memory_mb"],
            disk_root_size=sizes["root_gb"],
            disk_ephemeral_size=2,
            instance_network_incoming_bytes=received / MIB,
            instance_network_outgoing_bytes=sent / MIB,
        )

    def _volume(self, project: str, one: str, size: int, when: datetime.datetime) -> Any:
        payload = {"volume_id": one, "size": 10 + size, "tenant_id": project, "user_id": "u"}
        yield _notification("volume.exists", when, {**payload, "display_name": "disk"})
        self._tell(project, one, when, volume_size=10 + size)

    def _image(self, project: str, one: str, size: int, when: datetime.datetime) -> Any:
        """An image, which another project downloads."""
        length = MIB * (100 + size)
        yield _notification(
            "image.update", when, {"id": one, "owner": project, "size": length, "name": "image"}
        )
        sent = {"image_id": one, "owner_id": project, "bytes_sent": length}
        receiver = {"receiver_tenant_id": _new_id(), "receiver_user_id": "reader"}
        yield _notification("image.send", when, {**sent, **receiver})
        self._tell(project, one, when, image_size=100 + size, image_serve=100 + size)

    def _network(self, project: str, one: str, size: int, when: datetime.datetime) -> Any:
        """What is called by one id here is of several kinds, which have different ones."""
        address, router, balancer = (str(uuid.uuid5(uuid.UUID(one), kind)) for kind in "arb")
        passed = 5 * MIB + size
        for event_type, payload in (
            ("l3.meter", {"label_id": one, "tenant_id": project, "bytes": passed}),
            ("floatingip.exists", {"floatingip": {"id": address, "project_id": project}}),
            ("router.exists", {"router": {"id": router, "project_id": project}}),
            ("octavia.loadbalancer.update.end", {"id": balancer, "project_id": project}),
        ):
            yield _notification(event_type, when, payload)
        self._tell(project, one, when, bandwidth=passed / MIB)
        self._tell(project, one, when, ip_floating=1, router=1, loadbalancer=1)


def _notification(event_type: str, when: datetime.datetime, payload: Any) -> bytes:
    body = {
        "message_id": _new_id(),
        "publisher_id": "service.host-1",
        "event_type": event_type,
        "priority": "INFO",
        "timestamp": when.replace(tzinfo=None).isoformat(" "),
        "payload": payload,
    }
    return GeneratedNotification("nova", "notifications", "info", body).envelope()


def _object(content: dict[str, Any]) -> dict[str, Any]:
    return {"nova_object.data": content, "nova_object.version": "1.0"}


def _new_id() -> str:
    return str(uuid.uuid4())
