# SPDX-License-Identifier: Apache-2.0
"""What is made of neutron's notifications."""

from typing import Any

from ..case import CONTEXT_USER, PROJECT, Case, Measured

OWNED = {"tenant_id": PROJECT, "project_id": PROJECT}
OWNER = (PROJECT, CONTEXT_USER)


def one(meter: str, unit: str, resource: str) -> list[Measured]:
    """The sample that counts one resource."""
    return [Measured(meter, "gauge", 1, unit, resource)]


NETWORK = {
    **OWNED,
    "id": "network-1",
    "name": "private",
    "status": "ACTIVE",
    "admin_state_up": True,
    "shared": False,
    "router:external": False,
    "provider:network_type": "geneve",
    "provider:segmentation_id": 17,
    "mtu": 1442,
}
NETWORK_TRAITS = {
    **OWNED,
    "resource_id": "network-1",
    "network_id": "network-1",
    "display_name": "private",
    "status": "ACTIVE",
    "admin_state_up": "True",
    "shared": "False",
    "external": "False",
    "network_type": "geneve",
    "segmentation_id": 17,
    "mtu": 1442,
}
PORT = {
    **OWNED,
    "id": "port-1",
    "name": "eth0",
    "network_id": "network-1",
    "fixed_ips": [{"subnet_id": "subnet-1", "ip_address": "10.0.0.4"}],
    "security_groups": ["group-1"],
    "device_id": "i-1",
    "device_owner": "compute:az-1",
    "mac_address": "fa:16:3e:00:00:01",
    "status": "ACTIVE",
    "admin_state_up": True,
    "binding:host_id": "compute-1",
    "binding:vif_type": "ovs",
}
PORT_TRAITS = {
    **OWNED,
    "resource_id": "port-1",
    "port_id": "port-1",
    "network_id": "network-1",
    "subnet_id": "subnet-1",
    "ip_address": "10.0.0.4",
    "security_group_id": "group-1",
    "display_name": "eth0",
    "device_id": "i-1",
    "device_owner": "compute:az-1",
    "mac_address": "fa:16:3e:00:00:01",
    "status": "ACTIVE",
    "admin_state_up": "True",
    "host": "compute-1",
    "vif_type": "ovs",
}
FLOATING = {
    **OWNED,
    "id": "floating-1",
    "floating_ip_address": "203.0.113.9",
    "fixed_ip_address": "10.0.0.4",
    "floating_network_id": "network-0",
    "port_id": "port-1",
    "router_id": "router-1",
    "status": "ACTIVE",
}
FLOATING_TRAITS = {
    **OWNED,
    "resource_id": "floating-1",
    "floatingip_id": "floating-1",
    "ip_address": "203.0.113.9",
    "fixed_ip_address": "10.0.0.4",
    "network_id": "network-0",
    "port_id": "port-1",
    "router_id": "router-1",
    "status": "ACTIVE",
}
ROUTER = {
    **OWNED,
    "id": "router-1",
    "name": "gateway",
    "status": "ACTIVE",
    "admin_state_up": True,
    "external_gateway_info": {"network_id": "network-0", "enable_snat": True},
    "distributed": False,
    "ha": True,
}
ROUTER_TRAITS = {
    **OWNED,
    "resource_id": "router-1",
    "router_id": "router-1",
    "display_name": "gateway",
    "status": "ACTIVE",
    "admin_state_up": "True",
    "network_id": "network-0",
    "enable_snat": "True",
    "distributed": "False",
    "ha": "True",
}
SUBNET = {
    **OWNED,
    "id": "subnet-1",
    "network_id": "network-1",
    "name": "lan",
    "cidr": "10.0.0.0/24",
    "gateway_ip": "10.0.0.1",
    "ip_version": 4,
    "enable_dhcp": True,
}
RULE = {
    **OWNED,
    "id": "rule-1",
    "security_group_id": "group-1",
    "direction": "ingress",
    "ethertype": "IPv4",
    "protocol": "tcp",
    "port_range_min": 80,
    "port_range_max": 443,
    "remote_ip_prefix": "0.0.0.0/0",
    "remote_group_id": "group-2",
}
SUBNET_TRAITS: dict[str, Any] = {
    **OWNED,
    "resource_id": "subnet-1",
    "subnet_id": "subnet-1",
    "network_id": "network-1",
    "display_name": "lan",
    "cidr": "10.0.0.0/24",
    "gateway_ip": "10.0.0.1",
    "ip_version": 4,
    "enable_dhcp": "True",
}

CASES = [
    Case(
        "network.create.end",
        {"network": NETWORK},
        NETWORK_TRAITS,
        one("network", "network", "network-1"),
        OWNER,
    ),
    Case(
        "network.create.end",
        {"networks": [NETWORK, {**NETWORK, "id": "network-2"}]},
        {
            **OWNED,
            "resource_id": "network-1",
            "network_id": "network-1",
            "display_name": "private",
        },
        [*one("network", "network", "network-1"), *one("network", "network", "network-2")],
        (None, CONTEXT_USER),
    ),
    Case(
        "network.delete.end",
        {"network_id": "network-1", "network": NETWORK},
        NETWORK_TRAITS,
    ),
    Case(
        "subnet.update.end",
        {"subnet": SUBNET},
        SUBNET_TRAITS,
        one("subnet", "subnet", "subnet-1"),
        OWNER,
    ),
    Case("port.exists", {"port": PORT}, PORT_TRAITS, one("port", "port", "port-1"), OWNER),
    Case("port.create.end", {"port": PORT}, PORT_TRAITS, one("port", "port", "port-1"), OWNER),
    Case(
        "port.update.start",
        {"port": {"name": "eth1"}, "id": "port-1"},
        {"resource_id": "port-1", "port_id": "port-1", "display_name": "eth1"},
    ),
    Case(
        "router.create.end",
        {"router": ROUTER},
        ROUTER_TRAITS,
        one("router", "router", "router-1"),
        OWNER,
    ),
    Case(
        "router.interface.create",
        {
            "router_interface": {
                **OWNED,
                "id": "router-1",
                "port_id": "port-1",
                "subnet_id": "subnet-1",
                "network_id": "network-1",
            }
        },
        {
            **OWNED,
            "resource_id": "router-1",
            "router_id": "router-1",
            "port_id": "port-1",
            "subnet_id": "subnet-1",
            "network_id": "network-1",
        },
    ),
    Case(
        "floatingip.update.end",
        {"floatingip": FLOATING},
        FLOATING_TRAITS,
        one("ip.floating", "ip", "floating-1"),
        OWNER,
    ),
    Case(
        "security_group.create.end",
        {"security_group": {**OWNED, "id": "group-1", "name": "web", "stateful": True}},
        {
            **OWNED,
            "resource_id": "group-1",
            "security_group_id": "group-1",
            "display_name": "web",
            "stateful": "True",
        },
        one("security_group", "security_group", "group-1"),
        OWNER,
    ),
    Case(
        "security_group_rule.create.end",
        {"security_group_rule": RULE},
        {
            **OWNED,
            "resource_id": "rule-1",
            "security_group_id": "group-1",
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": 80,
            "port_range_max": 443,
            "remote_ip_prefix": "0.0.0.0/0",
            "remote_group_id": "group-2",
        },
    ),
]
