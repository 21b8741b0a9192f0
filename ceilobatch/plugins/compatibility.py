# SPDX-License-Identifier: Apache-2.0
"""What the installed drivers of a kind declare about themselves, as a table of words."""

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch.plugins import loader

_CONTRACTS = "ceilobatch.plugins.contracts."


class Table(NamedTuple):
    """A heading, and for each driver its name and what it declares, in words.

    :ivar columns: the names of the characteristics; none where the kind has none to declare.
    :ivar rows: the name of a driver, then a text for each column.
    :ivar by_options: the drivers whose characteristics follow from their options.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    by_options: tuple[str, ...]


def table(namespace: str, conf: cfg.ConfigOpts) -> Table:
    """The drivers of a namespace, by name.

    :param conf: where what they declare depends on options, by these.
    :raises ConfigurationError: a driver does not load, or cannot say what it declares.
    """
    columns: tuple[str, ...] = ()
    rows, by_options = [], []
    for name in loader.names(namespace):
        driver = loader.load(namespace, name, f"the namespace {namespace}")
        declared, varies = _declared(driver, name, conf)
        columns = tuple(declared)
        rows.append((name, *map(told, declared.values())))
        if varies:
            by_options.append(name)
    return Table(columns, tuple(rows), tuple(by_options))


def _declared(driver: Any, name: str, conf: cfg.ConfigOpts) -> tuple[dict[str, Any], bool]:
    """The characteristics by name, and whether options have a say in them."""
    found = getattr(driver, "characteristics", None)
    varies = hasattr(driver, "declares") and "declares" in _defined(driver)
    if varies:
        found = driver.declares(loader.configured(conf, driver, name))
    if found is None:
        return {}, False
    return {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}, varies


def _defined(driver: type) -> set[str]:
    """What a driver and its bases define below the contract."""
    mine = (one for one in driver.__mro__ if not one.__module__.startswith(_CONTRACTS))
    return {name for one in mine for name in vars(one)}


def told(value: Any) -> str:
    """A characteristic in a word or two."""
    if value is None:
        return "any"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(sorted(f"{one.__name__.lower()}s" for one in value)) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)
