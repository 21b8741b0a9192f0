# SPDX-License-Identifier: Apache-2.0
"""What tempest is told of the scenarios (entry point ``tempest.test_plugins``)."""

from collections.abc import Sequence
from pathlib import Path

from oslo_config import cfg
from tempest.test_discover import plugins

from ceilobatch_tempest_plugin import config


class CeilobatchTempestPlugin(plugins.TempestPlugin):  # type: ignore[misc]
    """The scenarios and their options."""

    def load_tests(self) -> tuple[str, str]:
        """The directory of the tests, and the one that its package is in."""
        package = Path(__file__).parent
        return str(package / "tests"), str(package.parent)

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        """Add the options to tempest's."""
        conf.register_opt(config.SERVICE_AVAILABLE, group="service_available")
        conf.register_group(config.GROUP)
        conf.register_opts(config.OPTIONS, group=config.GROUP)

    def get_opt_lists(self) -> list[tuple[str, Sequence[cfg.Opt]]]:
        """For tempest's sample configuration."""
        return [
            (config.GROUP.name, config.OPTIONS),
            ("service_available", [config.SERVICE_AVAILABLE]),
        ]
