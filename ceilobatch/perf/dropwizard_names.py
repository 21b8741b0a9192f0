# SPDX-License-Identifier: Apache-2.0
"""What is called how on DropWizard pages: ours, a Java monasca-persister's, or as one is told."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ceilobatch import errors
from ceilobatch.perf import naming
from ceilobatch.perf.sample import Counts, Worker
from ceilobatch.perf.source import Names

NO_POOL = "-"


class Dialect(NamedTuple):
    """Patterns of whole names; groups ``instance`` (or ``host`` and ``pool``) and ``process``
    tell whose a figure is.

    :ivar counters: of meters, counters and timers, by field of a sample's counts.
    :ivar time: of timers and histograms; None for no time.
    :ivar lifetime: means and quantiles are of everything since the start, not of late.
    """

    counters: Mapping[str, re.Pattern[str]]
    time: re.Pattern[str] | None
    lifetime: bool = False


_OURS = r"ceilobatch\.agent\[(?P<host>[^,\]]*),(?P<pool>[^,\]]*),(?P<process>p[^,\]]*)\]"
OURS = Dialect(
    {name: re.compile(rf"{_OURS}\.requests\.{name}(?:\..+)?") for name in Counts._fields},
    re.compile(rf"{_OURS}\.request\.time"),
    lifetime=True,
)
# A handler is a thread of the pipeline of metrics; what it has flushed is stored.
_JAVA = r"monasca\.persister\.pipeline\.event\.MetricHandler\[(?P<process>[^\]]+)\]"
JAVA = Dialect(
    {
        "received": re.compile(rf"{_JAVA}\.events-processed-meter"),
        "completed": re.compile(rf"{_JAVA}\.flush-meter"),
    },
    re.compile(rf"{_JAVA}\.flush-timer"),
)


def dialects(names: Names) -> tuple[Dialect, ...]:
    """Those to try, the first that finds anything counts.

    :raises ConfigurationError: a pattern is none.
    """
    time = _pattern(names.time) if names.time else None
    if not names.counters:
        usual = (OURS, JAVA)
        return tuple(one._replace(time=time, lifetime=False) for one in usual) if time else usual
    counters = {name: _pattern(text) for name, text in names.counters.items()}
    return (Dialect(counters, time),)


def worker_of(match: re.Match[str], place: str) -> Worker:
    """Whose figure has this name."""
    groups = {name: value or "" for name, value in match.groupdict().items()}
    pool = groups.get("pool", "")
    host = groups.get("instance") or groups.get("host") or place
    return Worker(naming.instance(host, "" if pool == NO_POOL else pool), groups.get("process", ""))


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise errors.ConfigurationError(f"{text!r} is not a regular expression: {error}") from None
