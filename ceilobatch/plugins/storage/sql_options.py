# SPDX-License-Identifier: Apache-2.0
"""The configuration as those need it who look into the SQL storage."""

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.storage.sql import SqlStorage


def with_database(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """The same configuration, with the options of the SQL storage registered and checked.

    People read the SQL storage whatever else the agent stores into.

    :raises ConfigurationError: one of its values is wrong.
    """
    loader.register_options(conf, SqlStorage)
    if problems := list(config.wrong_values(conf, SqlStorage.options)):
        raise errors.ConfigurationError(problems)
    return conf
