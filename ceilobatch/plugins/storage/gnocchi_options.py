# SPDX-License-Identifier: Apache-2.0
"""The options of the storage driver ``gnocchi``."""

from oslo_config import cfg

from ceilobatch.definitions import resource_load
from ceilobatch.definitions.resources import ResourceDefinitions
from ceilobatch.plugins.gnocchi import connection
from ceilobatch.plugins.gnocchi.connection import Connection

GROUP = "storage_gnocchi"
TIMEOUT = 30.0
UPGRADE = "run 'ceilobatch gnocchi upgrade'"

OPTIONS = (
    cfg.StrOpt(
        "resources_file",
        help="The resource definition file, in the format of ceilometer's gnocchi_resources.yaml. "
        "Not set: /etc/ceilobatch/gnocchi_resources.yaml where it exists, else the packaged one.",
    ),
    cfg.StrOpt(
        "archive_policy",
        help="The archive policy of all metrics that are created, whatever the file says.",
    ),
    cfg.BoolOpt(
        "auto_upgrade",
        default=True,
        help="Make the archive policies, resource types and attributes of the file that Gnocchi "
        "does not have when it is first used, instead of asking for 'ceilobatch gnocchi upgrade'.",
    ),
    cfg.BoolOpt(
        "reject_unknown",
        default=False,
        help="Send a notification to recovery when the file does not know one of its meters. "
        "Otherwise such samples are ignored, and the log names each such meter once.",
    ),
    cfg.ListOpt(
        "ignore_projects",
        default=[],
        help="Ids of the projects whose samples are ignored: those in which Gnocchi itself "
        "works, so that storing measures makes no new ones.",
    ),
    cfg.IntOpt(
        "resource_cache",
        default=100_000,
        min=1,
        help="For how many resources a worker remembers which attributes Gnocchi has; about "
        "300 bytes each. Of others they are asked for.",
    ),
    *connection.OPTIONS,
)


def connect(conf: cfg.ConfigOpts) -> Connection:
    """A connection for one thread; nothing is sent yet.

    :raises ConfigurationError: the options do not go together.
    """
    return Connection(conf, GROUP, threads=1, timeout=TIMEOUT)


def definitions(conf: cfg.ConfigOpts) -> ResourceDefinitions:
    """The definitions of the configured file.

    :raises ConfigurationError: with everything that is wrong in it.
    """
    options = conf[GROUP]
    return resource_load.load_resources(
        options.resources_file, options.archive_policy, f"[{GROUP}] resources_file"
    )
