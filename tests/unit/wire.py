# SPDX-License-Identifier: Apache-2.0
"""Notifications as they lie on the wire, for tests."""

import json
import uuid
from typing import Any


def envelope(**changes: Any) -> bytes:
    """An oslo.messaging envelope; a change to None leaves the key out."""
    message: dict[str, Any] = {
        "message_id": str(uuid.uuid4()),
        "publisher_id": "compute.host1",
        "event_type": "thing.made",
        "priority": "INFO",
        "payload": {"id": "r1", "size": 3},
        "timestamp": "2026-01-02 03:04:05.678901",
        "_context_project_id": "p1",
        "_context_user_id": "u1",
    }
    message.update(changes)
    for key in [key for key, value in message.items() if value is None]:
        del message[key]
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)}).encode()
