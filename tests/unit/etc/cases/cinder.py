# SPDX-License-Identifier: Apache-2.0
"""What is made of cinder's notifications."""

from ..case import PROJECT, USER, Case, Measured, utc

OWNERS = {"tenant_id": PROJECT, "user_id": USER, "availability_zone": "az-1"}
OWNER_TRAITS = {
    "project_id": PROJECT,
    "tenant_id": PROJECT,
    "user_id": USER,
    "availability_zone": "az-1",
}
CREATED = {"created_at": "2026-03-01T11:00:00"}
CREATED_TRAITS = {"created_at": utc("2026-03-01T11:00:00")}
PERIOD = {
    "audit_period_beginning": "2026-03-01 11:00:00",
    "audit_period_ending": "2026-03-01 12:00:00",
}
PERIOD_TRAITS = {
    "audit_period_beginning": utc("2026-03-01T11:00:00"),
    "audit_period_ending": utc("2026-03-01T12:00:00"),
}
VOLUME = {
    **OWNERS,
    **CREATED,
    "volume_id": "volume-1",
    "display_name": "data",
    "volume_type": "type-1",
    "size": 50,
    "status": "available",
    "host": "storage-1@ceph#pool",
    "snapshot_id": "snapshot-0",
    "replication_status": "disabled",
    "launched_at": "2026-03-01T11:00:05",
    "volume_attachment": [],
}
VOLUME_TRAITS = {
    **OWNER_TRAITS,
    **CREATED_TRAITS,
    "resource_id": "volume-1",
    "volume_id": "volume-1",
    "display_name": "data",
    "type": "type-1",
    "size": 50,
    "status": "available",
    "host": "storage-1@ceph#pool",
    "snapshot_id": "snapshot-0",
    "replication_status": "disabled",
    "launched_at": utc("2026-03-01T11:00:05"),
}
VOLUME_SIZE = [Measured("volume.size", "gauge", 50, "GB", "volume-1")]
SNAPSHOT = {
    **OWNERS,
    **CREATED,
    "snapshot_id": "snapshot-1",
    "volume_id": "volume-1",
    "volume_size": 50,
    "display_name": "before",
    "status": "available",
}
SNAPSHOT_TRAITS = {
    **OWNER_TRAITS,
    **CREATED_TRAITS,
    "resource_id": "snapshot-1",
    "snapshot_id": "snapshot-1",
    "volume_id": "volume-1",
    "size": 50,
    "display_name": "before",
    "status": "available",
}
SNAPSHOT_SIZE = [Measured("snapshot.size", "gauge", 50, "GB", "snapshot-1")]
GROUP = {**OWNERS, **CREATED, "name": "pair", "status": "available"}
GROUP_TRAITS = {
    **OWNER_TRAITS,
    **CREATED_TRAITS,
    "display_name": "pair",
    "status": "available",
}
FIGURES = {"total": 1000, "free": 400.5, "allocated": 599.5, "provisioned": 700}
CAPACITY = {**FIGURES, "virtual_free": 300, "reported_at": "2026-03-01T12:00:00"}
CAPACITY_TRAITS = {f"{name}_gb": float(value) for name, value in FIGURES.items()}
CAPACITY_TRAITS["virtual_free_gb"] = 300.0
REPORTED = {"reported_at": utc("2026-03-01T12:00:00")}
OWNER = (PROJECT, USER)


def _capacity(prefix: str, resource: str) -> list[Measured]:
    figures = {**FIGURES, "virtual_free": 300}
    return [
        Measured(f"{prefix}.{name}", "gauge", value, "GB", resource)
        for name, value in figures.items()
    ]


CASES = [
    Case("volume.create.end", VOLUME, VOLUME_TRAITS, VOLUME_SIZE, OWNER),
    Case("volume.retype", VOLUME, VOLUME_TRAITS, VOLUME_SIZE, OWNER),
    Case(
        "volume.exists",
        {**VOLUME, **PERIOD},
        {**VOLUME_TRAITS, **PERIOD_TRAITS},
        VOLUME_SIZE,
        OWNER,
    ),
    Case(
        "volume.attach.end",
        {
            **VOLUME,
            "volume_attachment": [
                {"instance_uuid": "i-1", "attached_host": "compute-1", "mountpoint": "/dev/vdb"}
            ],
        },
        {
            **VOLUME_TRAITS,
            "instance_id": "i-1",
            "attached_host": "compute-1",
            "mountpoint": "/dev/vdb",
        },
        VOLUME_SIZE,
        OWNER,
    ),
    Case(
        "volume.detach.start",
        {**VOLUME, "volume_attachment": [{"server_id": "i-1", "attach_status": "attached"}]},
        {**VOLUME_TRAITS, "instance_id": "i-1"},
        VOLUME_SIZE,
        OWNER,
    ),
    Case("snapshot.create.end", SNAPSHOT, SNAPSHOT_TRAITS, SNAPSHOT_SIZE, OWNER),
    Case(
        "snapshot.exists",
        {**SNAPSHOT, **PERIOD},
        {**SNAPSHOT_TRAITS, **PERIOD_TRAITS},
        SNAPSHOT_SIZE,
        OWNER,
    ),
    Case(
        "backup.create.end",
        {
            **OWNERS,
            **CREATED,
            "backup_id": "backup-1",
            "volume_id": "volume-1",
            "snapshot_id": "snapshot-1",
            "parent_id": "backup-0",
            "display_name": "nightly",
            "host": "storage-1",
            "size": 50,
            "status": "error",
            "service": "swift",
            "fail_reason": "no space",
            "backup_percent": "40",
        },
        {
            **OWNER_TRAITS,
            **CREATED_TRAITS,
            "resource_id": "backup-1",
            "backup_id": "backup-1",
            "volume_id": "volume-1",
            "snapshot_id": "snapshot-1",
            "parent_id": "backup-0",
            "display_name": "nightly",
            "host": "storage-1",
            "size": 50,
            "status": "error",
            "driver": "swift",
            "reason": "no space",
            "progress": 40,
        },
        [Measured("backup.size", "gauge", 50, "GB", "backup-1")],
        OWNER,
    ),
    Case(
        "group.create.end",
        {**GROUP, "group_id": "group-1", "group_type": "type-2"},
        {**GROUP_TRAITS, "resource_id": "group-1", "group_id": "group-1", "type": "type-2"},
    ),
    Case(
        "consistencygroup.delete.start",
        {**GROUP, "consistencygroup_id": "group-1"},
        {**GROUP_TRAITS, "resource_id": "group-1", "group_id": "group-1"},
    ),
    Case(
        "group_snapshot.create.end",
        {**GROUP, "group_snapshot_id": "gs-1", "group_id": "group-1", "availability_zone": None},
        {
            **GROUP_TRAITS,
            "availability_zone": ...,
            "resource_id": "gs-1",
            "group_snapshot_id": "gs-1",
            "group_id": "group-1",
        },
    ),
    Case(
        "cgsnapshot.create.end",
        {**GROUP, "cgsnapshot_id": "gs-1", "consistencygroup_id": "group-1"},
        {
            **GROUP_TRAITS,
            "availability_zone": ...,
            "resource_id": "gs-1",
            "group_snapshot_id": "gs-1",
            "group_id": "group-1",
        },
    ),
    Case(
        "volume_type_extra_specs.create",
        {"type_id": "type-1", "specs": {"tier": "gold"}},
        {"resource_id": "type-1", "type": "type-1"},
    ),
    Case(
        "volume_type_project.access.add",
        {"volume_type_id": "type-1", "project_id": PROJECT},
        {"resource_id": "type-1", "type": "type-1"},
    ),
    Case(
        "volume_type.create",
        {"volume_types": {"id": "type-1", "name": "fast"}},
        {"resource_id": "type-1", "type": "type-1", "display_name": "fast"},
    ),
    Case(
        "volume_type.delete",
        {"id": "type-1", "error_message": "in use"},
        {"resource_id": "type-1", "type": "type-1", "reason": "in use"},
    ),
    Case(
        "capacity.backend",
        {**CAPACITY, "name_to_id": "storage-1@ceph"},
        {
            **CAPACITY_TRAITS,
            **REPORTED,
            "resource_id": "storage-1@ceph",
            "host": "storage-1@ceph",
        },
        _capacity("volume.provider.capacity", "storage-1@ceph"),
    ),
    Case(
        "capacity.pool",
        {**CAPACITY, "name_to_id": "storage-1@ceph#pool"},
        {
            **CAPACITY_TRAITS,
            **REPORTED,
            "resource_id": "storage-1@ceph#pool",
            "host": "storage-1@ceph#pool",
        },
        _capacity("volume.provider.pool.capacity", "storage-1@ceph#pool"),
    ),
]
