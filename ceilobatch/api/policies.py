# SPDX-License-Identifier: Apache-2.0
"""The rules of who may do what, with their defaults and their words."""

from collections.abc import Iterator

from oslo_policy import policy

ADMIN = "rule:admin"
READER = "rule:reader"
ANYBODY = "@"

ROLES = (
    policy.RuleDefault("admin", "role:admin", "Who may change things."),
    policy.RuleDefault("reader", "role:admin or role:reader", "Who may see payloads."),
)

# Name, who may by default, what it lets one do, and the requests that ask for it.
RULES = (
    (
        "figures:read",
        ANYBODY,
        "Read figures, which show no payload.",
        (
            "GET /",
            "GET /metrics",
            "GET /admin/metrics",
            "GET /healthcheck",
            "GET /v1/openapi.json",
            "GET /v1/workers",
            "GET /v2.0/metrics",
            "GET /v2.0/metrics/measurements",
            "GET /v2.0/metrics/statistics",
            "GET /v2.0/metrics/names",
            "GET /v2.0/metrics/dimensions/names",
            "GET /v2.0/metrics/dimensions/names/values",
        ),
    ),
    ("ledger:read", ANYBODY, "Read the sums of the ledger.", ("GET /v1/ledger",)),
    (
        "ledger:trace",
        READER,
        "See what became of a message.",
        ("GET /v1/ledger/messages/{message_id}",),
    ),
    (
        "letters:read",
        READER,
        "See letters and what is in them.",
        ("GET /v1/letters", "GET /v1/letters/{letter_id}"),
    ),
    (
        "letters:secrets",
        ADMIN,
        "See tokens and passwords in letters unmasked.",
        ("GET /v1/letters/{letter_id}",),
    ),
    ("letters:edit", ADMIN, "Correct a letter.", ("PATCH /v1/letters/{letter_id}",)),
    (
        "letters:replay",
        ADMIN,
        "Replay letters.",
        ("POST /v1/letters/replay", "POST /v1/letters/{letter_id}/replay"),
    ),
    (
        "letters:discard",
        ADMIN,
        "Discard letters.",
        ("POST /v1/letters/{letter_id}/discard",),
    ),
    ("events:read", READER, "See events.", ("GET /v1/events", "GET /v1/events/{message_id}")),
    ("samples:read", READER, "See samples.", ("GET /v1/samples",)),
    (
        "scopes:read",
        READER,
        "See scopes and how far they are.",
        ("GET /v1/scopes", "GET /v1/scopes/{scope_id}"),
    ),
    (
        "scopes:change",
        ADMIN,
        "Pause, resume, reset or reprocess scopes.",
        tuple(
            f"POST /v1/scopes/{{scope_id}}/{wish}"
            for wish in ("pause", "resume", "reset", "reprocess")
        ),
    ),
    ("usage:read", READER, "See what scopes have used.", ("GET /v1/usage",)),
    (
        "plugins:read",
        READER,
        "See which plugins are installed.",
        ("GET /v1/plugins", "GET /v1/plugins/{namespace}/{name}"),
    ),
)


def list_rules() -> list[policy.RuleDefault]:
    """All rules, as oslo.policy asks for them."""
    return [*ROLES, *_documented()]


def _operation(method: str, path: str) -> policy.Operation:
    return {"method": method, "path": path}


def _documented() -> Iterator[policy.DocumentedRuleDefault]:
    for name, check, description, requests in RULES:
        operations = [_operation(*line.split()) for line in requests]
        yield policy.DocumentedRuleDefault(name, check, description, operations)
