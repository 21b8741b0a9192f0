# SPDX-License-Identifier: Apache-2.0
"""Lists every option, third-party plugins' included, for oslo-config-generator."""

from collections.abc import Iterator, Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch import bus, coordination, errors, parts, state, workers
from ceilobatch.api import options as api
from ceilobatch.definitions import options as definitions
from ceilobatch.plugins import loader
from ceilobatch.processor import options as processor
from ceilobatch.telemetry import options as telemetry

LOG = log.getLogger(__name__)

Options = Sequence[tuple[str, Sequence[cfg.Opt]]]


def own_options() -> Options:
    """The options of the project's own parts, by group, without those of drivers."""
    return [
        ("DEFAULT", [*state.OPTIONS, *workers.OPTIONS]),
        ("notification", bus.OPTIONS),
        *definitions.OPTIONS,
        *parts.OPTIONS,
        ("processor", processor.OPTIONS),
        ("coordination", coordination.OPTIONS),
        *telemetry.OPTIONS,
        ("api", api.OPTIONS),
    ]


def plugin_options() -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    """The options of every driver that is installed and can be imported; others are logged."""
    for namespace in loader.NAMESPACES:
        for name in loader.names(namespace):
            try:
                plugin = loader.load(namespace, name, namespace)
            except errors.ConfigurationError as error:
                LOG.warning("Options left out: %s", error)
            else:
                yield from getattr(plugin, "options", ())


def list_opts() -> list[tuple[str, Sequence[cfg.Opt]]]:
    """Groups and options as oslo-config-generator asks for them."""
    by_group: dict[str, list[cfg.Opt]] = {}
    for group, options in [*own_options(), *plugin_options()]:
        known = by_group.setdefault(group, [])
        known.extend(option for option in options if option not in known)
    return list(by_group.items())
