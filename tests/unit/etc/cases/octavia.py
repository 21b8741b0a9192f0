# SPDX-License-Identifier: Apache-2.0
"""What is made of octavia's notifications."""

from ..case import CONTEXT_USER, PROJECT, Case, Measured, utc

TRAITS = {
    "project_id": PROJECT,
    "tenant_id": PROJECT,
    "resource_id": "lb-1",
    "loadbalancer_id": "lb-1",
    "display_name": "front",
    "enabled": "True",
    "vip_address": "10.0.0.9",
    "vip_port_id": "port-9",
    "vip_subnet_id": "subnet-1",
    "vip_network_id": "network-1",
}
ONE = [Measured("network.services.lb.loadbalancer", "gauge", 1, "loadbalancer", "lb-1")]
OWNER = (PROJECT, CONTEXT_USER)

CASES = [
    Case(
        "octavia.loadbalancer.create.end",
        {
            "id": "lb-1",
            "name": "front",
            "project_id": PROJECT,
            "provider": "amphora",
            "flavor_id": "flavor-1",
            "availability_zone": "az-1",
            "provisioning_status": "ACTIVE",
            "operating_status": "ONLINE",
            "enabled": True,
            "vip": {
                "ip_address": "10.0.0.9",
                "port_id": "port-9",
                "subnet_id": "subnet-1",
                "network_id": "network-1",
            },
            "created_at": "2026-03-01T11:00:00",
            "updated_at": "2026-03-01T11:30:00",
        },
        {
            **TRAITS,
            "provider": "amphora",
            "flavor_id": "flavor-1",
            "availability_zone": "az-1",
            "provisioning_status": "ACTIVE",
            "operating_status": "ONLINE",
            "created_at": utc("2026-03-01T11:00:00"),
            "updated_at": utc("2026-03-01T11:30:00"),
        },
        ONE,
        OWNER,
    ),
    Case(
        "octavia.loadbalancer.update.end",
        {
            "loadbalancer_id": "lb-1",
            "name": "front",
            "project_id": PROJECT,
            "admin_state_up": True,
            "vip_address": "10.0.0.9",
            "vip_port_id": "port-9",
            "vip_subnet_id": "subnet-1",
            "vip_network_id": "network-1",
        },
        TRAITS,
        ONE,
        OWNER,
    ),
    Case(
        "octavia.loadbalancer.delete.end",
        {"id": "lb-1"},
        dict.fromkeys(("resource_id", "loadbalancer_id"), "lb-1"),
    ),
]
