# SPDX-License-Identifier: Apache-2.0
"""The contract of period handlers: what is done with a scope's period before it is stored."""

import abc

from oslo_config import cfg

from ceilobatch.plugins.contracts.plugin import Plugin
from ceilobatch.usage import PeriodBatch


class PeriodHandler(Plugin):
    """What is done with a scope's period (namespace ``ceilobatch.period_handlers``).

    The handlers of ``[processor] handlers`` form a chain, in that order; ``usage`` makes usage of
    points and comes first. All calls come from one thread at a time.
    """

    operations = ("handle",)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def handle(self, batch: PeriodBatch) -> None:
        """Change ``batch.usages``; it is stored after the last handler.

        May be called again with the same period (a storage that was away, a second look, a
        reprocessing): the result depends on the batch alone.

        :raises Unavailable: try the period again later.
        """
