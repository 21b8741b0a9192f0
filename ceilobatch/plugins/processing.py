# SPDX-License-Identifier: Apache-2.0
"""The contracts of the plugin kinds that the processor works with.

What :mod:`ceilobatch.plugins.base` says of options, exceptions and ``close`` holds here, too. The
difference is in the threads: a worker process has one conductor, which constructs collector and
scope sources; a pool of threads, which call them; and one storing thread, which constructs and
calls period handlers and usage storage. A collector is called from many threads at a time.
"""

from ceilobatch.plugins.contracts.collector import Collector, CollectorCharacteristics, Retrieved
from ceilobatch.plugins.contracts.period_handler import PeriodHandler
from ceilobatch.plugins.contracts.scope_source import ScopeSource
from ceilobatch.plugins.contracts.usage_storage import Conflict, UsageStorage

__all__ = [
    "Collector",
    "CollectorCharacteristics",
    "Conflict",
    "PeriodHandler",
    "Retrieved",
    "ScopeSource",
    "UsageStorage",
]
