# SPDX-License-Identifier: Apache-2.0
"""What is made of nova's legacy notifications."""

from typing import Any

from ..case import PROJECT, USER, Case, Measured, utc

ID = "5c3b6b8a-0c6f-4a0e-9c8e-2f9b51a1f001"
PAYLOAD: dict[str, Any] = {
    "tenant_id": PROJECT,
    "user_id": USER,
    "instance_id": ID,
    "display_name": "web-1",
    "reservation_id": "r-abc",
    "instance_type": "m1.small",
    "instance_type_id": 7,
    "instance_flavor_id": "flavor-7",
    "memory_mb": 2048,
    "vcpus": 2,
    "root_gb": 20,
    "ephemeral_gb": 5,
    "disk_gb": 25,
    "architecture": "x86_64",
    "image_meta": {"base_image_ref": "image-1"},
    "created_at": "2026-03-01 11:59:00.500000",
    "launched_at": "2026-03-01T11:59:42.000000",
    "terminated_at": "",
    "deleted_at": "",
    "host": "compute-1",
    "node": "compute-1.example.org",
    "availability_zone": "az-1",
    "state": "active",
    "state_description": "",
    "metadata": {"metering.stack": "blue", "private": "x"},
}
TRAITS: dict[str, Any] = {
    "project_id": PROJECT,
    "tenant_id": PROJECT,
    "user_id": USER,
    "resource_id": ID,
    "instance_id": ID,
    "display_name": "web-1",
    "reservation_id": "r-abc",
    "instance_type": "m1.small",
    "instance_type_id": "7",
    "flavor_id": "flavor-7",
    "memory_mb": 2048,
    "vcpus": 2,
    "disk_gb": 25,
    "root_gb": 20,
    "ephemeral_gb": 5,
    "image_id": "image-1",
    "os_architecture": "x86_64",
    "host": "compute-1",
    "node": "compute-1.example.org",
    "availability_zone": "az-1",
    "state": "active",
    "state_description": "",
    "created_at": utc("2026-03-01T11:59:00.500000"),
    "launched_at": utc("2026-03-01T11:59:42"),
}
SIZE = [
    Measured("memory", "gauge", 2048, "MB", ID),
    Measured("vcpus", "gauge", 2, "vcpu", ID),
    Measured("disk.root.size", "gauge", 20, "GB", ID),
    Measured("disk.ephemeral.size", "gauge", 5, "GB", ID),
]
BOOTING = Measured("compute.instance.booting.time", "gauge", 41.5, "sec", ID)
PERIOD = {
    "audit_period_beginning": "2026-03-01T11:00:00.000000",
    "audit_period_ending": "2026-03-01T12:00:00.000000",
}
PERIOD_TRAITS = {
    "audit_period_beginning": utc("2026-03-01T11:00:00"),
    "audit_period_ending": utc("2026-03-01T12:00:00"),
}
OWNER = (PROJECT, USER)


def _case(
    event: str, extra: dict[str, Any], traits: dict[str, Any], samples: list[Measured] = SIZE
) -> Case:
    event_type = f"compute.instance.{event}"
    return Case(event_type, {**PAYLOAD, **extra}, {**TRAITS, **traits}, samples, OWNER)


def _metric(name: str, value: float) -> dict[str, Any]:
    return {"name": name, "value": value, "source": "libvirt.LibvirtDriver"}


NODE = "compute-1_node-1"
CASES = [
    _case("power_off.end", {"state": "stopped"}, {"state": "stopped"}),
    _case("exists", PERIOD, PERIOD_TRAITS),
    _case("create.start", {"image_name": "debian-12"}, {"image_name": "debian-12"}, []),
    _case("rebuild.start", {"image_name": "debian-12"}, {"image_name": "debian-12"}),
    _case(
        "create.end",
        {"message": "Success", "fixed_ips": [{"address": "10.0.0.4"}, {"address": "10.0.0.5"}]},
        {"message": "Success", "ip_address": "10.0.0.4"},
        [*SIZE, BOOTING],
    ),
    _case(
        "update",
        {
            **PERIOD,
            "old_state": "building",
            "old_task_state": "spawning",
            "new_task_state": "deleting",
            "old_display_name": "web-0",
        },
        {
            **PERIOD_TRAITS,
            "old_state": "building",
            "old_task_state": "spawning",
            "new_task_state": "deleting",
            "old_display_name": "web-0",
        },
        [],
    ),
    _case(
        "resize.prep.end",
        {"new_instance_type": "m1.large", "new_instance_type_id": 9},
        {"new_instance_type": "m1.large", "new_instance_type_id": "9"},
    ),
    _case("volume.attach", {"volume_id": "volume-1"}, {"volume_id": "volume-1"}),
    _case(
        "create.error",
        {"state": "error", "message": "No host", "code": 500, "exception": "NoValidHost()"},
        {"state": "error", "message": "No host", "code": 500, "exception": "NoValidHost()"},
    ),
    _case(
        "delete.end",
        {"deleted_at": "2026-03-01T12:00:00", "terminated_at": "2026-03-01T11:59:59"},
        {"deleted_at": utc("2026-03-01T12:00:00"), "terminated_at": utc("2026-03-01T11:59:59")},
    ),
    Case(
        "compute.metrics.update",
        {
            "metrics": [
                _metric("cpu.frequency", 2600),
                _metric("cpu.user.time", 26728850000000),
                _metric("cpu.idle.percent", 0.75),
                _metric("cpu.percent", 0.25),
                {"name": "numa.membw.current", "value": None, "numa_membw_values": {"0": 1}},
            ],
            "host": "compute-1",
            "nodename": "node-1",
            "host_ip": "10.1.0.1",
        },
        {"resource_id": "node-1", "node": "node-1", "host": "compute-1", "host_ip": "10.1.0.1"},
        [
            Measured("compute.node.cpu.frequency", "gauge", 2600, "MHz", NODE),
            Measured("compute.node.cpu.user.time", "cumulative", 26728850000000, "ns", NODE),
            Measured("compute.node.cpu.idle.percent", "gauge", 75, "%", NODE),
            Measured("compute.node.cpu.percent", "gauge", 25, "%", NODE),
        ],
    ),
    Case(
        "compute_task.build_instances",
        {
            "instance_id": ID,
            "state": "error",
            "method": "build_instances",
            "reason": "NoValidHost: none",
            "instance_properties": {
                "display_name": "web-1",
                "project_id": PROJECT,
                "user_id": USER,
            },
        },
        {
            "project_id": PROJECT,
            "user_id": USER,
            "resource_id": ID,
            "instance_id": ID,
            "state": "error",
            "action": "build_instances",
            "exception": "NoValidHost: none",
            "display_name": "web-1",
        },
    ),
    Case(
        "servergroup.addmember",
        {
            "server_group_id": "group-1",
            "name": "apart",
            "policies": ["anti-affinity"],
            "instance_uuids": [ID],
        },
        {
            "resource_id": "group-1",
            "display_name": "apart",
            "policy": "anti-affinity",
            "instance_id": ID,
        },
    ),
]
