# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern the processor."""

import contextlib
import functools
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import coordination, errors
from ceilobatch.cmd.checks_definitions import warnings
from ceilobatch.cmd.finding import Call, Finding, examine
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Collector
from ceilobatch.processor import assembly
from ceilobatch.telemetry.calls import CallRegistry

Choice = tuple[str, str, str]
# A scope that does not exist.
NOBODY = "ceilobatch-check"


def choices(conf: cfg.ConfigOpts) -> Iterator[Choice]:
    """Option, namespace and name of each configured plugin; wrong values were told already."""
    with contextlib.suppress(cfg.Error, ValueError):
        yield assembly.COLLECTOR_OPTION, loader.COLLECTORS, conf.processor.collector
    with contextlib.suppress(cfg.Error, ValueError):
        for name in dict.fromkeys(conf.processor.scopes):
            yield "[processor] scopes", loader.SCOPES, name
    with contextlib.suppress(cfg.Error, ValueError):
        for name in dict.fromkeys(conf.processor.handlers):
            yield "[processor] handlers", loader.PERIOD_HANDLERS, name
    with contextlib.suppress(cfg.Error, ValueError):
        yield "[processor] storage", loader.USAGE_STORAGE, conf.processor.storage


def findings(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    """What can be told without constructing anything."""

    def metrics() -> str:
        found = assembly.build_metrics(conf)
        return f"{len(found)} metrics of {', '.join(conf.processor.metrics_files) or 'our own'}"

    def start() -> str:
        moment = assembly.start_of_scopes(conf)
        return moment.isoformat() if moment else "with the first data"

    def scopes() -> str:
        for option in ("scopes", "handlers"):
            if not conf.processor[option]:
                raise errors.ConfigurationError(
                    f"[processor] {option}: there has to be at least one"
                )
        return ", ".join(conf.processor.scopes)

    def coordinated() -> str:
        coordination.refuse_what_cannot_work(conf)
        return "by its URL" if conf.coordination.url else "by files of this host"

    for what, call in (
        ("[processor] metrics_files", metrics),
        ("[processor] scopes", scopes),
        ("[processor] start", start),
        ("[coordination] url", coordinated),
    ):
        with warnings() as told:
            yield from list(examine(what, call))
        yield from (Finding(what, "warning", sentence) for sentence in told)


def constructions(conf: cfg.ConfigOpts, probe: bool) -> Iterator[tuple[str, Call]]:
    """What may have to wait for another host.

    :param probe: ask the collector, the storage and the sources of scopes.
    """
    verb = "probe" if probe else "construct"
    collector = functools.partial(_collector, conf, probe)
    yield f"{verb} {assembly.COLLECTOR_OPTION}: {conf.processor.collector}", collector
    for name in dict.fromkeys(conf.processor.scopes):
        call = functools.partial(_source, conf, name, probe)
        yield f"{verb} [processor] scopes: {name}", call
    storage = functools.partial(_storage, conf, probe)
    yield f"{verb} [processor] storage: {conf.processor.storage}", storage


def _collector(conf: cfg.ConfigOpts, probe: bool) -> str:
    with contextlib.closing(assembly.build_collector(conf)) as collector:
        if probe:
            return _asked(conf, collector)
        wide = collector.characteristics
    return f"{_many(wide.periods)} periods of {_many(wide.scopes)} scopes in a request"


def _asked(conf: cfg.ConfigOpts, collector: Collector) -> str:
    """Ask for every metric of a scope that nobody has, in the last period.

    :raises Unavailable: the backend does not answer, or refuses the login.
    :raises ConfigurationError: with the metrics that can never be read.
    """
    # On a new SQLite file it makes the tables that a collector may read.
    with contextlib.suppress(errors.CeilobatchError):
        _storage(conf, True)
    calendar, metrics = assembly.build_calendar(conf), assembly.build_metrics(conf)
    end = calendar.ended()
    problems = []
    for metric in metrics:
        try:
            collector.retrieve(metric, [NOBODY], end - calendar.period, end, calendar.period)
        except errors.Rejected as error:
            problems.append(f"[processor] metrics_files: metric {metric.key}: {error}")
    if problems:
        raise errors.ConfigurationError(problems)
    return f"answers for {len(metrics)} metrics"


def _many(number: int | None) -> str:
    return "any number of" if number is None else str(number)


def _source(conf: cfg.ConfigOpts, name: str, probe: bool) -> str:
    source = loader.construct(conf, loader.SCOPES, name, "[processor] scopes", CallRegistry())
    with contextlib.closing(source):
        if not probe:
            return "not asked; --probe does"
        # On a new SQLite file it makes the tables that a source may read.
        _storage(conf, probe)
        return f"{len(set(source.scopes()))} scopes"


def _storage(conf: cfg.ConfigOpts, probe: bool) -> str:
    with contextlib.closing(assembly.build_storage(conf, CallRegistry())) as storage:
        if not probe:
            return "not connected to; --probe does"
        storage.probe()
    return "ready"
