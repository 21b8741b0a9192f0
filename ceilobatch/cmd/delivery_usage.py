# SPDX-License-Identifier: Apache-2.0
"""What a configuration guarantees of usage: the periods of scopes."""

from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch.cmd.delivery_statement import LOSES, ONCE, Statement
from ceilobatch.plugins.processing import Collector
from ceilobatch.processor import assembly


def statements(conf: cfg.ConfigOpts) -> Iterator[Statement]:
    """What the processor stores of a period, and which data comes too late for it.

    :raises ConfigurationError: the collector cannot be had.
    """
    group = conf.processor
    what = f"usage in {group.storage}"
    yield Statement(
        what,
        ONCE,
        "usage and the progress of its scope are stored in one transaction, guarded by the old "
        "progress: a period is stored once, whoever is killed or does it twice; what cannot be "
        "retrieved is tried again and nothing is skipped",
    )
    yield Statement(what, LOSES, _late(conf))
    if not conf.coordination.url or conf.coordination.url.startswith("file:"):
        yield Statement(
            what,
            "work in vain",
            "[coordination] url stands for files, so the workers of this host know only each "
            "other: with processors on several hosts every host works for all scopes; nothing is "
            "doubled",
        )


def _late(conf: cfg.ConfigOpts) -> str:
    group = conf.processor
    collector = assembly.load_collector(conf)
    wait = max(group.wait_periods * group.period, group.settle)
    begin = f"data that comes later than {wait} s after the end of its period"
    if collector.caught_up is not Collector.caught_up:
        begin += f" and that {group.collector} has not announced"
    if not group.revisit_periods:
        return f"{begin} is never counted: [processor] revisit_periods is 0"
    again = group.revisit_periods * group.period
    return f"{begin} is a correction if it comes within {again} s, and is not counted after that"
