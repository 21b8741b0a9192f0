# SPDX-License-Identifier: Apache-2.0
"""Where this host keeps its state, and what it is called."""

import socket
from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors

OPTIONS = [
    cfg.StrOpt(
        "state_path",
        default="/var/lib/ceilobatch",
        help="Directory of what the agent keeps: the embedded database and the recovery store.",
    ),
    cfg.StrOpt(
        "host",
        default=socket.gethostname(),
        sample_default="<your hostname>",
        help="Name of this host in letters and measurements.",
    ),
]


def state_directory(conf: cfg.ConfigOpts, name: str = "") -> Path:
    """A directory below ``[DEFAULT] state_path``, made if it is not there.

    :raises ConfigurationError: it cannot be made.
    """
    path = Path(conf.state_path) / name
    try:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise errors.ConfigurationError(
            f"[DEFAULT] state_path: the directory {path} cannot be made: {error.strerror}"
        ) from None
    return path
