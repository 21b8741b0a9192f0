# SPDX-License-Identifier: Apache-2.0
"""Keystone's notifications in CADF: who authenticated, what identities changed."""

from collections.abc import Callable
from typing import Any

from ceilobatch.testing.notifications.record import Actor, Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service

KINDS = {
    "user": "data/security/account/user",
    "project": "data/security/project",
    "group": "data/security/group",
    "role": "data/security/role",
}


class Keystone(Service):
    """The identity service of the cloud."""

    exchange = "keystone"

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [(20, self._authentication), (3, self._life), (1, self._assignment)]

    def _authentication(self) -> Script:
        actor = self.cloud.actor()
        if self.cloud.below(10):
            yield self._say("authenticate", "authenticate", actor, "success")
            return
        reason = {"reasonCode": "401", "reasonType": "Maximum number of 5 login attempts exceeded."}
        yield self._say("authenticate", "authenticate", actor, "failure", reason=reason)

    def _life(self) -> Script:
        kind = self.cloud.any_of(tuple(KINDS))
        identity = self.cloud.hex()
        actor = self.cloud.actors[0]
        for operation in ("created", "updated", "deleted"):
            message = self._say(f"{kind}.{operation}", f"{operation}.{kind}", actor, "success")
            message.payload["target"] = {"typeURI": KINDS[kind], "id": identity}
            message.payload["resource_info"] = identity
            yield message

    def _assignment(self) -> Script:
        given = self.cloud.actor()
        role = {"role": self.cloud.hex(), "inherited_to_projects": False}
        who = {"user": given.user_id, "project": given.project_id}
        for operation in ("created", "deleted"):
            yield self._say(
                f"role_assignment.{operation}",
                f"{operation}.role_assignment",
                self.cloud.actors[0],
                "success",
                **role,
                **who,
            )

    def _say(self, what: str, action: str, actor: Actor, outcome: str, **extra: Any) -> Message:
        payload: Payload = {
            "typeURI": "http://schemas.dmtf.org/cloud/audit/1.0/event",
            "eventType": "activity",
            "eventTime": f"{self.cloud.now:%Y-%m-%dT%H:%M:%S.%f}+0000",
            "action": action,
            "outcome": outcome,
            "id": self.cloud.uuid(),
            "initiator": {
                "typeURI": "service/security/account/user",
                "id": actor.user_id,
                "user_id": actor.user_id,
                "project_id": actor.project_id,
                "username": actor.user_name,
                "host": {
                    "address": f"10.20.1.{2 + self.cloud.below(250)}",
                    "agent": "openstacksdk/4.4.0 keystoneauth1/5.10.0 python-requests/2.32.3",
                },
                "request_id": f"req-{self.cloud.uuid()}",
            },
            "target": {"typeURI": "service/security/account/user", "id": actor.user_id},
            "observer": {"typeURI": "service/security", "id": "7d0c7ab5c1b94b8ab2e8bdbe6f1c4d53"},
            **extra,
        }
        return Message(f"identity.{what}", payload, actor, "identity.controller-1")
