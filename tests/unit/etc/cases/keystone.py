# SPDX-License-Identifier: Apache-2.0
"""What is made of keystone's notifications."""

from typing import Any

from ..case import CONTEXT_PROJECT, CONTEXT_USER, PROJECT, USER, Case, Measured, utc


def _cadf(action: str, outcome: str, **extra: Any) -> dict[str, Any]:
    return {
        "typeURI": "http://schemas.dmtf.org/cloud/audit/1.0/event",
        "id": "cadf-1",
        "eventTime": "2026-03-01T11:59:59.500000+0000",
        "action": action,
        "outcome": outcome,
        "initiator": {
            "typeURI": "service/security/account/user",
            "id": "initiator-1",
            "user_id": USER,
            "project_id": PROJECT,
            "domain_id": "default",
            "username": "alice",
            "host": {"address": "10.1.0.7", "agent": "curl"},
        },
        "target": {"typeURI": "data/security/project", "id": "target-1"},
        "observer": {"typeURI": "service/security", "id": "observer-1"},
        **extra,
    }


def _traits(action: str, outcome: str, **extra: Any) -> dict[str, Any]:
    return {
        "project_id": PROJECT,
        "tenant_id": PROJECT,
        "user_id": USER,
        "resource_id": "target-1",
        "action": action,
        "outcome": outcome,
        "initiator_id": "initiator-1",
        "initiator_name": "alice",
        "initiator_type": "service/security/account/user",
        "initiator_project_id": PROJECT,
        "initiator_domain_id": "default",
        "initiator_address": "10.1.0.7",
        "initiator_agent": "curl",
        "target_id": "target-1",
        "target_type": "data/security/project",
        "observer_id": "observer-1",
        "observer_type": "service/security",
        "event_time": utc("2026-03-01T11:59:59.500000"),
        "cadf_id": "cadf-1",
        **extra,
    }


def _counted(name: str, unit: str, resource: str) -> list[Measured]:
    return [Measured(name, "delta", 1, unit, resource)]


OWNER = (PROJECT, USER)
REASON = {"reasonCode": "401", "reasonType": "The password is expired."}
REASON_TRAITS = {"reason_code": "401", "reason_type": "The password is expired."}
ROLE = {"role": "role-1", "project": "project-1", "user": "user-1", "inherited_to_projects": False}
ROLE_TRAITS = {
    "resource_id": "role-1",
    "role_id": "role-1",
    "assigned_project_id": "project-1",
    "assigned_user_id": "user-1",
    "inherited": "False",
}

FEDERATED = {
    "id": "initiator-1",
    "name": "bob",
    "credential": {"identity_provider": "acme", "type": "saml"},
}
PLAIN = _traits("authenticate", "success")
INITIATOR = {"project_id", "tenant_id", "user_id", "resource_id"} | {
    name for name in PLAIN if name.startswith("initiator")
}

CASES = [
    Case(
        "identity.authenticate",
        _cadf("authenticate", "success"),
        _traits("authenticate", "success", resource_id="initiator-1"),
        _counted("identity.authenticate.success", "user", "initiator-1"),
        OWNER,
    ),
    Case(
        "identity.authenticate",
        _cadf("authenticate", "failure", reason=REASON),
        _traits("authenticate", "failure", resource_id="initiator-1", **REASON_TRAITS),
        _counted("identity.authenticate.failure", "user", "initiator-1"),
        OWNER,
    ),
    Case(
        "identity.authenticate",
        _cadf("authenticate", "pending"),
        _traits("authenticate", "pending", resource_id="initiator-1"),
        _counted("identity.authenticate.pending", "user", "initiator-1"),
        OWNER,
    ),
    Case(
        "identity.authenticate",
        _cadf("authenticate", "success", initiator=FEDERATED),
        {
            "resource_id": "initiator-1",
            "user_id": "initiator-1",
            "initiator_id": "initiator-1",
            "initiator_name": "bob",
            "identity_provider": "acme",
            "credential_type": "saml",
            **{name: value for name, value in PLAIN.items() if name not in INITIATOR},
        },
        _counted("identity.authenticate.success", "user", "initiator-1"),
        (CONTEXT_PROJECT, "initiator-1"),
    ),
    Case(
        "identity.project.created",
        _cadf("created.project", "success", resource_info="project-1"),
        _traits("created.project", "success", resource_id="project-1"),
        _counted("identity.project.created", "project", "project-1"),
        OWNER,
    ),
    Case(
        "identity.user.deleted",
        {"resource_info": "user-1"},
        {"resource_id": "user-1"},
        _counted("identity.user.deleted", "user", "user-1"),
        (CONTEXT_PROJECT, CONTEXT_USER),
    ),
    Case(
        "identity.role_assignment.created",
        _cadf("created.role_assignment", "success", **ROLE),
        _traits("created.role_assignment", "success", **ROLE_TRAITS),
        _counted("identity.role_assignment.created", "role_assignment", "role-1"),
        OWNER,
    ),
    Case(
        "identity.role_assignment.deleted",
        _cadf("deleted.role_assignment", "success", role="role-1", domain="d-1", group="g-1"),
        _traits(
            "deleted.role_assignment",
            "success",
            resource_id="role-1",
            role_id="role-1",
            assigned_domain_id="d-1",
            assigned_group_id="g-1",
        ),
        _counted("identity.role_assignment.deleted", "role_assignment", "role-1"),
        OWNER,
    ),
    Case(
        "identity.OS-TRUST:trust.created",
        _cadf("created.OS-TRUST:trust", "success", resource_info="trust-1"),
        _traits("created.OS-TRUST:trust", "success", resource_id="trust-1"),
        _counted("identity.trust.created", "trust", "trust-1"),
        OWNER,
    ),
    Case(
        "identity.endpoint.updated",
        _cadf("updated.endpoint", "success"),
        _traits("updated.endpoint", "success"),
    ),
]
