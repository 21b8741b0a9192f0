# SPDX-License-Identifier: Apache-2.0
"""The handler that a request names in the place of the agent's."""

from typing import Any

from ceilobatch.api.v1 import reading
from ceilobatch.plugins import loader


def name(value: Any) -> str:
    """A name of the namespace of handlers."""
    found = reading.name(value)
    installed = loader.names(loader.HANDLERS)
    if found not in installed:
        known = ", ".join(installed)
        raise ValueError(f"there is no handler {reading.shown(found)} (there are: {known})")
    return found
