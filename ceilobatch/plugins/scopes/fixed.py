# SPDX-License-Identifier: Apache-2.0
"""The scope source ``fixed``: as many made-up scopes as are wanted."""

from collections.abc import Iterable

from oslo_config import cfg

from ceilobatch.plugins.processing import ScopeSource

GROUP = "scopes_fixed"
OPTIONS = [
    cfg.IntOpt(
        "count",
        default=20,
        min=0,
        help="How many scopes there are; they are called scope-00000, scope-00001 and so on.",
    )
]


def fixed_scopes(count: int) -> list[str]:
    """The names of so many scopes."""
    return [f"scope-{number:05}" for number in range(count)]


class FixedScopes(ScopeSource):
    """Names made-up scopes; belongs to the collector ``fixed``."""

    options = ((GROUP, OPTIONS),)

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        return fixed_scopes(self.conf[GROUP].count)
