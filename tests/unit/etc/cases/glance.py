# SPDX-License-Identifier: Apache-2.0
"""What is made of glance's notifications."""

from ..case import CONTEXT_USER, PROJECT, Case, Measured, utc

IMAGE = {
    "id": "image-1",
    "name": "debian-12",
    "owner": PROJECT,
    "status": "active",
    "size": 2361393152,
    "virtual_size": 4294967296,
    "disk_format": "qcow2",
    "container_format": "bare",
    "visibility": "shared",
    "is_public": False,
    "protected": True,
    "checksum": "d41d8cd9",
    "min_disk": 10,
    "min_ram": 512,
    "created_at": "2026-03-01T11:00:00Z",
    "deleted_at": None,
}
OWNED = {"project_id": PROJECT, "tenant_id": PROJECT}
IMAGE_TRAITS = {
    **OWNED,
    "resource_id": "image-1",
    "image_id": "image-1",
    "display_name": "debian-12",
    "status": "active",
    "size": 2361393152,
    "virtual_size": 4294967296,
    "disk_format": "qcow2",
    "container_format": "bare",
    "visibility": "shared",
    "is_public": "False",
    "protected": "True",
    "checksum": "d41d8cd9",
    "min_disk": 10,
    "min_ram": 512,
    "created_at": utc("2026-03-01T11:00:00"),
}
SIZE = [Measured("image.size", "gauge", 2361393152, "B", "image-1")]
QUEUED = {"status": "queued", "size": None, "virtual_size": None, "checksum": None}
QUEUED_TRAITS = {"status": "queued", "size": ..., "virtual_size": ..., "checksum": ...}
SENT = {
    "image_id": "image-1",
    "owner_id": PROJECT,
    "bytes_sent": 1048576,
    "receiver_tenant_id": "receiver-project",
    "receiver_user_id": "receiver",
    "destination_ip": "10.1.0.9",
}

CASES = [
    Case("image.upload", IMAGE, IMAGE_TRAITS, SIZE, (PROJECT, CONTEXT_USER)),
    Case("image.update", IMAGE, IMAGE_TRAITS, SIZE, (PROJECT, CONTEXT_USER)),
    Case("image.update", {**IMAGE, **QUEUED}, {**IMAGE_TRAITS, **QUEUED_TRAITS}),
    Case(
        "image.delete",
        {**IMAGE, "deleted_at": "2026-03-01T12:00:00Z"},
        {**IMAGE_TRAITS, "deleted_at": utc("2026-03-01T12:00:00")},
        SIZE,
        (PROJECT, CONTEXT_USER),
    ),
    Case("image.create", {**IMAGE, **QUEUED}, {**IMAGE_TRAITS, **QUEUED_TRAITS}),
    Case(
        "image.send",
        SENT,
        {
            **OWNED,
            "user_id": "receiver",
            "resource_id": "image-1",
            "image_id": "image-1",
            "receiver_project_id": "receiver-project",
            "receiver_user_id": "receiver",
            "destination_ip": "10.1.0.9",
            "bytes_sent": 1048576,
        },
        [
            Measured("image.download", "delta", 1048576, "B", "image-1"),
            Measured("image.serve", "delta", 1048576, "B", "image-1"),
        ],
        (None, "receiver"),
    ),
    Case(
        "image.member.create",
        {"image_id": "image-1", "member_id": "friends", "status": "pending"},
        {
            "resource_id": "image-1",
            "image_id": "image-1",
            "member_project_id": "friends",
            "status": "pending",
        },
    ),
    Case(
        "task.failure",
        {
            "id": "task-1",
            "type": "import",
            "status": "failure",
            "message": "not an image",
            "owner": PROJECT,
            "created_at": "2026-03-01T11:00:00Z",
            "expires_at": "2026-03-03T11:00:00Z",
        },
        {
            **OWNED,
            "resource_id": "task-1",
            "type": "import",
            "status": "failure",
            "message": "not an image",
            "created_at": utc("2026-03-01T11:00:00"),
            "expires_at": utc("2026-03-03T11:00:00"),
        },
    ),
    Case(
        "metadef_namespace.create",
        {
            "namespace": "OS::Quota",
            "display_name": "Quota",
            "visibility": "public",
            "owner": PROJECT,
        },
        {
            **OWNED,
            "resource_id": "OS::Quota",
            "namespace": "OS::Quota",
            "display_name": "Quota",
            "visibility": "public",
        },
    ),
]
