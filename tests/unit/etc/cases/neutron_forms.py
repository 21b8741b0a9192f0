# SPDX-License-Identifier: Apache-2.0
"""What is made of neutron's notifications in their other forms, and of those of no resource."""

from typing import Any

from ..case import PROJECT, Case, Measured
from .neutron import OWNED, OWNER, RULE, one


def _listed(resource: str, meter: str, extra: dict[str, Any], traits: dict[str, Any]) -> Case:
    """One of several resources that were created at once."""
    resources = [{**OWNED, "id": "one", "name": "first", **extra}]
    own = {f"{resource}_id": "one", "display_name": "first", **traits}
    return Case(
        f"{resource}.create.end",
        {f"{resource}s": resources},
        {**OWNED, "resource_id": "one", **own},
        one(meter, resource, "one"),
        OWNER,
    )


def _gone(resource: str) -> Case:
    """A deletion that tells of the id only."""
    traits = {"resource_id": "gone", f"{resource}_id": "gone"}
    return Case(f"{resource}.delete.start", {f"{resource}_id": "gone"}, traits)


CASES = [
    _listed("subnet", "subnet", {"network_id": "network-1"}, {"network_id": "network-1"}),
    _listed("port", "port", {"network_id": "network-1"}, {"network_id": "network-1"}),
    _listed("router", "router", {}, {}),
    _gone("network"),
    _gone("subnet"),
    _gone("port"),
    _gone("router"),
    _gone("floatingip"),
    _gone("security_group"),
    Case(
        "security_group_rule.delete.start",
        {"security_group_rule_id": "gone"},
        {"resource_id": "gone"},
    ),
    Case(
        "security_group_rule.create.end",
        {"security_group_rules": [RULE]},
        {**OWNED, "resource_id": "rule-1", "security_group_id": "group-1"},
    ),
    Case(
        "dhcp_agent.network.add",
        {"agent": {"id": "agent-1", "network_id": "network-1"}},
        {"resource_id": "network-1", "agent_id": "agent-1", "network_id": "network-1"},
    ),
    Case(
        "l3.meter.router",
        {"project_id": PROJECT, "resource_id": "router-1", "bytes": 7, "first_update": 1},
        {**OWNED, "resource_id": "router-1", "label_id": "router-1", "bytes": 7},
        [Measured("bandwidth", "delta", 7, "B", "router-1")],
        OWNER,
    ),
    Case(
        "trunk.create.end",
        {"trunk": {**OWNED, "id": "trunk-1", "name": "uplink"}},
        {**OWNED, "resource_id": "trunk-1", "display_name": "uplink"},
    ),
    Case(
        "tag.update.end",
        {"obj_resource": "ports", "obj_resource_id": "port-1", "tags": ["blue"]},
        {"resource_id": "port-1", "resource_type": "ports"},
    ),
    Case(
        "l3_agent.router.add",
        {"agent": {"id": "agent-1", "router_id": "router-1"}},
        {"resource_id": "router-1", "agent_id": "agent-1", "router_id": "router-1"},
    ),
    Case(
        "l3.meter",
        {
            **OWNED,
            "label_id": "label-1",
            "host": "net-1",
            "bytes": 1500,
            "pkts": 3,
            "time": 30,
            "last_update": 5,
        },
        {
            **OWNED,
            "resource_id": "label-1",
            "label_id": "label-1",
            "host": "net-1",
            "bytes": 1500,
            "packets": 3,
            "seconds": 30,
        },
        [Measured("bandwidth", "delta", 1500, "B", "label-1")],
        OWNER,
    ),
]
