# SPDX-License-Identifier: Apache-2.0
"""The ``ceilobatch-status`` command: what to look at before the services run a new release."""

import sys
from collections.abc import Callable, Sequence

from oslo_config import cfg
from oslo_log import log
from oslo_upgradecheck import upgradecheck

from ceilobatch import config
from ceilobatch.cmd.upgrade_checks import CHECKS, Check

UNUSABLE = 255


class Upgrade(upgradecheck.UpgradeCommands):
    """The checks, in the order in which an operator mends what they find."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._upgrade_checks = tuple((name, _bound(check, conf)) for name, check in CHECKS)


def _bound(check: Check, conf: cfg.ConfigOpts) -> Callable[..., upgradecheck.Result]:
    # The library calls what is listed with the commands as the only argument.
    return lambda _commands: check(conf)


def main(argv: Sequence[str] | None = None) -> int:
    """``ceilobatch-status upgrade check``.

    :returns: 0 where nothing is to be done, 1 for a warning, 2 where something stops the upgrade,
        255 where the configuration files cannot be read.
    """
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    config.register(conf)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return int(upgradecheck.main(conf, config.PROJECT, Upgrade(conf), argv=arguments))
    except cfg.Error as error:
        print(f"ceilobatch-status: error: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
        return UNUSABLE
