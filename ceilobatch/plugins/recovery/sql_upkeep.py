# SPDX-License-Identifier: Apache-2.0
"""Finds the database of the letters, for whoever looks after databases."""

from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.recovery.sql import SqlRecovery
from ceilobatch.plugins.recovery.sql_place import GROUP, own_url, recovery_view
from ceilobatch.plugins.storage.sql_places import Place


def recovery_places(conf: cfg.ConfigOpts) -> Iterator[Place]:
    """The database of the letters, where letters are kept in one.

    :raises ConfigurationError: a value of the options is wrong.
    """
    if not _is_sql(conf.recovery.backend):
        return
    loader.register_options(conf, SqlRecovery)
    if problems := list(config.wrong_values(conf, SqlRecovery.options)):
        raise errors.ConfigurationError(problems)
    view = recovery_view(conf)
    yield Place(GROUP, view, own_url(view))


def _is_sql(name: str) -> bool:
    try:
        plugin = loader.load(loader.RECOVERY, name, "[recovery] backend")
    except errors.ConfigurationError:
        return False
    return isinstance(plugin, type) and issubclass(plugin, SqlRecovery)
