# SPDX-License-Identifier: Apache-2.0
"""What is made of nova's versioned notifications that are not of an instance."""

from typing import Any

from ..case import PROJECT, PUBLISHER, USER, Case, Measured, utc
from .nova_instances import FAULT, FAULT_TRAITS, FLAVOR, ID
from .wrapped import nova

OWNERS = {"project_id": PROJECT, "user_id": USER}
OWNER_TRAITS = {**OWNERS, "tenant_id": PROJECT}
AGGREGATE = {"uuid": "aggregate-1", "id": 1, "name": "fast", "hosts": ["compute-1", "compute-2"]}
USAGE = {"reads": 1, "read_bytes": 512, "writes": 2, "write_bytes": 1024}
USAGE_TRAITS = {
    **OWNER_TRAITS,
    **USAGE,
    "resource_id": "volume-1",
    "volume_id": "volume-1",
    "instance_id": ID,
    "availability_zone": "az-1",
    "last_refreshed": utc("2026-03-01T12:00:00"),
}
USAGE_SAMPLES = [
    Measured("volume.read.requests", "cumulative", 1, "request", "volume-1"),
    Measured("volume.read.bytes", "cumulative", 512, "B", "volume-1"),
    Measured("volume.write.requests", "cumulative", 2, "request", "volume-1"),
    Measured("volume.write.bytes", "cumulative", 1024, "B", "volume-1"),
]
SCHEDULED_TRAITS = {
    **OWNER_TRAITS,
    "resource_id": ID,
    "instance_id": ID,
    "num_instances": 1,
    "instance_type": "m1.tiny",
    "flavor_id": "flavor-1",
    "memory_mb": 512,
    "vcpus": 1,
    "image_id": "image-1",
}
NODE = "compute-1_node-1"


def _metric(name: str, value: int) -> dict[str, Any]:
    return nova(name=name, value=value, numa_membw_values=None)


CASES = [
    Case(
        "flavor.create",
        nova(**FLAVOR, swap=0, is_public=True, disabled=False),
        {
            "resource_id": "flavor-1",
            "flavor_id": "flavor-1",
            "display_name": "m1.tiny",
            "memory_mb": 512,
            "vcpus": 1,
            "root_gb": 3,
            "ephemeral_gb": 0,
            "swap": 0,
            "is_public": "True",
            "disabled": "False",
        },
    ),
    Case(
        "aggregate.add_host.end",
        nova(**AGGREGATE, metadata={"availability_zone": "az-1"}),
        {
            "resource_id": "aggregate-1",
            "aggregate_id": "1",
            "display_name": "fast",
            "availability_zone": "az-1",
            "host": "compute-2",
        },
    ),
    Case(
        "aggregate.create.end",
        {"aggregate_id": 1, "name": "fast", "meta_data": {"availability_zone": "az-1"}},
        {
            "resource_id": "1",
            "aggregate_id": "1",
            "display_name": "fast",
            "availability_zone": "az-1",
        },
    ),
    Case(
        "aggregate.addhost.end",
        {"aggregate_id": 1, "host_name": "compute-1"},
        {"resource_id": "1", "aggregate_id": "1", "host": "compute-1"},
    ),
    Case(
        "aggregate.cache_images.progress",
        nova(uuid="aggregate-1", id=1, name="fast", host="compute-1", index=2, total=5),
        {
            "resource_id": "aggregate-1",
            "aggregate_id": "1",
            "display_name": "fast",
            "host": "compute-1",
            "index": 2,
            "total": 5,
        },
    ),
    Case(
        "keypair.import.end",
        nova(name="my-key", type="ssh", fingerprint="1e:2c", user_id=USER),
        {
            "user_id": USER,
            "resource_id": "my-key",
            "key_name": "my-key",
            "key_type": "ssh",
            "fingerprint": "1e:2c",
        },
    ),
    Case(
        "keypair.delete.end",
        {"tenant_id": PROJECT, "user_id": USER, "key_name": "my-key"},
        {**OWNER_TRAITS, "resource_id": "my-key", "key_name": "my-key"},
    ),
    Case(
        "server_group.add_member",
        nova(**OWNERS, uuid="group-1", name="apart", policy="anti-affinity", members=["a", ID]),
        {
            **OWNER_TRAITS,
            "resource_id": "group-1",
            "display_name": "apart",
            "policy": "anti-affinity",
            "instance_id": ID,
        },
    ),
    Case(
        "service.update",
        nova(
            uuid="service-1",
            host="compute-1",
            binary="nova-compute",
            availability_zone="az-1",
            disabled=True,
            disabled_reason="upgrade",
            forced_down=False,
            last_seen_up="2026-03-01T11:59:59Z",
            version=68,
        ),
        {
            "resource_id": "service-1",
            "host": "compute-1",
            "binary": "nova-compute",
            "availability_zone": "az-1",
            "disabled": "True",
            "reason": "upgrade",
            "forced_down": "False",
            "last_seen_up": utc("2026-03-01T11:59:59"),
            "version": 68,
        },
    ),
    Case(
        "metrics.update",
        nova(
            host="compute-1",
            nodename="node-1",
            host_ip="10.1.0.1",
            metrics=[
                _metric("cpu.frequency", 800),
                _metric("cpu.idle.time", 1592705190000000),
                _metric("cpu.idle.percent", 97),
            ],
        ),
        {"resource_id": "node-1", "node": "node-1", "host": "compute-1", "host_ip": "10.1.0.1"},
        [
            Measured("compute.node.cpu.frequency", "gauge", 800, "MHz", NODE),
            Measured("compute.node.cpu.idle.time", "cumulative", 1592705190000000, "ns", NODE),
            Measured("compute.node.cpu.idle.percent", "gauge", 97, "%", NODE),
        ],
    ),
    Case(
        "volume.usage",
        nova(
            **OWNERS,
            **USAGE,
            volume_id="volume-1",
            instance_uuid=ID,
            availability_zone="az-1",
            last_refreshed="2026-03-01T12:00:00Z",
        ),
        USAGE_TRAITS,
        USAGE_SAMPLES,
        (PROJECT, USER),
    ),
    Case(
        "volume.usage",
        {
            **USAGE,
            "tenant_id": PROJECT,
            "user_id": USER,
            "volume_id": "volume-1",
            "instance_id": ID,
            "availability_zone": "az-1",
            "last_refreshed": "2026-03-01 12:00:00",
        },
        USAGE_TRAITS,
        USAGE_SAMPLES,
        (PROJECT, USER),
    ),
    Case(
        "scheduler.select_destinations.end",
        nova(
            **OWNERS,
            instance_uuid=ID,
            num_instances=1,
            flavor=nova(**FLAVOR),
            image=nova(id="image-1"),
        ),
        SCHEDULED_TRAITS,
    ),
    Case(
        "scheduler.select_destinations.start",
        {
            "request_spec": {
                "instance_properties": {"uuid": ID, **OWNERS},
                "instance_type": FLAVOR,
                "image": {"id": "image-1"},
                "num_instances": 1,
            }
        },
        SCHEDULED_TRAITS,
    ),
    Case(
        "compute_task.build_instances.error",
        nova(instance_uuid=ID, state="error", reason=FAULT, request_spec=nova(**OWNERS)),
        {
            **OWNER_TRAITS,
            **FAULT_TRAITS,
            "resource_id": ID,
            "instance_id": ID,
            "state": "error",
        },
    ),
    Case("compute.exception", FAULT, FAULT_TRAITS),
    Case(
        "libvirt.connect.error",
        nova(ip="10.1.0.1", reason=FAULT),
        {**FAULT_TRAITS, "resource_id": PUBLISHER, "host_ip": "10.1.0.1"},
    ),
]
