# SPDX-License-Identifier: Apache-2.0
"""Parameters that a definition gives to a trait plugin which has no use for them."""

import logging
from collections.abc import Mapping
from typing import Any

LOG = logging.getLogger(__name__)


def ignored(plugin: str, unknown: Mapping[str, Any]) -> None:
    """Warn of them, but take them: published definition files may have some."""
    for name in unknown:
        LOG.warning("trait plugin %s: the parameter %s means nothing and is ignored", plugin, name)
