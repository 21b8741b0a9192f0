# SPDX-License-Identifier: Apache-2.0
"""The scope source ``static``: the scopes that the configuration names."""

from collections.abc import Iterable

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins.processing import ScopeSource

GROUP = "scopes_static"
OPTIONS = [cfg.ListOpt("ids", default=[], help="The ids of the scopes.")]


class StaticScopes(ScopeSource):
    """Names the scopes of ``[scopes_static] ids``.

    :raises ConfigurationError: there are none.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._ids = list(dict.fromkeys(filter(None, conf[GROUP].ids)))
        if not self._ids:
            raise errors.ConfigurationError(f"[{GROUP}] ids: there has to be at least one")

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        return self._ids
