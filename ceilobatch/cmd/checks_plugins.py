# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern the plugins which the configuration names."""

import contextlib
import functools
from collections.abc import Collection, Iterator

from oslo_config import cfg

from ceilobatch import assembly, config, errors
from ceilobatch.books import Books
from ceilobatch.cmd import checks_processor, schema
from ceilobatch.cmd.checks_definitions import Definitions
from ceilobatch.cmd.finding import Call, Finding, examine
from ceilobatch.model import Event, Sample
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.base import Handler, Storage
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_places import Place
from ceilobatch.telemetry.calls import CallRegistry

Choice = tuple[str, str, str]


def all_of(conf: cfg.ConfigOpts) -> Iterator[Choice]:
    """As :func:`agent`, and those of the processor."""
    yield from agent(conf)
    yield from checks_processor.choices(conf)


def agent(conf: cfg.ConfigOpts) -> Iterator[Choice]:
    """Option, namespace and name of each plugin of the agent; wrong values were told already."""
    yield from storages(conf)
    with contextlib.suppress(cfg.Error, ValueError):
        yield "[recovery] backend", loader.RECOVERY, conf.recovery.backend
    with contextlib.suppress(cfg.Error, ValueError):
        yield assembly.HANDLER_OPTION, loader.HANDLERS, conf.notification.handler


def storages(conf: cfg.ConfigOpts) -> Iterator[Choice]:
    """Each driver once, also when it stores events and samples both."""
    roles: dict[str, list[str]] = {}
    for role in assembly.RECORDS:
        with contextlib.suppress(cfg.Error, ValueError):
            for name in dict.fromkeys(conf.storage[role]):
                roles.setdefault(name, []).append(role)
    for name, wanted in roles.items():
        yield f"[storage] {', '.join(wanted)}", loader.STORAGE, name


class Plugins:
    """The plugins of the agent and the processor.

    After :meth:`findings` it is known which of them can be constructed.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._usable: list[Choice] = []

    def findings(self) -> Iterator[Finding]:
        """Whether each loads, whether its options have values, and what nobody stores."""
        for choice in all_of(self._conf):
            rows = list(examine(_title(choice), functools.partial(_plugin, self._conf, *choice)))
            yield from rows
            if all(row.result == "ok" for row in rows):
                self._usable.append(choice)
        yield from self._stored_nowhere()

    def usable(self, choices: Collection[Choice] | Iterator[Choice]) -> bool:
        """Whether all of these can be constructed."""
        return all(choice in self._usable for choice in choices)

    def constructions(self, probe: bool) -> Iterator[tuple[str, Call]]:
        """Storages and recovery, which may have to wait for another host.

        :param probe: ask whether they would take something.
        """
        verb = "probe" if probe else "construct"
        for choice in self._usable:
            if choice[1] in {loader.STORAGE, loader.RECOVERY}:
                call = functools.partial(_construct, self._conf, *choice, probe)
                yield f"{verb} {_title(choice)}", call

    def _stored_nowhere(self) -> Iterator[Finding]:
        with contextlib.suppress(cfg.Error, ValueError, errors.ConfigurationError):
            handler: type[Handler] = loader.load(
                loader.HANDLERS, self._conf.notification.handler, assembly.HANDLER_OPTION
            )
            for role, record in assembly.RECORDS.items():
                if record in handler.characteristics.stores and not self._conf.storage[role]:
                    yield Finding(
                        f"[storage] {role}",
                        "warning",
                        f"[storage] {role}: no driver is named, so no {role} are kept",
                    )


def handler(conf: cfg.ConfigOpts, definitions: Definitions) -> Iterator[tuple[str, Call]]:
    """The handler with everything that it works with, as a worker has it."""
    call = functools.partial(_construct_handler, conf, definitions)
    yield f"construct {assembly.HANDLER_OPTION}: {conf.notification.handler}", call


def _title(choice: Choice) -> str:
    return f"{choice[0]}: {choice[2]}"


def _plugin(conf: cfg.ConfigOpts, option: str, namespace: str, name: str) -> str:
    plugin = loader.load(namespace, name, option)
    own = loader.configured(conf, plugin, name)
    problems = list(config.wrong_values(conf, loader.options_of(plugin, name)))
    if namespace == loader.STORAGE and not problems:
        with instance.naming(own):
            problems += _refused_records(conf, name, plugin.declares(own))
    if problems:
        raise errors.ConfigurationError(problems)
    return f"{plugin.__module__}:{plugin.__qualname__}"


def _refused_records(conf: cfg.ConfigOpts, name: str, declared: object) -> Iterator[str]:
    accepts = getattr(declared, "accepts", frozenset({Event, Sample}))
    for role, record in assembly.RECORDS.items():
        if name in conf.storage[role] and record not in accepts:
            yield f"[storage] {role}: the driver {name!r} stores no {role}: take it out of the list"


def _construct(conf: cfg.ConfigOpts, option: str, namespace: str, name: str, probe: bool) -> str:
    driver = loader.construct(conf, namespace, name, option, CallRegistry())
    with contextlib.closing(driver):
        if not probe:
            return "not connected to; --probe does"
        driver.probe()
        return _ready(conf, driver, name)


def _ready(conf: cfg.ConfigOpts, driver: object, name: str) -> str:
    if not isinstance(driver, SqlStorage):
        return "ready"
    known = schema.read(Place(name, loader.configured(conf, SqlStorage, name)))
    return f"ready: {known.server}, tables at revision {known.revision}"


def _construct_handler(conf: cfg.ConfigOpts, definitions: Definitions) -> str:
    calls = CallRegistry()
    shared: dict[str, Storage] = {}
    with contextlib.ExitStack() as stack:
        events, samples = (
            assembly.storages(conf, calls, role, shared) for role in assembly.RECORDS
        )
        for driver in shared.values():
            stack.callback(driver.close)
        recovery = assembly.build_recovery(conf, calls)
        stack.callback(recovery.close)
        origin = Origin(conf.notification.pool, conf.host, "check")
        parts = Parts(*definitions.converters, events, samples, recovery, origin, Books())
        name = conf.notification.handler
        made = loader.construct(conf, loader.HANDLERS, name, assembly.HANDLER_OPTION, calls, parts)
        stack.callback(made.close)
    return "takes its storages and recovery"
