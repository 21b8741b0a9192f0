# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch-status upgrade check``: each looks, changes nothing, never raises."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

from oslo_config import cfg
from oslo_upgradecheck.upgradecheck import Code, Result

from ceilobatch import assembly, config, opts
from ceilobatch.cmd import checks_configuration, checks_host, checks_plugins, schema
from ceilobatch.cmd.checks_definitions import Definitions
from ceilobatch.cmd.databases import databases
from ceilobatch.cmd.finding import Finding, examine
from ceilobatch.cmd.written import Written
from ceilobatch.plugins.storage import sql_upgrade
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.plugins.storage.sql_places import Place
from ceilobatch.processor import assembly as processor
from ceilobatch.telemetry.calls import CallRegistry

Check = Callable[[cfg.ConfigOpts], Result]
_CODES = {"ok": Code.SUCCESS, "warning": Code.WARNING, "error": Code.FAILURE}


def _configuration(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    """Values of a wrong type, names that nothing reads any more, and those that will go."""
    written = Written(checks_configuration.files(conf))
    for problem in config.wrong_values(conf, opts.own_options()):
        yield Finding("configuration", "error", written.located(problem))
    yield from checks_configuration.findings(conf, written)


def _drivers(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    found = checks_plugins.Plugins(conf).findings()
    return (row for row in found if row.result != "ok")


def _definitions(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    def metrics() -> str:
        return f"{len(processor.build_metrics(conf))} metrics"

    yield from Definitions(conf).findings()
    yield from examine("[processor] metrics_files", metrics)


def _state(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    return examine(checks_host.STATE, lambda: checks_host.state(conf))


def _recovery(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    def read() -> str:
        with contextlib.closing(assembly.build_recovery(conf, CallRegistry())) as recovery:
            if not recovery.characteristics.readable:
                return "letters are passed on"
            for _ in itertools.islice(recovery.entries(), 1):
                pass
        return "letters can be read"

    return examine("[recovery] backend", read)


def _schema(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    found: list[Place] = []

    def find() -> str:
        found.extend(databases(with_database(conf)))
        return ""

    yield from (row for row in examine("database", find) if row.result != "ok")
    for place in found:
        yield from _of_place(place)


def _of_place(place: Place) -> Iterator[Finding]:
    known: list[schema.Schema] = []

    def look() -> str:
        known.append(schema.read(place))
        return _told(known[0])

    for row in examine(place.group, look):
        waits = bool(known) and not (known[0].current or known[0].by_itself)
        detail = f"[{place.group}] {row.detail}" if known else row.detail
        yield row._replace(result="error" if waits else row.result, detail=detail)


def _told(known: schema.Schema) -> str:
    if known.current:
        return f"{known.server}: at revision {known.revision}"
    was = f"revision {known.revision}" if known.revision else "no tables"
    aim = sql_upgrade.head_revision()
    if known.by_itself:
        return f"{known.server}: {was}; the services bring it to {aim} when they start"
    return f"{known.server}: {was}, but {aim} is needed: run 'ceilobatch db upgrade'"


def _result(conf: cfg.ConfigOpts, look: Callable[[cfg.ConfigOpts], Iterable[Finding]]) -> Result:
    """The worst of the findings; what is wrong is told, else what was seen."""
    written = Written(checks_configuration.files(conf))
    found = list(look(conf))
    code = max((_CODES[row.result] for row in found), default=Code.SUCCESS)
    told = [row.detail for row in found if _CODES[row.result] is not Code.SUCCESS]
    details = "; ".join(dict.fromkeys(map(written.located, told or [row.detail for row in found])))
    return Result(code, details or None)


CHECKS: tuple[tuple[str, Check], ...] = tuple(
    (name, functools.partial(_result, look=look))
    for name, look in (
        ("Configuration", _configuration),
        ("Drivers", _drivers),
        ("Definition files", _definitions),
        ("State directory", _state),
        ("Database schema", _schema),
        ("Recovery store", _recovery),
    )
)
