# SPDX-License-Identifier: Apache-2.0
"""Nova's versioned notifications: the life of instances as nested versioned objects."""

from collections.abc import Callable
from typing import Any

from ceilobatch.testing.notifications.cloud import Flavor, Instance, zulu
from ceilobatch.testing.notifications.nova import mac
from ceilobatch.testing.notifications.record import Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service


class NovaVersioned(Service):
    """Nova with ``notification_format`` ``versioned``."""

    exchange = "nova"
    topic = "versioned_notifications"

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [
            (20, self._exists),
            (10, self._turnover),
            (4, self._power_cycle),
            (2, self._resize),
            (2, self._volume),
            (1, self._failed_boot),
            (1, self._volume_usage),
            (1, self._service),
        ]

    def _exists(self) -> Script:
        instance = self.cloud.instances.look()
        beginning, end = (f"{moment}Z" for moment in self.cloud.last_hour())
        yield self._say(
            instance,
            "exists",
            "InstanceExistsPayload",
            audit_period=_period(beginning, end),
        )

    def _turnover(self) -> Script:
        return self._boot() if self.cloud.instances.growing() else self._delete()

    def _boot(self) -> Script:
        instance = self.cloud.instances.new()
        instance.created = self.cloud.now
        instance.launched = None
        fresh = {"keypairs": [], "tags": [], "instance_name": f"instance-{instance.id[:8]}"}
        building = {"state": "building", "power_state": "pending"}
        yield self._say(instance, "create.start", "InstanceCreatePayload", **fresh, **building)
        yield self._update(instance, "building", "building", "spawning", power_state="pending")
        instance.launched = self.cloud.now
        yield self._say(instance, "create.end", "InstanceCreatePayload", **fresh)
        yield self._update(instance, "building", "active", None)
        self.cloud.instances.give(instance)

    def _delete(self) -> Script:
        instance = self.cloud.instances.take()
        for what in ("delete.start", "shutdown.start", "shutdown.end"):
            yield self._say(instance, what, task_state="deleting")
        gone = zulu(self.cloud.now)
        end = {"state": "deleted", "power_state": "pending"}
        yield self._say(instance, "delete.end", deleted_at=gone, terminated_at=gone, **end)

    def _power_cycle(self) -> Script:
        instance = self.cloud.instances.take()
        off = {"state": "stopped", "power_state": "shutdown"}
        yield self._say(instance, "power_off.start", task_state="powering-off")
        yield self._say(instance, "power_off.end", **off)
        yield self._say(instance, "power_on.start", task_state="powering-on", **off)
        yield self._say(instance, "power_on.end")
        self.cloud.instances.give(instance)

    def _resize(self) -> Script:
        instance = self.cloud.instances.take()
        wanted = self.cloud.any_of(self.cloud.flavors)
        yield self._say(
            instance, "resize_prep.start", "InstanceActionResizePrepPayload",
            new_flavor=_flavor(wanted), task_state="resize_prep",
        )  # fmt: skip
        yield self._say(instance, "resize.start", task_state="resize_migrating")
        yield self._say(instance, "resize.end", task_state="resize_migrated")
        instance.flavor, instance.host = wanted, self.cloud.any_of(self.cloud.hosts)
        yield self._say(instance, "resize_finish.start", task_state="resize_finish")
        yield self._say(instance, "resize_finish.end", state="resized")
        self.cloud.instances.give(instance)

    def _volume(self) -> Script:
        instance = self.cloud.instances.take()
        volume = self.cloud.uuid()
        for what in ("volume_attach.start", "volume_attach.end", "volume_detach.end"):
            yield self._say(instance, what, "InstanceActionVolumePayload", volume_id=volume)
        self.cloud.instances.give(instance)

    def _failed_boot(self) -> Script:
        instance = self.cloud.instances.new()
        instance.launched = None
        fault = {
            "exception": "BuildAbortException",
            "exception_message": "Build of the instance aborted: no port is available.",
            "function_name": "_do_build_and_run_instance",
            "module_name": "nova.compute.manager",
            "traceback": "Traceback (most recent call last): ...",
        }
        failed = self._say(
            instance, "create.error", state="error", fault=wrap("ExceptionPayload", fault, "1.1")
        )
        yield failed._replace(priority="ERROR")

    def _volume_usage(self) -> Script:
        instance = self.cloud.instances.look()
        usage = {
            "volume_id": self.cloud.uuid(),
            "project_id": instance.actor.project_id,
            "user_id": instance.actor.user_id,
            "instance_uuid": instance.id,
            "availability_zone": "az-1",
            "last_refreshed": zulu(self.cloud.now),
            "reads": self.cloud.below(10**6),
            "read_bytes": self.cloud.below(10**9),
            "writes": self.cloud.below(10**6),
            "write_bytes": self.cloud.below(10**9),
        }
        payload = wrap("VolumeUsagePayload", usage)
        yield Message("volume.usage", payload, instance.actor, _publisher(instance))

    def _service(self) -> Script:
        host = self.cloud.any_of(self.cloud.hosts)
        service = {
            "host": host,
            "binary": "nova-compute",
            "topic": "compute",
            "uuid": self.cloud.uuid(),
            "disabled": False,
            "disabled_reason": None,
            "forced_down": False,
            "last_seen_up": zulu(self.cloud.now),
            "report_count": self.cloud.below(100000),
            "version": 68,
            "availability_zone": "az-1",
        }
        payload = wrap("ServiceStatusPayload", service, "1.1")
        yield Message("service.update", payload, self.cloud.actors[0], f"nova-compute:{host}")

    def _update(
        self, instance: Instance, old: str, state: str, task: str | None, **extra: Any
    ) -> Message:
        change = {"old_state": old, "state": state, "old_task_state": None, "new_task_state": task}
        hour, _ = self.cloud.last_hour()
        extra["state"], extra["task_state"] = state, task
        return self._say(
            instance,
            "update",
            "InstanceUpdatePayload",
            state_update=wrap("InstanceStateUpdatePayload", change),
            audit_period=_period(f"{hour}Z", zulu(self.cloud.now)),
            old_display_name=None,
            tags=[],
            **extra,
        )

    def _say(
        self, instance: Instance, what: str, name: str = "InstanceActionPayload", **extra: Any
    ) -> Message:
        data = _instance(instance)
        data.update(extra)
        return Message(
            f"instance.{what}", wrap(name, data, "2.0"), instance.actor, _publisher(instance)
        )


def wrap(name: str, data: Payload, version: str = "1.0") -> Payload:
    """A versioned object of nova as it is serialized."""
    return {
        "nova_object.data": data,
        "nova_object.name": name,
        "nova_object.namespace": "nova",
        "nova_object.version": version,
    }


def _publisher(instance: Instance) -> str:
    return f"nova-compute:{instance.host}"


def _period(beginning: str, end: str) -> Payload:
    period = {"audit_period_beginning": beginning, "audit_period_ending": end}
    return wrap("AuditPeriodPayload", period)


def _instance(instance: Instance) -> Payload:
    launched = zulu(instance.launched) if instance.launched else None
    return {
        "uuid": instance.id,
        "display_name": instance.name,
        "host_name": instance.name,
        "tenant_id": instance.actor.project_id,
        "user_id": instance.actor.user_id,
        "reservation_id": f"r-{instance.id[:8]}",
        "host": instance.host,
        "node": f"{instance.host}.example.org",
        "availability_zone": "az-1",
        "state": "active",
        "task_state": None,
        "power_state": "running",
        "locked": False,
        "progress": 0,
        "image_uuid": instance.image,
        "key_name": None,
        "metadata": {"metering.stack": instance.actor.project_id[:8]},
        "created_at": zulu(instance.created),
        "launched_at": launched,
        "deleted_at": None,
        "terminated_at": None,
        "flavor": _flavor(instance.flavor),
        "ip_addresses": [_address(instance)] if launched else [],
        "block_devices": [],
        "fault": None,
    }


def _flavor(flavor: Flavor) -> Payload:
    data = {
        "flavorid": flavor.id,
        "name": flavor.name,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "swap": 0,
        "is_public": True,
    }
    return wrap("FlavorPayload", data, "1.4")


def _address(instance: Instance) -> Payload:
    data = {
        "address": instance.address,
        "mac": mac(instance.port),
        "label": "private",
        "version": 4,
        "port_uuid": instance.port,
    }
    return wrap("IpPayload", data)
