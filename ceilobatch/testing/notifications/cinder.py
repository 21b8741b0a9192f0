# SPDX-License-Identifier: Apache-2.0
"""Cinder's notifications: volumes, snapshots, backups and the capacity of back ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ceilobatch.testing.notifications.cloud import Cloud, Pool, naive
from ceilobatch.testing.notifications.record import Actor, Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service

SIZES = (1, 10, 20, 50, 100, 500)


@dataclass(slots=True)
class Volume:
    """A volume, as cinder knows it."""

    id: str
    name: str
    actor: Actor
    size: int
    type: str
    created: str
    status: str = "available"


class Cinder(Service):
    """The block storage of the cloud."""

    exchange = "cinder"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._types = [cloud.uuid() for _ in range(3)]
        self._volumes: Pool[Volume] = Pool(cloud.random, 120, self._volume)

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [
            (30, self._exists),
            (10, self._turnover),
            (6, self._attachment),
            (2, self._growth),
            (3, self._snapshot),
            (2, self._backup),
            (4, self._capacity),
        ]

    def _exists(self) -> Script:
        beginning, end = self.cloud.last_hour()
        period = {"audit_period_beginning": beginning, "audit_period_ending": end}
        yield self._say(self._volumes.look(), "exists", **period)

    def _turnover(self) -> Script:
        return self._creation() if self._volumes.growing() else self._deletion()

    def _creation(self) -> Script:
        volume = self._volumes.new()
        volume.status, volume.created = "creating", naive(self.cloud.now)
        yield self._say(volume, "create.start")
        volume.status = "available"
        yield self._say(volume, "create.end")
        self._volumes.give(volume)

    def _deletion(self) -> Script:
        volume = self._volumes.take()
        volume.status = "deleting"
        yield self._say(volume, "delete.start")
        yield self._say(volume, "delete.end")

    def _attachment(self) -> Script:
        volume = self._volumes.take()
        instance = self.cloud.instances.look()
        yield self._say(volume, "attach.start")
        volume.status = "in-use"
        attached = {"attached_host": instance.host, "attach_status": "attached"}
        attachment = {**attached, "server_id": instance.id, "mountpoint": "/dev/vdb"}
        yield self._say(volume, "attach.end", volume_attachment=[attachment])
        yield self._say(volume, "detach.start", volume_attachment=[attachment])
        volume.status = "available"
        yield self._say(volume, "detach.end")
        self._volumes.give(volume)

    def _growth(self) -> Script:
        volume = self._volumes.take()
        yield self._say(volume, "resize.start")
        volume.size += 10
        yield self._say(volume, "resize.end")
        self._volumes.give(volume)

    def _snapshot(self) -> Script:
        volume = self._volumes.look()
        snapshot = {
            **_owner(volume),
            "volume_id": volume.id,
            "volume_size": volume.size,
            "snapshot_id": self.cloud.uuid(),
            "display_name": f"snap-of-{volume.name}",
            "created_at": naive(self.cloud.now),
            "deleted": "",
            "metadata": "",
        }
        for what, status in (("create.start", "creating"), ("create.end", "available")):
            payload = {**snapshot, "status": status}
            yield Message(f"snapshot.{what}", payload, volume.actor, "snapshot.storage-1@ceph")

    def _backup(self) -> Script:
        volume = self._volumes.look()
        backup = {
            **_owner(volume),
            "volume_id": volume.id,
            "size": volume.size,
            "backup_id": self.cloud.uuid(),
            "display_name": f"backup-of-{volume.name}",
            "created_at": naive(self.cloud.now),
            "host": "storage-1",
            "service": "cinder.backup.drivers.swift.SwiftBackupDriver",
            "service_metadata": None,
            "fail_reason": None,
            "parent_id": None,
            "num_dependent_backups": 0,
            "snapshot_id": None,
        }
        for what, status in (("create.start", "creating"), ("create.end", "available")):
            yield Message(
                f"backup.{what}", {**backup, "status": status}, volume.actor, "backup.storage-1"
            )

    def _capacity(self) -> Script:
        for kind, name in (("backend", "storage-1@ceph"), ("pool", "storage-1@ceph#volumes")):
            free = self.cloud.below(90000)
            payload = {
                "name_to_id": name,
                "total": 100000,
                "free": free,
                "allocated": 100000 - free,
                "provisioned": 150000 - free,
                "virtual_free": free + 50000,
                "reported_at": naive(self.cloud.now),
            }
            publisher = "capacity.storage-1@ceph"
            yield Message(f"capacity.{kind}", payload, self.cloud.actors[0], publisher)

    def _say(self, volume: Volume, what: str, **extra: Any) -> Message:
        payload = _payload(volume)
        payload.update(extra)
        return Message(f"volume.{what}", payload, volume.actor, "volume.storage-1@ceph")

    def _volume(self) -> Volume:
        return Volume(
            id=self.cloud.uuid(),
            name=f"volume-{self.cloud.random.getrandbits(24):06x}",
            actor=self.cloud.actor(),
            size=self.cloud.any_of(SIZES),
            type=self.cloud.any_of(self._types),
            created=naive(self.cloud.ago(self.cloud.below(7 * 86400))),
        )


def _owner(volume: Volume) -> Payload:
    actor = volume.actor
    return {"tenant_id": actor.project_id, "user_id": actor.user_id, "availability_zone": "az-1"}


def _payload(volume: Volume) -> Payload:
    return {
        **_owner(volume),
        "volume_id": volume.id,
        "display_name": volume.name,
        "volume_type": volume.type,
        "size": volume.size,
        "status": volume.status,
        "host": "storage-1@ceph#volumes",
        "created_at": volume.created,
        "launched_at": volume.created,
        "snapshot_id": None,
        "replication_status": None,
        "replication_extended_status": None,
        "replication_driver_data": None,
        "metadata": [{"key": "tier", "value": "gold"}],
        "volume_attachment": [],
        "glance_metadata": [],
    }
