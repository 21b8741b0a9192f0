# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check``: configuration, plugins, definitions, bus and what answers."""

import contextlib
import functools
import itertools
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from ceilobatch import assembly, bus, config, errors, opts
from ceilobatch.cmd import checks_processor, reach, spelling
from ceilobatch.cmd.finding import Call, Finding, examine, examine_together
from ceilobatch.cmd.logins import options_of_logins
from ceilobatch.definitions import load as definitions
from ceilobatch.plugins import loader
from ceilobatch.telemetry.calls import CallRegistry

PROBE_TIMEOUT = 8.0
_Choice = tuple[str, str, str]


def findings(
    config_files: Sequence[str] | None, config_dirs: Sequence[str] | None, probe: bool
) -> Iterator[Finding]:
    """Check everything; what one mistake spoils does not hide the others.

    :param probe: connect to the bus, the storages and recovery, too.
    """
    conf, found = _configuration(config_files, config_dirs)
    yield from found
    if conf is None:
        return
    usable = []
    for choice in (*_choices(conf), *checks_processor.choices(conf)):
        rows = list(examine(_title(choice), functools.partial(_plugin, conf, *choice)))
        yield from rows
        if all(row.result == "ok" for row in rows):
            usable.append(choice)
    yield from _misspelt(conf)
    yield from _definitions(conf)
    yield from checks_processor.findings(conf)
    yield from examine("bus", functools.partial(_bus, conf))
    hosts = _hosts(conf) if probe else ()
    processor = checks_processor.constructions(conf, probe) if _has_all(conf, usable) else ()
    outside = itertools.chain(_constructions(conf, usable, probe), hosts, processor)
    yield from examine_together(outside, PROBE_TIMEOUT)


def _configuration(
    files: Sequence[str] | None, dirs: Sequence[str] | None
) -> tuple[cfg.ConfigOpts | None, list[Finding]]:
    try:
        conf = config.load(files, dirs)
    except errors.ConfigurationError as error:
        found = [Finding("configuration", "error", problem) for problem in error.problems]
        return _in_spite_of_wrong_values(files, dirs), found
    read = ", ".join(spelling.files(conf)) or "no file found, defaults only"
    return conf, [Finding("configuration", "ok", read)]


def _in_spite_of_wrong_values(
    files: Sequence[str] | None, dirs: Sequence[str] | None
) -> cfg.ConfigOpts | None:
    """The configuration if it can be parsed at all, so that the rest can be checked."""
    conf = cfg.ConfigOpts()
    config.register(conf)
    try:
        conf(
            args=[],
            project=config.PROJECT,
            default_config_files=None if files is None else list(files),
            default_config_dirs=None if dirs is None else list(dirs),
        )
    except cfg.Error:
        return None
    return conf


def _choices(conf: cfg.ConfigOpts) -> Iterator[_Choice]:
    """Option, namespace and name of each configured plugin; wrong values were told already."""
    yield from _storage_choices(conf)
    with contextlib.suppress(cfg.Error, ValueError):
        yield "[recovery] backend", loader.RECOVERY, conf.recovery.backend
    with contextlib.suppress(cfg.Error, ValueError):
        yield assembly.HANDLER_OPTION, loader.HANDLERS, conf.notification.handler


def _storage_choices(conf: cfg.ConfigOpts) -> Iterator[_Choice]:
    """Each driver once, also when it stores events and samples both."""
    roles: dict[str, list[str]] = {}
    for role in assembly.RECORDS:
        with contextlib.suppress(cfg.Error, ValueError):
            for name in dict.fromkeys(conf.storage[role]):
                roles.setdefault(name, []).append(role)
    for name, wanted in roles.items():
        yield f"[storage] {', '.join(wanted)}", loader.STORAGE, name


def _has_all(conf: cfg.ConfigOpts, usable: Sequence[_Choice]) -> bool:
    return all(choice in usable for choice in checks_processor.choices(conf))


def _title(choice: _Choice) -> str:
    return f"{choice[0]}: {choice[2]}"


def _plugin(conf: cfg.ConfigOpts, option: str, namespace: str, name: str) -> str:
    plugin = loader.load(namespace, name, option)
    loader.configured(conf, plugin, name)
    if problems := list(config.wrong_values(conf, loader.options_of(plugin, name))):
        raise errors.ConfigurationError(problems)
    return f"{plugin.__module__}:{plugin.__qualname__}"


def _misspelt(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    options = [
        *opts.own_options(),
        *_options_of_all_that_load(),
        *_options_of_instances(conf),
    ]
    logins = options_of_logins(conf, options)
    for sentence in spelling.unread(conf, [*options, *logins]):
        yield Finding("configuration", "warning", sentence)


def _options_of_all_that_load() -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    for namespace in loader.NAMESPACES:
        for name in loader.names(namespace):
            with contextlib.suppress(errors.ConfigurationError):
                yield from getattr(loader.load(namespace, name, ""), "options", ())


def _options_of_instances(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    for option, namespace, name in _storage_choices(conf):
        with contextlib.suppress(errors.ConfigurationError):
            yield from loader.options_of(loader.load(namespace, name, option), name)


def _definitions(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    def events() -> str:
        definitions.load_events(conf, CallRegistry())
        return _where(conf.events.definitions)

    def meters() -> str:
        definitions.load_meters(conf, CallRegistry())
        return _where(conf.meters.definitions)

    yield from examine("[events] definitions", events)
    yield from examine("[meters] definitions", meters)


def _where(paths: Sequence[str]) -> str:
    return ", ".join(paths) or "the usual places"


def _bus(conf: cfg.ConfigOpts) -> str:
    found = bus.urls(conf)
    bindings = bus.bindings(conf)
    names = [reach.address(url, host) for url in found for host in url.hosts]
    where = ", ".join(names) or ", ".join(url.transport for url in found)
    return f"{len(bindings)} bindings on {where}"


def _constructions(
    conf: cfg.ConfigOpts, choices: Sequence[_Choice], probe: bool
) -> Iterator[tuple[str, Call]]:
    for choice in choices:
        if choice[1] in {loader.STORAGE, loader.RECOVERY}:
            verb = "probe" if probe else "construct"
            yield f"{verb} {_title(choice)}", functools.partial(_construct, conf, *choice, probe)


def _construct(conf: cfg.ConfigOpts, option: str, namespace: str, name: str, probe: bool) -> str:
    driver = loader.construct(conf, namespace, name, option, CallRegistry())
    with contextlib.closing(driver):
        if not probe:
            return "not connected to; --probe does"
        driver.probe()
    return "ready"


def _hosts(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Call]]:
    with contextlib.suppress(errors.ConfigurationError):
        for url in bus.urls(conf):
            for host in url.hosts:
                call = functools.partial(reach.reach, conf, url, host)
                yield f"probe bus {reach.address(url, host)}", call
