# SPDX-License-Identifier: Apache-2.0
"""Neutron's notifications: networks, ports, routers, floating addresses, traffic by label."""

from collections.abc import Callable

from ceilobatch.testing.notifications.cloud import naive
from ceilobatch.testing.notifications.nova import mac
from ceilobatch.testing.notifications.record import Actor, Message, Payload
from ceilobatch.testing.notifications.stage import Script, Service

PUBLISHER = "network.controller-1"


class Neutron(Service):
    """The network of the cloud."""

    exchange = "neutron"

    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """See :meth:`Service.scripts`."""
        return [
            (14, self._port),
            (2, self._network),
            (2, self._router),
            (3, self._floating_address),
            (2, self._security_group),
            (6, self._traffic),
            (6, self._exists),
        ]

    def _port(self) -> Script:
        instance = self.cloud.instances.look()
        port = self._port_of(instance.actor, instance.id, instance.host)
        wanted = {"network_id": port["network_id"], "device_id": instance.id}
        actor = instance.actor
        yield _say("port.create.start", {"port": {**wanted, "admin_state_up": True}}, actor)
        yield _say("port.create.end", {"port": port}, actor)
        change = {"port": {"binding:host_id": instance.host}, "id": port["id"]}
        yield _say("port.update.start", change, actor)
        port = {**port, "status": "ACTIVE"}
        yield _say("port.update.end", {"port": port}, actor)
        yield _say("port.delete.start", {"port_id": port["id"]}, actor)
        yield _say("port.delete.end", {"port_id": port["id"], "port": port}, actor)

    def _port_of(self, actor: Actor, device: str, host: str) -> Payload:
        network, subnet = self.cloud.any_of(self.cloud.networks)
        port = self.cloud.uuid()
        address = f"10.1.{self.cloud.below(250)}.{2 + self.cloud.below(250)}"
        return {
            **self._standard(actor, port, ""),
            "network_id": network,
            "mac_address": mac(port),
            "admin_state_up": True,
            "status": "DOWN",
            "device_id": device,
            "device_owner": "compute:az-1",
            "fixed_ips": [{"subnet_id": subnet, "ip_address": address}],
            "security_groups": [self.cloud.uuid()],
            "port_security_enabled": True,
            "allowed_address_pairs": [],
            "extra_dhcp_opts": [],
            "binding:host_id": host,
            "binding:vnic_type": "normal",
            "binding:vif_type": "ovs",
            "binding:vif_details": {"port_filter": True, "connectivity": "l2"},
            "binding:profile": {},
        }

    def _network(self) -> Script:
        actor = self.cloud.actor()
        network = {
            **self._standard(actor, self.cloud.uuid(), f"net-{self.cloud.below(9999)}"),
            "admin_state_up": True,
            "status": "ACTIVE",
            "shared": False,
            "router:external": False,
            "mtu": 1450,
            "subnets": [],
            "provider:network_type": "geneve",
            "provider:physical_network": None,
            "provider:segmentation_id": self.cloud.below(65000),
            "availability_zones": [],
            "port_security_enabled": True,
        }
        yield _say("network.create.end", {"network": network}, actor)
        subnet = {
            **self._standard(actor, self.cloud.uuid(), "subnet"),
            "network_id": network["id"],
            "cidr": f"10.{self.cloud.below(250)}.0.0/24",
            "ip_version": 4,
            "gateway_ip": "10.0.0.1",
            "enable_dhcp": True,
            "allocation_pools": [{"start": "10.0.0.2", "end": "10.0.0.254"}],
            "dns_nameservers": ["10.20.0.2"],
            "host_routes": [],
            "subnetpool_id": None,
        }
        yield _say("subnet.create.end", {"subnet": subnet}, actor)
        yield _say("network.update.end", {"network": network}, actor)
        gone = {"network_id": network["id"], "network": network}
        yield _say("network.delete.end", gone, actor)

    def _router(self) -> Script:
        actor = self.cloud.actor()
        external, _ = self.cloud.networks[0]
        network, subnet = self.cloud.any_of(self.cloud.networks)
        gateway = {"network_id": external, "enable_snat": True, "external_fixed_ips": []}
        router = {
            **self._standard(actor, self.cloud.uuid(), f"router-{self.cloud.below(9999)}"),
            "admin_state_up": True,
            "status": "ACTIVE",
            "external_gateway_info": gateway,
            "routes": [],
            "ha": False,
            "distributed": False,
            "availability_zones": ["az-1"],
        }
        yield _say("router.create.end", {"router": router}, actor)
        interface = {
            "id": router["id"],
            "tenant_id": actor.project_id,
            "project_id": actor.project_id,
            "port_id": self.cloud.uuid(),
            "network_id": network,
            "subnet_id": subnet,
            "subnet_ids": [subnet],
        }
        yield _say("router.interface.create", {"router_interface": interface}, actor)
        yield _say("router.update.end", {"router": router}, actor)

    def _floating_address(self) -> Script:
        actor = self.cloud.actor()
        external, _ = self.cloud.networks[0]
        floating = {
            **self._standard(actor, self.cloud.uuid(), ""),
            "floating_ip_address": f"203.0.113.{2 + self.cloud.below(250)}",
            "floating_network_id": external,
            "fixed_ip_address": None,
            "router_id": None,
            "port_id": None,
            "status": "DOWN",
            "port_details": None,
        }
        yield _say("floatingip.create.end", {"floatingip": floating}, actor)
        bound = {"port_id": self.cloud.uuid(), "router_id": self.cloud.uuid(), "status": "ACTIVE"}
        yield _say("floatingip.update.end", {"floatingip": {**floating, **bound}}, actor)
        yield _say("floatingip.delete.end", {"floatingip_id": floating["id"]}, actor)

    def _security_group(self) -> Script:
        actor = self.cloud.actor()
        group = {
            **self._standard(actor, self.cloud.uuid(), "web"),
            "stateful": True,
            "security_group_rules": [],
        }
        yield _say("security_group.create.end", {"security_group": group}, actor)
        rule = {
            **self._standard(actor, self.cloud.uuid(), ""),
            "security_group_id": group["id"],
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": 443,
            "port_range_max": 443,
            "remote_ip_prefix": "0.0.0.0/0",
            "remote_group_id": None,
        }
        yield _say("security_group_rule.create.end", {"security_group_rule": rule}, actor)

    def _traffic(self) -> Script:
        actor = self.cloud.actor()
        payload = {
            "label_id": self.cloud.uuid(),
            "tenant_id": actor.project_id,
            "project_id": actor.project_id,
            "host": "network-1",
            "pkts": self.cloud.below(10**6),
            "bytes": self.cloud.below(10**9),
            "time": 300,
            "first_update": int(self.cloud.now.timestamp()) - 300,
            "last_update": int(self.cloud.now.timestamp()),
        }
        yield Message("l3.meter", payload, actor, "metering.network-1")

    def _exists(self) -> Script:
        instance = self.cloud.instances.look()
        port = self._port_of(instance.actor, instance.id, instance.host)
        yield _say("port.exists", {"port": port}, instance.actor)

    def _standard(self, actor: Actor, identity: str, name: str) -> Payload:
        now = naive(self.cloud.now)
        return {
            "id": identity,
            "name": name,
            "description": "",
            "tenant_id": actor.project_id,
            "project_id": actor.project_id,
            "created_at": now,
            "updated_at": now,
            "revision_number": 1,
            "tags": [],
        }


def _say(event_type: str, payload: Payload, actor: Actor) -> Message:
    return Message(event_type, payload, actor, PUBLISHER)
