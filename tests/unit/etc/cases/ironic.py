# SPDX-License-Identifier: Apache-2.0
"""What is made of ironic's notifications."""

from typing import Any

from ..case import Case, Measured, utc
from .wrapped import ironic

TIMES = {"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T11:00:00Z"}
TIMES_TRAITS = {
    "created_at": utc("2026-03-01T10:00:00"),
    "updated_at": utc("2026-03-01T11:00:00"),
}
NODE: dict[str, Any] = {
    **TIMES,
    "uuid": "node-1",
    "name": "rack1-u4",
    "owner": "owner-project",
    "driver": "ipmi",
    "chassis_uuid": "chassis-1",
    "instance_uuid": "i-1",
    "resource_class": "large",
    "provision_state": "active",
    "target_provision_state": None,
    "power_state": "power on",
    "target_power_state": None,
    "maintenance": True,
    "maintenance_reason": "disk",
    "console_enabled": False,
    "fault": "power failure",
    "last_error": "timeout",
    "properties": {"cpus": 48, "memory_mb": "262144", "local_gb": 1800, "cpu_arch": "x86_64"},
}
NODE_TRAITS = {
    **TIMES_TRAITS,
    "resource_id": "node-1",
    "node_id": "node-1",
    "display_name": "rack1-u4",
    "project_id": "owner-project",
    "driver": "ipmi",
    "chassis_id": "chassis-1",
    "instance_id": "i-1",
    "resource_class": "large",
    "provision_state": "active",
    "power_state": "power on",
    "maintenance": "True",
    "reason": "disk",
    "console_enabled": "False",
    "fault": "power failure",
    "last_error": "timeout",
    "cpus": 48,
    "memory_mb": 262144,
    "local_gb": 1800,
    "cpu_arch": "x86_64",
}
PART = {**TIMES, "uuid": "part-1", "node_uuid": "node-1"}
PART_TRAITS = {**TIMES_TRAITS, "resource_id": "part-1", "node_id": "node-1"}


def _node(event: str, extra: dict[str, Any], traits: dict[str, Any]) -> Case:
    payload = ironic(**{**NODE, **extra})
    return Case(f"baremetal.node.{event}", payload, {**NODE_TRAITS, **traits})


def _sensor(name: str, reading: str) -> dict[str, Any]:
    return {name: {"Sensor ID": name, "Sensor Reading": reading, "Status": "ok"}}


def _reading(kind: str, volume: float, unit: str, sensor: str) -> Measured:
    return Measured(f"hardware.ipmi.{kind}", "gauge", volume, unit, f"node-1-{sensor}")


CASES = [
    _node("maintenance_set.end", {}, {}),
    _node(
        "provision_set.start",
        {
            "event": "deploy",
            "provision_state": "deploying",
            "target_provision_state": "active",
            "previous_provision_state": "available",
            "previous_target_provision_state": "available",
        },
        {
            "action": "deploy",
            "provision_state": "deploying",
            "target_provision_state": "active",
            "old_provision_state": "available",
            "old_target_provision_state": "available",
        },
    ),
    _node(
        "power_set.start",
        {"to_power": "power off", "target_power_state": "power off"},
        {"to_power": "power off", "target_power_state": "power off"},
    ),
    _node(
        "power_state_corrected.success",
        {"from_power": "power off"},
        {"old_power_state": "power off"},
    ),
    Case(
        "baremetal.chassis.update.end",
        ironic(**TIMES, uuid="chassis-1"),
        {**TIMES_TRAITS, "resource_id": "chassis-1"},
    ),
    Case(
        "baremetal.port.create.end",
        ironic(
            **PART,
            address="52:54:00:00:00:01",
            physical_network="physnet1",
            portgroup_uuid="pg-1",
            pxe_enabled=True,
        ),
        {
            **PART_TRAITS,
            "mac_address": "52:54:00:00:00:01",
            "physical_network": "physnet1",
            "portgroup_id": "pg-1",
            "pxe_enabled": "True",
        },
    ),
    Case(
        "baremetal.volumetarget.create.end",
        ironic(**PART, volume_id="volume-1", volume_type="iscsi", boot_index=0),
        {**PART_TRAITS, "volume_id": "volume-1", "type": "iscsi", "boot_index": 0},
    ),
    Case(
        "baremetal.volumeconnector.create.end",
        ironic(**PART, type="iqn", connector_id="iqn.2026"),
        {**PART_TRAITS, "type": "iqn", "connector_id": "iqn.2026"},
    ),
    Case(
        "hardware.ipmi.metrics",
        {
            "node_uuid": "node-1",
            "node_name": "rack1-u4",
            "instance_uuid": "i-1",
            "timestamp": "2026-03-01T11:59:58",
            "event_type": "hardware.ipmi.metrics.update",
            "payload": {
                "Temperature": {
                    **_sensor("CPU (0x1)", "26 (+/- 0.500) degrees C"),
                    **_sensor("Ambient (0x2)", "-3 (+/- 0.500) degrees C"),
                    **_sensor("DIMM (0x3)", "Disabled"),
                },
                "Fan": _sensor("Fan 1 (0x30)", "6900 (+/- 0) RPM"),
                "Voltage": {
                    **_sensor("12V (0x18)", "12.312 (+/- 0) Volts"),
                    **_sensor("Battery (0x19)", "No Reading"),
                },
                "Current": {
                    **_sensor("Avg Power (0x2e)", "130 (+/- 0) Watts"),
                    **_sensor("PSU 1 (0x2f)", "0.400 (+/- 0) Amps"),
                },
                "Power Supply": {
                    **_sensor("PS1 Input (0x77)", "144 (+/- 0) Watts"),
                    **_sensor("PS1 Status (0x78)", "0h"),
                },
            },
        },
        {
            "resource_id": "node-1",
            "node_id": "node-1",
            "node_name": "rack1-u4",
            "instance_id": "i-1",
            "measured_at": utc("2026-03-01T11:59:58"),
        },
        [
            _reading("temperature", 26, "C", "CPU (0x1)"),
            _reading("temperature", -3, "C", "Ambient (0x2)"),
            _reading("fan", 6900, "RPM", "Fan 1 (0x30)"),
            _reading("voltage", 12.312, "V", "12V (0x18)"),
            _reading("current", 130, "W", "Avg Power (0x2e)"),
            _reading("current", 0.4, "A", "PSU 1 (0x2f)"),
            _reading("power", 144, "W", "PS1 Input (0x77)"),
        ],
    ),
]
