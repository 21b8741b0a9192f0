# SPDX-License-Identifier: Apache-2.0
"""Objects of nova's and ironic's versioned notifications, wrapped as they are sent."""

from typing import Any

Data = dict[str, Any]


def nova(**data: Any) -> Data:
    """An object of nova; of its wrapping only the fields matter."""
    return _wrapped("nova", data)


def ironic(**data: Any) -> Data:
    """An object of ironic."""
    return _wrapped("ironic", data)


def _wrapped(service: str, data: Data) -> Data:
    return {
        f"{service}_object.name": "SomePayload",
        f"{service}_object.namespace": service,
        f"{service}_object.version": "1.0",
        f"{service}_object.data": data,
    }
