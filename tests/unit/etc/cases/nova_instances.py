# SPDX-License-Identifier: Apache-2.0
"""What is made of nova's versioned notifications of instances."""

from collections.abc import Sequence
from typing import Any

from ..case import CONTEXT_USER, PROJECT, REQUEST, USER, Case, Measured, utc
from .wrapped import nova

ID = "0d7c2f55-2a30-4f6e-8b52-98f3f0aa0001"
FLAVOR = {
    "flavorid": "flavor-1",
    "name": "m1.tiny",
    "memory_mb": 512,
    "vcpus": 1,
    "root_gb": 3,
    "ephemeral_gb": 0,
}
DATA: dict[str, Any] = {
    "uuid": ID,
    "tenant_id": PROJECT,
    "user_id": USER,
    "request_id": "req-of-the-payload",
    "action_initiator_user": "admin",
    "action_initiator_project": "admins",
    "display_name": "web-1",
    "host": "compute-1",
    "node": "node-1",
    "availability_zone": "az-1",
    "state": "active",
    "task_state": None,
    "power_state": "running",
    "locked": False,
    "flavor": nova(**FLAVOR),
    "image_uuid": "image-1",
    "architecture": "x86_64",
    "reservation_id": "r-abc",
    "key_name": "my-key",
    "metadata": {"metering.stack": "blue"},
    "created_at": "2026-03-01T11:59:00Z",
    "launched_at": "2026-03-01T11:59:30Z",
    "deleted_at": None,
    "terminated_at": None,
    "ip_addresses": [],
    "fault": None,
}
TRAITS: dict[str, Any] = {
    "request_id": REQUEST,
    "project_id": PROJECT,
    "tenant_id": PROJECT,
    "user_id": USER,
    "resource_id": ID,
    "instance_id": ID,
    "action_initiator_user": "admin",
    "action_initiator_project": "admins",
    "display_name": "web-1",
    "host": "compute-1",
    "node": "node-1",
    "availability_zone": "az-1",
    "state": "active",
    "power_state": "running",
    "locked": "False",
    "instance_type": "m1.tiny",
    "flavor_id": "flavor-1",
    "memory_mb": 512,
    "vcpus": 1,
    "root_gb": 3,
    "ephemeral_gb": 0,
    "image_id": "image-1",
    "os_architecture": "x86_64",
    "reservation_id": "r-abc",
    "created_at": utc("2026-03-01T11:59:00"),
    "launched_at": utc("2026-03-01T11:59:30"),
}
SIZE = [
    Measured("memory", "gauge", 512, "MB", ID),
    Measured("vcpus", "gauge", 1, "vcpu", ID),
    Measured("disk.root.size", "gauge", 3, "GB", ID),
    Measured("disk.ephemeral.size", "gauge", 0, "GB", ID),
]
BOOTING = Measured("compute.instance.booting.time", "gauge", 30, "sec", ID)
PERIOD = nova(
    audit_period_beginning="2026-03-01T11:00:00Z", audit_period_ending="2026-03-01T12:00:00Z"
)
PERIOD_TRAITS = {
    "audit_period_beginning": utc("2026-03-01T11:00:00"),
    "audit_period_ending": utc("2026-03-01T12:00:00"),
}
ADDRESSES = [
    nova(address="10.0.0.4", port_uuid="port-4"),
    nova(address="10.0.0.5", port_uuid="port-5"),
]
FAULT = nova(
    exception="DeviceIsBusy",
    exception_message="The device is busy.",
    function_name="attach_volume",
    module_name="nova.compute",
)
FAULT_TRAITS = {
    "exception": "DeviceIsBusy",
    "exception_message": "The device is busy.",
    "exception_function": "attach_volume",
    "exception_module": "nova.compute",
}


def _case(
    event: str, extra: dict[str, Any], traits: dict[str, Any], samples: Sequence[Measured] = SIZE
) -> Case:
    payload = nova(**{**DATA, **extra})
    return Case(f"instance.{event}", payload, {**TRAITS, **traits}, samples, (PROJECT, USER))


def _traffic(network: str, incoming: int, outgoing: int) -> dict[str, Any]:
    return nova(network_name=network, in_bytes=incoming, out_bytes=outgoing)


def _bytes(way: str, volume: int, network: str) -> Measured:
    return Measured(f"instance.network.{way}.bytes", "delta", volume, "B", f"{ID}_{network}")


CASES = [
    _case(
        "delete.end",
        {"deleted_at": "2026-03-01T12:00:00Z", "terminated_at": "2026-03-01T12:00:01Z"},
        {"deleted_at": utc("2026-03-01T12:00:00"), "terminated_at": utc("2026-03-01T12:00:01")},
    ),
    _case("power_off.start", {"task_state": "powering-off"}, {"task_state": "powering-off"}),
    _case("exists", {"audit_period": PERIOD}, PERIOD_TRAITS),
    _case(
        "exists",
        {
            "audit_period": PERIOD,
            "bandwidth": [_traffic("private", 10, 20), _traffic("public", 30, 40)],
        },
        PERIOD_TRAITS,
        [
            *SIZE,
            _bytes("incoming", 10, "private"),
            _bytes("outgoing", 20, "private"),
            _bytes("incoming", 30, "public"),
            _bytes("outgoing", 40, "public"),
        ],
    ),
    _case(
        "update",
        {
            "audit_period": PERIOD,
            "state": "active",
            "old_display_name": "web-0",
            "state_update": nova(
                state="active",
                old_state="building",
                old_task_state="spawning",
                new_task_state="deleting",
            ),
        },
        {
            **PERIOD_TRAITS,
            "old_display_name": "web-0",
            "old_state": "building",
            "old_task_state": "spawning",
            "new_task_state": "deleting",
        },
    ),
    _case(
        "create.end",
        {"instance_name": "instance-1", "ip_addresses": ADDRESSES},
        {"instance_name": "instance-1", "key_name": "my-key", "ip_address": "10.0.0.4"},
        [*SIZE, BOOTING],
    ),
    _case(
        "create.start",
        {"instance_name": "instance-1"},
        {"instance_name": "instance-1", "key_name": "my-key"},
    ),
    _case(
        "interface_attach.end",
        {"ip_addresses": ADDRESSES},
        {"ip_address": "10.0.0.5", "port_id": "port-5"},
    ),
    _case(
        "resize_prep.start",
        {
            "new_flavor": nova(
                flavorid="flavor-2",
                name="m1.small",
                memory_mb=2048,
                vcpus=2,
                root_gb=20,
                ephemeral_gb=10,
            )
        },
        {
            "new_flavor_id": "flavor-2",
            "new_instance_type": "m1.small",
            "new_memory_mb": 2048,
            "new_vcpus": 2,
            "new_root_gb": 20,
            "new_ephemeral_gb": 10,
        },
    ),
    _case("volume_attach.end", {"volume_id": "volume-1"}, {"volume_id": "volume-1"}),
    _case(
        "volume_swap.end",
        {"new_volume_id": "volume-2", "old_volume_id": "volume-1"},
        {"volume_id": "volume-2", "old_volume_id": "volume-1"},
    ),
    _case(
        "snapshot.end",
        {"snapshot_image_id": "image-2"},
        {"snapshot_image_id": "image-2"},
    ),
    _case("rescue.end", {"rescue_image_ref": "image-3"}, {"rescue_image_id": "image-3"}),
    _case("share_attach.end", {"share_id": "share-1"}, {"share_id": "share-1"}),
    _case(
        "lock",
        {"locked": True, "locked_reason": "audit"},
        {"locked": "True", "reason": "audit"},
    ),
    _case(
        "volume_attach.error",
        {"volume_id": "volume-1", "fault": FAULT},
        {"volume_id": "volume-1", **FAULT_TRAITS},
    ),
    _case(
        "volume_swap.error",
        {"new_volume_id": "volume-2", "old_volume_id": "volume-1", "fault": FAULT},
        {"volume_id": "volume-2", "old_volume_id": "volume-1", **FAULT_TRAITS},
    ),
    _case(
        "share_attach.error",
        {"share_id": "share-1", "fault": FAULT},
        {"share_id": "share-1", **FAULT_TRAITS},
    ),
    _case(
        "delete.start",
        {
            "host": None,
            "node": None,
            "launched_at": None,
            "user_id": None,
            "flavor": nova(**FLAVOR),
        },
        {"user_id": CONTEXT_USER, "host": ..., "node": ..., "launched_at": ...},
    )._replace(owner=(PROJECT, CONTEXT_USER)),
]
