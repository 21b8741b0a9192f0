# SPDX-License-Identifier: Apache-2.0
"""Builds what a worker of the processor works with out of the configuration."""

import datetime
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import config, coordination, errors, isotime
from ceilobatch.definitions.metric_load import load_metrics
from ceilobatch.metric import Metric
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Collector, PeriodHandler, ScopeSource, UsageStorage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.telemetry.calls import CallRegistry

COLLECTOR_OPTION = "[processor] collector"


def build_calendar(conf: cfg.ConfigOpts) -> Calendar:
    """The calendar of ``[processor]``."""
    group = conf.processor
    return Calendar(
        datetime.timedelta(seconds=group.period),
        group.wait_periods,
        datetime.timedelta(seconds=group.settle),
        group.revisit_periods,
    )


def build_metrics(conf: cfg.ConfigOpts) -> list[Metric]:
    """The metric definitions, checked by the configured collector.

    :raises ConfigurationError: everything that is wrong with them.
    """
    kind = load_collector(conf)
    return load_metrics(conf, kind)


def load_collector(conf: cfg.ConfigOpts) -> type[Collector]:
    """The class of ``[processor] collector``.

    :raises ConfigurationError: it cannot be had.
    """
    kind: type[Collector] = loader.load(
        loader.COLLECTORS, conf.processor.collector, COLLECTOR_OPTION
    )
    return kind


def build_collector(conf: cfg.ConfigOpts) -> Collector:
    """The driver of ``[processor] collector``; its calls are measured by who makes them.

    :raises ConfigurationError: it cannot be had.
    """
    # Many threads call it, and the figures of a registry have one writer.
    unmeasured = CallRegistry()
    collector: Collector = _construct(
        conf,
        loader.COLLECTORS,
        conf.processor.collector,
        COLLECTOR_OPTION,
        unmeasured,
        conf.processor.max_threads,
    )
    return collector


def build_sources(conf: cfg.ConfigOpts) -> list[tuple[str, ScopeSource]]:
    """The drivers of ``[processor] scopes``, by name.

    :raises ConfigurationError: one cannot be had, or there is none.
    """
    names = conf.processor.scopes
    if not names:
        raise errors.ConfigurationError("[processor] scopes: there has to be at least one")
    return [
        (
            name,
            _construct(conf, loader.SCOPES, name, "[processor] scopes", CallRegistry()),
        )
        for name in dict.fromkeys(names)
    ]


def build_handlers(conf: cfg.ConfigOpts, calls: CallRegistry) -> list[PeriodHandler]:
    """The chain of ``[processor] handlers``.

    :raises ConfigurationError: one cannot be had, or there is none.
    """
    names = conf.processor.handlers
    if not names:
        raise errors.ConfigurationError("[processor] handlers: there has to be at least one")
    return [
        _construct(conf, loader.PERIOD_HANDLERS, name, "[processor] handlers", calls)
        for name in names
    ]


def build_storage(conf: cfg.ConfigOpts, calls: CallRegistry) -> UsageStorage:
    """The driver of ``[processor] storage``.

    :raises ConfigurationError: it cannot be had.
    """
    storage: UsageStorage = _construct(
        conf, loader.USAGE_STORAGE, conf.processor.storage, "[processor] storage", calls
    )
    return storage


def _construct(
    conf: cfg.ConfigOpts,
    namespace: str,
    name: str,
    option: str,
    calls: CallRegistry,
    *arguments: object,
) -> Any:
    """Construct a plugin after a look at its options, of which it would only tell the first.

    :raises ConfigurationError: it cannot be had, or values of its options are wrong.
    """
    plugin = loader.load(namespace, name, option)
    loader.configured(conf, plugin, name)
    if problems := list(config.wrong_values(conf, loader.options_of(plugin, name))):
        raise errors.ConfigurationError(problems)
    return loader.construct(conf, namespace, name, option, calls, *arguments)


def start_of_scopes(conf: cfg.ConfigOpts) -> datetime.datetime | None:
    """``[processor] start``; None where it is empty.

    :raises ConfigurationError: it is not a time.
    """
    text = conf.processor.start
    if not text:
        return None
    try:
        return isotime.utc(text)
    except (TypeError, ValueError, OverflowError):
        raise errors.ConfigurationError(
            f"[processor] start: {text!r} is not an ISO 8601 time, such as 2026-01-01T00:00"
        ) from None


def refuse_what_cannot_work(conf: cfg.ConfigOpts) -> list[str]:
    """Build everything a worker builds, once, and put it away; the modules it comes from.

    :raises ConfigurationError: everything that cannot work, together.
    """
    problems: list[str] = []
    modules: list[str] = []
    for step in (
        _try_metrics,
        _try_collector,
        _try_sources,
        _try_handlers,
        _try_storage,
        _try_start,
        _try_coordination,
    ):
        try:
            modules += step(conf)
        except errors.ConfigurationError as error:
            problems += error.problems
    if problems:
        raise errors.ConfigurationError(list(dict.fromkeys(problems)))
    return list(dict.fromkeys(modules))


def _try_metrics(conf: cfg.ConfigOpts) -> list[str]:
    build_metrics(conf)
    return [load_metrics.__module__]


def _try_collector(conf: cfg.ConfigOpts) -> list[str]:
    return _put_away([build_collector(conf)])


def _try_sources(conf: cfg.ConfigOpts) -> list[str]:
    return _put_away([source for _, source in build_sources(conf)])


def _try_handlers(conf: cfg.ConfigOpts) -> list[str]:
    return _put_away(build_handlers(conf, CallRegistry()))


def _try_storage(conf: cfg.ConfigOpts) -> list[str]:
    return _put_away([build_storage(conf, CallRegistry())])


def _try_start(conf: cfg.ConfigOpts) -> list[str]:
    start_of_scopes(conf)
    return []


def _try_coordination(conf: cfg.ConfigOpts) -> list[str]:
    coordination.refuse_what_cannot_work(conf)
    return []


def _put_away(
    plugins: Sequence[Collector | ScopeSource | PeriodHandler | UsageStorage],
) -> list[str]:
    for plugin in plugins:
        plugin.close()
    return [type(plugin).__module__ for plugin in plugins]
