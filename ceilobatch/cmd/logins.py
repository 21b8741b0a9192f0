# SPDX-License-Identifier: Apache-2.0
"""The options of authentication plugins, which are known only when one is named."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from oslo_config import cfg

CHOICE = "auth_type"


def options_of_logins(
    conf: cfg.ConfigOpts, options: Iterable[tuple[str, Sequence[cfg.Opt]]]
) -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    """The options of what each group names as its ``auth_type``; a wrong name is told elsewhere."""
    for group, members in options:
        if any(option.dest == CHOICE for option in members):
            # Who has no such group need not wait for Keystone's library.
            from keystoneauth1 import exceptions as keystone
            from keystoneauth1 import loading

            with contextlib.suppress(cfg.Error, keystone.ClientException):
                if name := conf[group][CHOICE]:
                    yield group, loading.get_auth_plugin_conf_options(name)
