# SPDX-License-Identifier: Apache-2.0
"""The scope source ``listed``: the lines of a text file that another program writes."""

from collections.abc import Iterable
from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins.processing import ScopeSource

GROUP = "scopes_listed"
OPTIONS = [
    cfg.StrOpt(
        "path",
        default="/etc/ceilobatch/scopes",
        help="A text file in UTF-8 with the id of a scope in each line. It is read again each time "
        "scopes are asked for; a line that begins with a number sign is a comment.",
    ),
]


class ListedScopes(ScopeSource):
    """Names the scopes that stand in a text file, one a line."""

    options = ((GROUP, OPTIONS),)

    def scopes(self) -> Iterable[str]:
        """The lines; a file that cannot be read is no empty one.

        :raises Unavailable: it cannot be read, or is not UTF-8.
        """
        path = self.conf[GROUP].path
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise errors.Unavailable(f"[{GROUP}] path: {path} cannot be read: {error}") from error
        names = (line.strip() for line in lines)
        return dict.fromkeys(name for name in names if name and not name.startswith("#"))
