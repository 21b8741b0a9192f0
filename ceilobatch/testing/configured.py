# SPDX-License-Identifier: Apache-2.0
"""configured: the configuration that a driver is tested with."""

from collections.abc import Mapping
from typing import Any

from oslo_config import cfg

from ceilobatch import config
from ceilobatch.plugins import loader


def configured(driver: Any, **groups: Mapping[str, object]) -> cfg.ConfigOpts:
    """A fresh configuration with the options of the project and of a driver, and no files read.

    :param driver: the class of the plugin.
    :param groups: values by option, for each group: ``storage_mine={"path": "x"}``.
    :raises oslo_config.cfg.NoSuchOptError: nobody has declared an option that is given.
    """
    conf = config.load(config_files=[], config_dirs=[])
    loader.register_options(conf, driver)
    for group, options in groups.items():
        for name, value in options.items():
            conf.set_override(name, value, None if group == "DEFAULT" else group)
    return conf
