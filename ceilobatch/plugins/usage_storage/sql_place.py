# SPDX-License-Identifier: Apache-2.0
"""Where usage is kept in SQL: the options, and the database they stand for."""

from collections.abc import Iterator
from typing import cast

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.plugins.instance import InstanceConf
from ceilobatch.plugins.storage import sql_connection
from ceilobatch.plugins.storage.sql_places import Place

GROUP = "usage_sql"

OPTIONS = [
    cfg.StrOpt(
        "connection",
        default="",
        secret=True,
        help="The database of usage and of the progress of scopes, as an SQLAlchemy URL, such as "
        "postgresql://user:password@host/ceilobatch or mysql://user:password@host/ceilobatch. "
        "Workers on several hosts have to share it. Empty stands for the database of "
        f"[{sql_connection.GROUP}] connection; then the other options of that group hold, too, "
        "and those of this one do not.",
    ),
    *(option for option in sql_connection.OPTIONS if option.name != "connection"),
]
ALL_OPTIONS = ((GROUP, OPTIONS), (sql_connection.GROUP, sql_connection.OPTIONS))


class _UsageConf(InstanceConf):
    """A configuration in which the group of the SQL storage is that of usage."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf, "usage", "", ())
        self._groups = {sql_connection.GROUP: GROUP}


def usage_view(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """The configuration as the SQL modules of the storage are to see it."""
    return cast(cfg.ConfigOpts, _UsageConf(conf)) if conf[GROUP].connection else conf


def usage_places(conf: cfg.ConfigOpts) -> Iterator[Place]:
    """The database of usage where it is one of its own.

    :raises ConfigurationError: a value of the options is wrong.
    """
    conf.register_opts(OPTIONS, group=GROUP)
    if problems := list(config.wrong_values(conf, [(GROUP, OPTIONS)])):
        raise errors.ConfigurationError(problems)
    if conf[GROUP].connection:
        yield Place(GROUP, usage_view(conf))
