# SPDX-License-Identifier: Apache-2.0
"""Ironic's notifications: the states of nodes as versioned objects, and sensor readings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ceilobatch.testing.notifications.cloud import Cloud, Pool, zulu
from ceilobatch.testing.notifications.record import Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service

CONDUCTOR = "ironic-conductor.conductor-1"
INTERFACES = ("boot", "console", "deploy", "inspect", "management", "power", "raid", "vendor")


@dataclass(slots=True)
class Node:
    """A machine, as ironic knows it."""

    id: str
    name: str
    created: str
    power_state: str = "power on"
    provision_state: str = "active"


def _nodes(cloud: Cloud) -> Pool[Node]:
    def make() -> Node:
        number = cloud.below(10000)
        return Node(cloud.uuid(), f"node-{number:04d}", zulu(cloud.ago(number * 60)))

    return Pool(cloud.random, 30, make)


class IronicVersioned(Service):
    """The bare metal service with ``notification_level`` ``info``."""

    exchange = "ironic"
    topic = "ironic_versioned_notifications"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._nodes = _nodes(cloud)

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [(4, self._power), (3, self._deployment), (1, self._maintenance), (1, self._port)]

    def _power(self) -> Script:
        node = self._nodes.take()
        wanted = "power off" if node.power_state == "power on" else "power on"
        to_power = {"to_power": wanted}
        name = "NodeSetPowerStatePayload"
        yield self._say(node, "power_set.start", name, target_power_state=wanted, **to_power)
        node.power_state = wanted
        yield self._say(node, "power_set.end", name, **to_power)
        self._nodes.give(node)

    def _deployment(self) -> Script:
        node = self._nodes.take()
        for event, before, state, target in (
            ("start", "available", "deploying", "active"),
            ("success", "deploying", "wait call-back", "active"),
            ("end", "deploying", "active", None),
        ):
            node.provision_state = state
            change = {"previous_provision_state": before, "previous_target_provision_state": target}
            yield self._say(
                node,
                f"provision_set.{event}",
                "NodeSetProvisionStatePayload",
                target_provision_state=target,
                event="deploy",
                **change,
            )
        self._nodes.give(node)

    def _maintenance(self) -> Script:
        node = self._nodes.look()
        why: Payload = {"maintenance": True, "maintenance_reason": "disk replacement"}
        name = "NodePayload"
        yield self._say(node, "maintenance_set.start", name, **why)
        yield self._say(node, "maintenance_set.end", name, **why)

    def _port(self) -> Script:
        port: Payload = {
            "uuid": self.cloud.uuid(),
            "node_uuid": self._nodes.look().id,
            "address": "52:54:00:cf:2d:31",
            "physical_network": "physnet1",
            "portgroup_uuid": None,
            "pxe_enabled": True,
            "local_link_connection": {},
            "extra": {},
            "created_at": zulu(self.cloud.now),
            "updated_at": None,
        }
        for what in ("create.start", "create.end"):
            payload = _wrap("PortCRUDPayload", port)
            actor = self.cloud.actors[0]
            yield Message(f"baremetal.port.{what}", payload, actor, "ironic-api.controller-1")

    def _say(self, node: Node, what: str, name: str = "NodePayload", **extra: Any) -> Message:
        data = _node(node)
        data.update(extra)
        payload = _wrap(name, data)
        return Message(f"baremetal.node.{what}", payload, self.cloud.actors[0], CONDUCTOR)


class Ironic(Service):
    """The sensors of the bare metal service with ``send_sensor_data``."""

    exchange = "ironic"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._nodes = _nodes(cloud)

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [(1, self._readings)]

    def _readings(self) -> Script:
        node = self._nodes.look()
        celsius, watts = 20 + self.cloud.below(50), 130 + self.cloud.below(90)
        volts = 11 + self.cloud.random.random()
        sensors = {
            "Temperature": _sensors(
                {
                    "CPU1 Temp (0x1)": f"{celsius} (+/- 1) degrees C",
                    "Inlet Temp (0x2)": f"{celsius - 10} (+/- 1) degrees C",
                    "CPU2 Temp (0x3)": "Disabled",
                }
            ),
            "Fan": _sensors({"Fan 1 (0x30)": f"{4000 + self.cloud.below(900)} (+/- 0) RPM"}),
            "Voltage": _sensors({"12V (0x60)": f"{volts:.2f} (+/- 0.05) Volts"}),
            "Current": _sensors({"Avg Power (0x2e)": f"{watts} (+/- 0) Watts"}),
            "Power Supply": _sensors({"PS1 Input (0x77)": f"{watts + 10} (+/- 0) Watts"}),
        }
        payload = {
            "message_id": self.cloud.uuid(),
            "instance_uuid": self.cloud.instances.look().id,
            "node_uuid": node.id,
            "node_name": node.name,
            "timestamp": zulu(self.cloud.now),
            "event_type": "hardware.ipmi.metrics.update",
            "payload": sensors,
        }
        yield Message("hardware.ipmi.metrics", payload, self.cloud.actors[0], CONDUCTOR)


def _sensors(readings: dict[str, str]) -> Payload:
    return {
        name: {"Sensor ID": name, "Sensor Reading": reading, "Entity ID": "7.1 (System Board)"}
        for name, reading in readings.items()
    }


def _wrap(name: str, data: Payload) -> Payload:
    return {
        "ironic_object.data": data,
        "ironic_object.name": name,
        "ironic_object.namespace": "ironic",
        "ironic_object.version": "1.16",
    }


def _node(node: Node) -> Payload:
    return {
        "uuid": node.id,
        "name": node.name,
        "driver": "ipmi",
        "power_state": node.power_state,
        "target_power_state": None,
        "provision_state": node.provision_state,
        "target_provision_state": None,
        "maintenance": False,
        "maintenance_reason": None,
        "fault": None,
        "last_error": None,
        "console_enabled": False,
        "instance_uuid": None,
        "instance_info": {},
        "resource_class": "baremetal.large",
        "properties": {"cpus": 48, "memory_mb": 262144, "local_gb": 1800, "cpu_arch": "x86_64"},
        "network_interface": "neutron",
        **{f"{interface}_interface": "ipmitool" for interface in INTERFACES},
        "clean_step": {},
        "deploy_step": {},
        "traits": ["CUSTOM_RAID"],
        "extra": {},
        "owner": None,
        "created_at": node.created,
        "updated_at": node.created,
        "provision_updated_at": node.created,
        "inspection_finished_at": None,
        "inspection_started_at": None,
    }
