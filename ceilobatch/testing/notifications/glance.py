# SPDX-License-Identifier: Apache-2.0
"""Glance's notifications: images from upload to deletion, and their downloads."""

from collections.abc import Callable
from typing import Any

from ceilobatch.testing.notifications.cloud import IMAGE_NAMES, Cloud, naive
from ceilobatch.testing.notifications.record import Actor, Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service


class Glance(Service):
    """The image store of the cloud."""

    exchange = "glance"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        names = zip(cloud.image_ids, IMAGE_NAMES, strict=True)
        self._images = [self._image(image, name, cloud.actors[0]) for image, name in names]

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [(6, self._download), (2, self._life), (3, self._update), (1, self._sharing)]

    def _download(self) -> Script:
        image = self.cloud.any_of(self._images)
        receiver = self.cloud.actor()
        payload = {
            "image_id": image["id"],
            "owner_id": image["owner"],
            "bytes_sent": image["size"],
            "receiver_tenant_id": receiver.project_id,
            "receiver_user_id": receiver.user_id,
            "destination_ip": "10.20.0.31",
        }
        yield _say("send", payload, receiver)

    def _life(self) -> Script:
        actor = self.cloud.actor()
        image = self._image(self.cloud.uuid(), f"snapshot-{self.cloud.below(9999)}", actor)
        queued = {**image, "status": "queued", "size": None, "checksum": None}
        yield _say("create", queued, actor)
        yield _say("prepare", {**queued, "status": "saving"}, actor)
        yield _say("upload", image, actor)
        yield _say("activate", image, actor)
        yield _say("update", {**image, "visibility": "shared"}, actor)
        gone = {"deleted": True, "deleted_at": naive(self.cloud.now), "status": "deleted"}
        yield _say("delete", {**image, **gone}, actor)

    def _update(self) -> Script:
        image = self.cloud.any_of(self._images)
        yield _say("update", {**image, "updated_at": naive(self.cloud.now)}, self.cloud.actors[0])

    def _sharing(self) -> Script:
        image = self.cloud.any_of(self._images)
        now = naive(self.cloud.now)
        member = {
            "image_id": image["id"],
            "member_id": self.cloud.actor().project_id,
            "status": "pending",
            "created_at": now,
            "updated_at": now,
            "deleted": False,
            "deleted_at": None,
        }
        yield _say("member.create", member, self.cloud.actors[0])
        yield _say("member.update", {**member, "status": "accepted"}, self.cloud.actors[0])

    def _image(self, image_id: str, name: str, owner: Actor) -> Payload:
        size = 10**8 + self.cloud.below(3 * 10**9)
        created = naive(self.cloud.ago(self.cloud.below(86400)))
        return {
            "id": image_id,
            "name": name,
            "status": "active",
            "created_at": created,
            "updated_at": created,
            "min_disk": 10,
            "min_ram": 0,
            "protected": False,
            "checksum": self.cloud.hex(),
            "owner": owner.project_id,
            "disk_format": "qcow2",
            "container_format": "bare",
            "size": size,
            "virtual_size": size * 4,
            "is_public": True,
            "visibility": "public",
            "properties": {"os_distro": name.partition("-")[0], "hw_disk_bus": "virtio"},
            "tags": [],
            "deleted": False,
            "deleted_at": None,
        }


def _say(what: str, payload: dict[str, Any], actor: Actor) -> Message:
    return Message(f"image.{what}", payload, actor, "image.controller-1")
