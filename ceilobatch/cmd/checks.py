# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check``, in their order: from the files to what is outside."""

from collections.abc import Iterable, Iterator, Sequence

from oslo_config import cfg

from ceilobatch.cmd import (
    checks_bus,
    checks_configuration,
    checks_definitions,
    checks_host,
    checks_outside,
    checks_plugins,
    checks_processor,
)
from ceilobatch.cmd.finding import Call, Finding, examine_together
from ceilobatch.cmd.written import Written, names_option

PROBE_TIMEOUT = 8.0


def findings(
    config_files: Sequence[str] | None, config_dirs: Sequence[str] | None, probe: bool
) -> Iterator[Finding]:
    """Check everything; what one mistake spoils does not hide the others.

    A problem that several checks come across is told once, with the line where its option is set.

    :param probe: connect to the bus, the storages and whatever else is configured, too.
    """
    conf, found = checks_configuration.loaded(config_files, config_dirs)
    yield from found
    if conf is None:
        return
    written = Written(checks_configuration.files(conf))
    yield from _told_once(_located(written, _findings(conf, written, probe)), found)


def _findings(conf: cfg.ConfigOpts, written: Written, probe: bool) -> Iterator[Finding]:
    yield from checks_host.findings(conf)
    plugins = checks_plugins.Plugins(conf)
    yield from plugins.findings()
    yield from checks_configuration.findings(conf, written)
    definitions = checks_definitions.Definitions(conf)
    yield from definitions.findings()
    yield from checks_processor.findings(conf)
    yield from checks_bus.findings(conf)
    outside = [*plugins.constructions(probe)]
    if plugins.usable(checks_plugins.agent(conf)) and definitions.usable:
        outside += checks_plugins.handler(conf, definitions)
    if plugins.usable(checks_processor.choices(conf)):
        outside += checks_processor.constructions(conf, probe)
    if probe:
        outside += _probes(conf)
    yield from examine_together(outside, PROBE_TIMEOUT)


def _probes(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Call]]:
    yield from checks_bus.probes(conf)
    yield from checks_outside.probes(conf)


def _located(written: Written, found: Iterable[Finding]) -> Iterator[Finding]:
    for one in found:
        yield one if one.result == "ok" else one._replace(detail=written.located(one.detail))


def _told_once(found: Iterable[Finding], told: Iterable[Finding]) -> Iterator[Finding]:
    """Without what is wrong with an option and was told; who does not answer is told each time."""
    known = {one.detail for one in told if one.result != "ok"}
    homeless = False
    for one in found:
        # Whoever keeps something below the directory would tell that it cannot.
        again = homeless and f"{checks_host.STATE}: " in one.detail
        again |= one.detail in known and names_option(one.detail)
        if one.result == "ok" or not again:
            yield one
        if one.result != "ok":
            known.add(one.detail)
            homeless |= one.result == "error" and one.what == checks_host.STATE
