# SPDX-License-Identifier: Apache-2.0
"""Where the letters are kept in SQL: the options, and the database they stand for."""

from typing import cast

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.plugins.instance import InstanceConf
from ceilobatch.plugins.storage import sql_connection
from ceilobatch.plugins.storage.sql_connection import STATE_FILE, database_url, state_url

GROUP = "recovery_sql"

OPTIONS = [
    cfg.StrOpt(
        "connection",
        default="",
        secret=True,
        help="The database of the letters, as an SQLAlchemy URL, such as "
        "postgresql://user:password@host/ceilobatch or mysql://user:password@host/ceilobatch. "
        "Workers on several hosts may share it. Empty stands for the state database of this host, "
        f"the SQLite file {STATE_FILE} below [DEFAULT] state_path. Letters hold whole "
        "notifications, credentials such as _context_auth_token included: keep the database, and "
        "its backups, as secret as those.",
    ),
    *(option for option in sql_connection.OPTIONS if option.name != "connection"),
]


class _RecoveryConf(InstanceConf):
    """A configuration in which the group of the SQL storage is that of recovery."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf, "recovery", "", ())
        self._groups = {sql_connection.GROUP: GROUP}


def recovery_view(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """The configuration as the SQL modules of the storage are to see it."""
    return cast(cfg.ConfigOpts, _RecoveryConf(conf))


def own_url(view: cfg.ConfigOpts) -> sa.URL | None:
    """The state database where no other is named, else None.

    :param view: as :func:`recovery_view` gives it.
    :raises ConfigurationError: the directory of the state cannot be made.
    """
    return None if view[sql_connection.GROUP].connection else state_url(view)


def letters_url(view: cfg.ConfigOpts) -> sa.URL:
    """The URL of the database of the letters.

    :raises ConfigurationError: it is not a URL of a database that can be used.
    """
    return own_url(view) or database_url(view)
