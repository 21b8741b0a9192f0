# SPDX-License-Identifier: Apache-2.0
"""Sheet: everything that is known of one installed plugin, whether it loads or not."""

import contextlib
import dataclasses
import importlib.metadata
import importlib.util
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins import base, instance, loader, processing

MASK = "***"
CONTRACTS: dict[str, type] = {
    loader.HANDLERS: base.Handler,
    loader.STORAGE: base.Storage,
    loader.RECOVERY: base.Recovery,
    loader.TRAITS: base.TraitPlugin,
    loader.COLLECTORS: processing.Collector,
    loader.SCOPES: processing.ScopeSource,
    loader.PERIOD_HANDLERS: processing.PeriodHandler,
    loader.USAGE_STORAGE: processing.UsageStorage,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """What ``plugin show`` shows.

    :ivar status: ok, or why the plugin does not load.
    :ivar file: where its module is; empty where that cannot be found.
    :ivar contract: the class that it has to be derived from.
    :ivar options: each as a mapping of group, name, type, default, configured and help.
    """

    namespace: str
    name: str
    status: str
    package: str
    version: str
    entry_point: str
    file: str
    contract: str
    summary: str
    characteristics: dict[str, Any]
    options: list[dict[str, Any]]


def sheet(namespace: str, name: str, conf: cfg.ConfigOpts | None) -> Sheet:
    """The sheet of a plugin that is installed.

    :param name: that of a storage may have a label.
    :param conf: with the values of its options; None where there is no configuration.
    """
    driver = instance.spelling(name, "NAME").driver
    points = list(importlib.metadata.entry_points(group=namespace, name=driver))
    point = points[0]
    plugin, status = _loaded(namespace, name)
    return Sheet(
        namespace,
        name,
        status,
        ", ".join(one.dist.name for one in points if one.dist),
        point.dist.version if point.dist else "",
        f"{point.name} = {point.value}",
        _file(point.module),
        _contract(namespace, plugin),
        inspect.cleandoc(plugin.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        _characteristics(plugin, name, conf),
        list(_options(plugin, name, conf)),
    )


def _loaded(namespace: str, name: str) -> tuple[Any, str]:
    """The plugin, or something without properties, and its status."""
    nothing = type("Nothing", (), {"__doc__": None})
    try:
        plugin = loader.load(namespace, name, "NAME")
    except errors.ConfigurationError as error:
        return nothing, " ".join(error.problems).removeprefix("NAME: ")
    contract = CONTRACTS.get(namespace)
    if contract and not (isinstance(plugin, type) and issubclass(plugin, contract)):
        return plugin, f"not derived from {_public(contract)}, so nobody can use it"
    if missing := sorted(getattr(plugin, "__abstractmethods__", ())):
        return plugin, f"does not define {', '.join(missing)}, so it cannot be constructed"
    return plugin, "ok"


def _file(module: str) -> str:
    # Whatever a package does when it is imported, its place may still be unknown.
    with contextlib.suppress(Exception):
        found = importlib.util.find_spec(module)
        return (found.origin if found else "") or ""
    return ""


def _contract(namespace: str, plugin: Any) -> str:
    contract = CONTRACTS.get(namespace)
    if (
        contract is base.Storage
        and isinstance(plugin, type)
        and issubclass(plugin, base.Bookkeeper)
    ):
        contract = base.Bookkeeper
    return _public(contract) if contract else "a driver of oslo.messaging"


def _public(contract: type) -> str:
    home = base if hasattr(base, contract.__name__) else processing
    return f"{home.__name__}.{contract.__name__}"


def _characteristics(plugin: Any, name: str, conf: cfg.ConfigOpts | None) -> dict[str, Any]:
    found = getattr(plugin, "characteristics", None)
    if conf is not None and hasattr(plugin, "declares"):
        with contextlib.suppress(errors.ConfigurationError, cfg.Error, ValueError):
            found = plugin.declares(loader.configured(conf, plugin, name))
    if not dataclasses.is_dataclass(found) or isinstance(found, type):
        return {}
    return {field.name: _plain(getattr(found, field.name)) for field in dataclasses.fields(found)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(one.__name__ if isinstance(one, type) else str(one) for one in value)
    return value


def _options(plugin: Any, name: str, conf: cfg.ConfigOpts | None) -> Iterator[dict[str, Any]]:
    declared: Sequence[tuple[str, Sequence[cfg.Opt]]] = loader.options_of(plugin, name)
    if conf is not None:
        with contextlib.suppress(errors.ConfigurationError):
            loader.configured(conf, plugin, name)
    for group, members in declared:
        for option in members:
            yield {
                "group": group,
                "name": option.name,
                "type": str(option.type),
                "default": _shown(option, option.sample_default or option.default),
                "configured": _shown(option, _configured(conf, group, option)),
                "help": option.help or "",
            }


def _configured(conf: cfg.ConfigOpts | None, group: str, option: cfg.Opt) -> Any:
    if conf is None:
        return None
    try:
        return conf[option.dest] if group == "DEFAULT" else conf[group][option.dest]
    except (cfg.Error, ValueError) as error:
        return f"wrong: {' '.join(str(error).split())}"


def _shown(option: cfg.Opt, value: Any) -> Any:
    if option.secret and value:
        return MASK
    return value if isinstance(value, str | int | float | bool | list | type(None)) else str(value)
