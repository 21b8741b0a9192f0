# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern the processor."""

import contextlib
import functools
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import coordination
from ceilobatch.cmd.finding import Call, Finding, examine
from ceilobatch.plugins import loader
from ceilobatch.processor import assembly
from ceilobatch.telemetry.calls import CallRegistry

Choice = tuple[str, str, str]


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

    def coordinated() -> str:
        coordination.refuse_what_cannot_work(conf)
        return "by its URL" if conf.coordination.url else "by files of this host"

    yield from examine("[processor] metrics_files", metrics)
    yield from examine("[processor] start", start)
    yield from examine("[coordination] url", coordinated)


def constructions(conf: cfg.ConfigOpts, probe: bool) -> Iterator[tuple[str, Call]]:
    """What may have to wait for another host.

    :param probe: ask the storage and the sources of scopes.
    """
    verb = "probe" if probe else "construct"
    collector = functools.partial(_collector, conf)
    yield f"construct {assembly.COLLECTOR_OPTION}: {conf.processor.collector}", collector
    for name in dict.fromkeys(conf.processor.scopes):
        call = functools.partial(_source, conf, name, probe)
        yield f"{verb} [processor] scopes: {name}", call
    storage = functools.partial(_storage, conf, probe)
    yield f"{verb} [processor] storage: {conf.processor.storage}", storage


def _collector(conf: cfg.ConfigOpts) -> str:
    with contextlib.closing(assembly.build_collector(conf)) as collector:
        wide = collector.characteristics
    return f"{_many(wide.periods)} periods of {_many(wide.scopes)} scopes in a request"


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
