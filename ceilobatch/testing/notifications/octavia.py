# SPDX-License-Identifier: Apache-2.0
"""Octavia's notifications: load balancers created, updated and deleted."""

from collections.abc import Callable

from ceilobatch.testing.notifications.cloud import Cloud, Pool, naive
from ceilobatch.testing.notifications.record import Actor, Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service


class Octavia(Service):
    """The load balancers of the cloud."""

    exchange = "octavia"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._balancers: Pool[tuple[Actor, Payload]] = Pool(cloud.random, 20, self._balancer)

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [(3, self._turnover), (4, self._update)]

    def _turnover(self) -> Script:
        return self._creation() if self._balancers.growing() else self._deletion()

    def _creation(self) -> Script:
        actor, balancer = self._balancers.new()
        fresh = {"provisioning_status": "PENDING_CREATE", "operating_status": "OFFLINE"}
        yield _say("create", {**balancer, **fresh}, actor)
        self._balancers.give((actor, balancer))

    def _update(self) -> Script:
        actor, balancer = self._balancers.look()
        yield _say("update", {**balancer, "updated_at": naive(self.cloud.now)}, actor)

    def _deletion(self) -> Script:
        actor, balancer = self._balancers.take()
        yield _say("delete", {**balancer, "provisioning_status": "DELETED"}, actor)

    def _balancer(self) -> tuple[Actor, Payload]:
        actor = self.cloud.actor()
        network, subnet = self.cloud.any_of(self.cloud.networks)
        balancer: Payload = {
            "id": self.cloud.uuid(),
            "name": f"balancer-{self.cloud.below(9999)}",
            "description": "",
            "project_id": actor.project_id,
            "provider": "amphora",
            "enabled": True,
            "flavor_id": None,
            "availability_zone": None,
            "provisioning_status": "ACTIVE",
            "operating_status": "ONLINE",
            "created_at": naive(self.cloud.ago(self.cloud.below(86400))),
            "updated_at": None,
            "tags": [],
            "listeners": [{"id": self.cloud.uuid()}, {"id": self.cloud.uuid()}],
            "pools": [{"id": self.cloud.uuid()}],
            "vip": {
                "ip_address": f"10.3.{self.cloud.below(250)}.{2 + self.cloud.below(250)}",
                "network_id": network,
                "subnet_id": subnet,
                "port_id": self.cloud.uuid(),
                "qos_policy_id": None,
            },
        }
        return actor, balancer


def _say(what: str, payload: Payload, actor: Actor) -> Message:
    return Message(f"octavia.loadbalancer.{what}.end", payload, actor, "octavia.controller-1")
