# SPDX-License-Identifier: Apache-2.0
"""Finds the SQL databases that a configuration stores into, by the names of their drivers."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.instance import group_name, label_of, spelling
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_connection import GROUP

ROLES = ("events", "samples")


class Place(NamedTuple):
    """A database.

    :ivar group: where its options stand.
    :ivar conf: the configuration as the driver sees it.
    :ivar url: where it is, if the configuration does not say.
    """

    group: str
    conf: cfg.ConfigOpts
    url: sa.URL | None = None


def places(conf: cfg.ConfigOpts, roles: Sequence[str] = ROLES) -> Iterator[Place]:
    """Each database that is stored into, once, in the order of the configuration.

    Drivers of other kinds are passed over, and so are those that do not load.

    :raises ConfigurationError: a label is none, or a value of the options is wrong.
    """
    found = set()
    for role in roles:
        for name in conf.storage[role]:
            option = f"[storage] {role}"
            label = spelling(name, option).label
            if label not in found and _is_sql(name, option):
                found.add(label)
                yield Place(group_name(GROUP, label), _checked(conf, name))


def database_of(conf: cfg.ConfigOpts, role: str) -> cfg.ConfigOpts:
    """The configuration as the first driver sees it that stores events, or samples, in SQL.

    Where no driver does, it is the first one for the others, or ``conf`` as it is.

    :param role: ``events`` or ``samples``.
    :raises ConfigurationError: as :func:`places`.
    """
    if label_of(conf) or "storage" not in conf:
        return conf
    others = [other for other in ROLES if other != role]
    return next((place.conf for place in places(conf, (role, *others))), conf)


def _is_sql(name: str, option: str) -> bool:
    try:
        plugin = loader.load(loader.STORAGE, name, option)
    except errors.ConfigurationError:
        return False
    return isinstance(plugin, type) and issubclass(plugin, SqlStorage)


def _checked(conf: cfg.ConfigOpts, name: str) -> cfg.ConfigOpts:
    own = loader.configured(conf, SqlStorage, name)
    if problems := list(config.wrong_values(conf, loader.options_of(SqlStorage, name))):
        raise errors.ConfigurationError(problems)
    return own
