# SPDX-License-Identifier: Apache-2.0
"""Definitions loaded as the configuration says: files in, functions out."""

from pathlib import Path

from oslo_config import cfg

from ceilobatch.definitions import files, match, metadata, options, packaged
from ceilobatch.definitions.event_files import EventCompiler
from ceilobatch.definitions.events import EventDefinitions, EventRule
from ceilobatch.definitions.meter_files import MeterCompiler
from ceilobatch.definitions.meter_parts import PartCompiler
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.definitions.problems import Problems
from ceilobatch.definitions.sources import SourceCompiler
from ceilobatch.definitions.subjects import SubjectCompiler
from ceilobatch.telemetry.calls import CallRegistry

EVENTS = "events.d"
METERS = "meters.d"


def load_events(conf: cfg.ConfigOpts, calls: CallRegistry) -> EventDefinitions:
    """The event definitions of ``[events]``.

    :param calls: measures the trait plugins.
    :raises ConfigurationError: with everything that is wrong in the files.
    """
    options.register(conf)
    problems = Problems()
    compiler = EventCompiler(SourceCompiler(calls), problems)
    rules: list[EventRule] = []
    for file in event_files(conf, problems):
        rules += compiler.compile(file, files.read(file, problems))
    problems.refuse()
    if not conf.events.drop_unmatched:
        rules = compiler.with_catchall(rules)
    priorities = [priority.lower() for priority in conf.events.store_raw]
    return EventDefinitions(rules, priorities, conf.events.strict)


def load_meters(conf: cfg.ConfigOpts, calls: CallRegistry) -> MeterDefinitions:
    """The meter definitions of ``[meters]``.

    :param calls: measures the trait plugins.
    :raises ConfigurationError: with everything that is wrong in the files.
    """
    options.register(conf)
    problems = Problems()
    keys = metadata.chosen_keys(conf.meters.user_metadata_prefixes, conf.meters.user_metadata_keys)
    sources = SourceCompiler(calls)
    compiler = MeterCompiler(PartCompiler(sources, SubjectCompiler(sources, keys)), problems)
    for file in meter_files(conf, problems):
        compiler.add(file, files.read(file, problems))
    problems.refuse()
    wanted = match.names(conf.meters.include, conf.meters.exclude)
    return MeterDefinitions(compiler.rules, wanted)


def event_files(conf: cfg.ConfigOpts, problems: Problems) -> list[Path]:
    """The files of event definitions, the ones that win last."""
    paths = conf.events.definitions or [packaged.directory(EVENTS), *packaged.operators(EVENTS)]
    return files.find(paths, "[events] definitions", problems)


def meter_files(conf: cfg.ConfigOpts, problems: Problems) -> list[Path]:
    """The files of meter definitions, the ones that win first."""
    paths = conf.meters.definitions or [*packaged.operators(METERS), packaged.directory(METERS)]
    return files.find(paths, "[meters] definitions", problems)
