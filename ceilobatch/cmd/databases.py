# SPDX-License-Identifier: Apache-2.0
"""Every SQL database of a configuration: of storages, of letters and of usage."""

from oslo_config import cfg

from ceilobatch.plugins.recovery.sql_upkeep import recovery_places
from ceilobatch.plugins.storage.sql_connection import GROUP
from ceilobatch.plugins.storage.sql_places import Place, places
from ceilobatch.plugins.usage_storage.sql_place import usage_places


def databases(conf: cfg.ConfigOpts) -> list[Place]:
    """Those that are stored into, and the one without a label wherever that is configured.

    :param conf: with the options of the SQL storage.
    :raises ConfigurationError: an option cannot be used.
    """
    found = list(places(conf))
    known = {place.group for place in found}
    if not found or (conf[GROUP].connection and GROUP not in known):
        found.insert(0, Place(GROUP, conf))
    return [*found, *recovery_places(conf), *usage_places(conf)]
