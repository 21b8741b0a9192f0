# SPDX-License-Identifier: Apache-2.0
"""Finds plugins through their entry points (stevedore), constructs and instruments them."""

import functools
import importlib.metadata
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import stevedore
from oslo_config import cfg
from stevedore import exception as stevedore_exception

from ceilobatch import errors
from ceilobatch.plugins import instance
from ceilobatch.telemetry.calls import CallRegistry

STORAGE = "ceilobatch.storage"
RECOVERY = "ceilobatch.recovery"
HANDLERS = "ceilobatch.handlers"
TRAITS = "ceilobatch.traits"
TRANSPORTS = "oslo.messaging.drivers"
COLLECTORS = "ceilobatch.collectors"
SCOPES = "ceilobatch.scopes"
PERIOD_HANDLERS = "ceilobatch.period_handlers"
USAGE_STORAGE = "ceilobatch.usage_storage"
NAMESPACES = (
    HANDLERS,
    STORAGE,
    RECOVERY,
    TRAITS,
    COLLECTORS,
    SCOPES,
    PERIOD_HANDLERS,
    USAGE_STORAGE,
)
LISTED = (*NAMESPACES, TRANSPORTS)
_PREFIX = "ceilobatch."


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of an installed plugin without constructing it.

    :ivar error: why it does not load, or empty.
    """

    namespace: str
    name: str
    target: str
    package: str
    version: str
    summary: str
    error: str


def names(namespace: str) -> list[str]:
    """The names that are installed in a namespace, sorted, without importing them."""
    return sorted(name for group, name in _installed(tuple(sys.path)) if group == namespace)


def namespace_of(text: str) -> str:
    """The whole name of a namespace that was written in full or without ``ceilobatch.``.

    :raises Unknown: nothing is installed there.
    """
    for name in (text, _PREFIX + text):
        if names(name):
            return name
    raise errors.Unknown(f"no plugin in the namespace {text} (there are: {', '.join(LISTED)})")


@functools.lru_cache(maxsize=1)
def _installed(_path: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Namespace and name of all entry points; names are asked for often, the files read once."""
    packages = importlib.metadata.distributions()
    return frozenset((point.group, point.name) for one in packages for point in one.entry_points)


def load(namespace: str, name: str, option: str) -> Any:
    """The class or callable that a name stands for; that of a storage may have a label.

    :param option: where the name was written, such as ``[storage] events``; for the error.
    :raises ConfigurationError: it is not installed, or does not import, or the label is none.
    """
    if namespace == STORAGE:
        name = instance.spelling(name, option).driver
    installed = names(namespace)
    if name not in installed:
        known = ", ".join(installed) or "none"
        raise errors.ConfigurationError(
            f"{option}: no plugin {name!r} in the namespace {namespace} (installed: {known})"
        )
    try:
        return stevedore.DriverManager(namespace, name).driver
    except stevedore_exception.MultipleMatches as error:
        raise errors.ConfigurationError(
            f"{option}: several packages install a plugin {name!r} in the namespace {namespace}: "
            f"{error}"
        ) from None
    except Exception as error:
        raise errors.ConfigurationError(
            f"{option}: the plugin {name!r} of the namespace {namespace} does not load: "
            f"{explain(error)}"
        ) from error


def construct(
    conf: cfg.ConfigOpts,
    namespace: str,
    name: str,
    option: str,
    calls: CallRegistry,
    *args: Any,
) -> Any:
    """Load a plugin, register its options, construct it and measure its calls.

    :raises ConfigurationError: as :func:`load`, or it could not be constructed.
    :raises Unavailable: it needs something at construction that is away.
    """
    plugin = load(namespace, name, option)
    own = configured(conf, plugin, name)
    try:
        with instance.naming(own):
            driver = plugin(own, *args)
    except errors.CeilobatchError:
        raise
    except Exception as error:
        raise errors.ConfigurationError(
            f"{option}: the plugin {name!r} of the namespace {namespace} cannot be constructed: "
            f"{explain(error)}"
        ) from error
    if own is not conf:
        for operation in plugin.operations:
            setattr(driver, operation, instance.naming(own)(getattr(driver, operation)))
    calls.instrument(driver, namespace, name, plugin.operations)
    return driver


def configured(conf: cfg.ConfigOpts, plugin: Any, name: str) -> cfg.ConfigOpts:
    """The configuration as the instance of this name sees it, with its options registered.

    :raises ConfigurationError: its options are in the way of somebody else's.
    """
    try:
        for group, options in options_of(plugin, name):
            conf.register_opts(list(options), group=group)
    except cfg.DuplicateOptError as error:
        raise errors.ConfigurationError(
            f"the plugin {name!r} cannot have its options, others are in their place: "
            f"{explain(error)}"
        ) from error
    return instance.view(conf, name, [group for group, _ in options_of(plugin)])


def options_of(plugin: Any, name: str = "") -> list[tuple[str, Sequence[cfg.Opt]]]:
    """The options that a plugin class declares, in the groups of the instance of this name."""
    label = instance.spelling(name, "").label
    declared = getattr(plugin, "options", ())
    return [(instance.group_name(group, label), options) for group, options in declared]


def register_options(conf: cfg.ConfigOpts, plugin: Any) -> None:
    """Register the options that a plugin class declares."""
    configured(conf, plugin, "")


def describe(namespace: str) -> Iterator[Description]:
    """What is installed in a namespace, each tried to import."""
    points = sorted(importlib.metadata.entry_points(group=namespace), key=lambda point: point.name)
    for point in points:
        error, summary = "", ""
        try:
            loaded = point.load()
            summary = (loaded.__doc__ or "").strip().partition("\n")[0]
        except Exception as failure:  # noqa: BLE001  (whatever it is, it is the answer)
            error = explain(failure)
        package = point.dist.name if point.dist else ""
        version = point.dist.version if point.dist else ""
        yield Description(namespace, point.name, point.value, package, version, summary, error)


def explain(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}".replace("\n", " ")
