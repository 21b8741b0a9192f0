# SPDX-License-Identifier: Apache-2.0
"""Nova's legacy notifications: instances from boot to deletion, their audits, node metrics."""

import datetime
from collections.abc import Callable
from typing import Any

from ceilobatch.testing.notifications.cloud import Flavor, Instance, naive
from ceilobatch.testing.notifications.record import Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service

PREFIX = "compute.instance."
NODE_FIGURES = ("kernel", "idle", "user", "iowait")


class Nova(Service):
    """Nova with ``notification_format`` ``unversioned``."""

    exchange = "nova"

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [
            (34, self._exists),
            (12, self._turnover),
            (4, self._power_cycle),
            (2, self._resize),
            (2, self._volume),
            (1, self._snapshot),
            (1, self._failed_boot),
            (8, self._metrics),
        ]

    def _exists(self) -> Script:
        instance = self.cloud.instances.look()
        beginning, end = self.cloud.last_hour()
        traffic = {"bw_in": self.cloud.below(10**9), "bw_out": self.cloud.below(10**9)}
        yield self._say(
            instance,
            "exists",
            audit_period_beginning=beginning,
            audit_period_ending=end,
            bandwidth={"private": traffic},
        )

    def _turnover(self) -> Script:
        return self._boot() if self.cloud.instances.growing() else self._delete()

    def _boot(self) -> Script:
        instance = self.cloud.instances.new()
        instance.created = self.cloud.now
        instance.launched = None
        building = {"state": "building"}
        yield self._say(instance, "create.start", **building, image_name="ubuntu-24.04")
        yield self._update(instance, "building", "building", "scheduling", "networking")
        yield self._update(instance, "building", "building", "networking", "spawning")
        instance.launched = self.cloud.now
        yield self._say(instance, "create.end", message="Success", fixed_ips=_addresses(instance))
        yield self._update(instance, "building", "active", "spawning", None)
        self.cloud.instances.give(instance)

    def _delete(self) -> Script:
        instance = self.cloud.instances.take()
        yield self._update(instance, "active", "active", None, "deleting")
        yield self._say(instance, "delete.start")
        yield self._say(instance, "shutdown.start")
        yield self._say(instance, "shutdown.end")
        gone = naive(self.cloud.now)
        yield self._say(
            instance, "delete.end", state="deleted", terminated_at=gone, deleted_at=gone
        )

    def _power_cycle(self) -> Script:
        instance = self.cloud.instances.take()
        yield self._say(instance, "power_off.start")
        yield self._say(instance, "power_off.end", state="stopped")
        yield self._say(instance, "power_on.start", state="stopped")
        yield self._say(instance, "power_on.end")
        self.cloud.instances.give(instance)

    def _resize(self) -> Script:
        instance = self.cloud.instances.take()
        wanted = self.cloud.any_of(self.cloud.flavors)
        new = {"new_instance_type": wanted.name, "new_instance_type_id": wanted.number}
        yield self._say(instance, "resize.prep.start")
        yield self._say(instance, "resize.prep.end", **new)
        yield self._say(instance, "resize.start")
        yield self._say(instance, "resize.end")
        instance.flavor, instance.host = wanted, self.cloud.any_of(self.cloud.hosts)
        yield self._say(instance, "finish_resize.start", state="resized")
        yield self._say(instance, "finish_resize.end", state="resized")
        yield self._say(instance, "resize.confirm.start", state="resized")
        yield self._say(instance, "resize.confirm.end")
        self.cloud.instances.give(instance)

    def _volume(self) -> Script:
        instance = self.cloud.instances.take()
        volume = self.cloud.uuid()
        yield self._say(instance, "volume.attach", volume_id=volume)
        yield self._say(instance, "volume.detach", volume_id=volume)
        self.cloud.instances.give(instance)

    def _snapshot(self) -> Script:
        instance = self.cloud.instances.take()
        yield self._say(instance, "snapshot.start")
        yield self._say(instance, "snapshot.end")
        self.cloud.instances.give(instance)

    def _failed_boot(self) -> Script:
        instance = self.cloud.instances.new()
        instance.launched = None
        yield self._say(instance, "create.start", state="building")
        message = "Failed to allocate the network(s), not rescheduling."
        failed = self._say(instance, "create.error", state="error", message=message, code=500)
        failed.payload["exception"] = {"kwargs": {"code": 500, "instance_uuid": instance.id}}
        yield failed._replace(priority="ERROR")

    def _metrics(self) -> Script:
        host = self.cloud.any_of(self.cloud.hosts)
        metrics = [_metric(self.cloud.now, "cpu.frequency", 2400 + self.cloud.below(1200))]
        for figure in NODE_FIGURES:
            share = round(self.cloud.random.random(), 3)
            busy = self.cloud.random.getrandbits(52)
            metrics.append(_metric(self.cloud.now, f"cpu.{figure}.percent", share))
            metrics.append(_metric(self.cloud.now, f"cpu.{figure}.time", busy))
        metrics.append(_metric(self.cloud.now, "cpu.percent", round(self.cloud.random.random(), 3)))
        payload = {"metrics": metrics, "nodename": host, "host": host, "host_ip": "10.20.0.11"}
        actor = self.cloud.actors[0]
        yield Message("compute.metrics.update", payload, actor, f"compute.{host}")

    def _update(
        self, instance: Instance, old: str, new: str, old_task: str | None, task: str | None
    ) -> Message:
        hour, _ = self.cloud.last_hour()
        return self._say(
            instance,
            "update",
            old_state=old,
            state=new,
            old_task_state=old_task,
            new_task_state=task,
            audit_period_beginning=hour,
            audit_period_ending=naive(self.cloud.now),
            bandwidth={},
        )

    def _say(self, instance: Instance, what: str, **extra: Any) -> Message:
        payload = _payload(instance)
        payload.update(extra)
        return Message(PREFIX + what, payload, instance.actor, f"compute.{instance.host}")


def _payload(instance: Instance) -> Payload:
    return {
        "tenant_id": instance.actor.project_id,
        "user_id": instance.actor.user_id,
        "instance_id": instance.id,
        "display_name": instance.name,
        "reservation_id": f"r-{instance.id[:8]}",
        "hostname": instance.name,
        **_size(instance.flavor),
        "architecture": "x86_64",
        "image_ref_url": f"http://glance.example.org:9292/images/{instance.image}",
        "os_type": "linux",
        "kernel_id": "",
        "ramdisk_id": "",
        "created_at": str(instance.created),
        "terminated_at": "",
        "deleted_at": "",
        "launched_at": naive(instance.launched) if instance.launched else "",
        "host": instance.host,
        "node": f"{instance.host}.example.org",
        "availability_zone": "az-1",
        "cell_name": "",
        "state": "active",
        "state_description": "",
        "progress": "",
        "access_ip_v4": None,
        "access_ip_v6": None,
        "metadata": {"metering.stack": instance.actor.project_id[:8], "role": "web"},
        "image_meta": {
            "min_disk": str(instance.flavor.root_gb),
            "min_ram": "0",
            "container_format": "bare",
            "disk_format": "qcow2",
            "base_image_ref": instance.image,
        },
    }


def _size(flavor: Flavor) -> Payload:
    return {
        "instance_type": flavor.name,
        "instance_type_id": flavor.number,
        "instance_flavor_id": flavor.id,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "disk_gb": flavor.root_gb + flavor.ephemeral_gb,
    }


def _addresses(instance: Instance) -> list[Payload]:
    fixed = {"address": instance.address, "type": "fixed", "version": 4, "meta": {}}
    return [{**fixed, "label": "private", "floating_ips": [], "vif_mac": mac(instance.port)}]


def _metric(now: datetime.datetime, name: str, value: float) -> Payload:
    source = "libvirt.LibvirtDriver"
    return {"name": name, "value": value, "timestamp": naive(now), "source": source}


def mac(port: str) -> str:
    """The hardware address of a port, made of its id."""
    return f"fa:16:3e:{port[0:2]}:{port[2:4]}:{port[4:6]}"
