# SPDX-License-Identifier: Apache-2.0
"""The contract of scope sources: which scopes exist."""

import abc
from collections.abc import Iterable

from oslo_config import cfg

from ceilobatch.plugins.contracts.plugin import Plugin


class ScopeSource(Plugin):
    """Which scopes exist (namespace ``ceilobatch.scopes``).

    Constructed once in each worker process; one of all workers asks, every ``[processor]
    scopes_interval`` seconds, from one thread at a time, which may be another one each time. What
    several sources name is put together.
    :class:`ceilobatch.testing.scope_source.ScopeSourceSuite` checks what is promised here.
    """

    operations = ("scopes",)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def scopes(self) -> Iterable[str]:
        """The ids of all scopes that there are now: texts, none empty, each once.

        A scope that is named for the first time is enrolled; one that is not named any more is
        made inactive, and nothing more is retrieved for it until it is named again. So an answer
        is complete: where a page is missing, raise.

        :raises Unavailable: try again; the scopes known so far stay active. Anything else is
            taken for the same, and logged with its class.
        """
