# SPDX-License-Identifier: Apache-2.0
"""Where the definition files are that come with the project, and those of the operator."""

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from ceilobatch import errors

OPERATOR = Path("/etc/ceilobatch")


def directory(name: str) -> Path:
    """The packaged directory of this name, such as ``events.d``.

    In a source tree it lies beside the package, installed it lies under the prefix.

    :raises ConfigurationError: the installation has none.
    """
    return _packaged(name, Path.is_dir)


def file(name: str) -> Path:
    """The packaged file of this name, such as ``metrics.yml``; where directories are, too.

    :raises ConfigurationError: the installation has none.
    """
    return _packaged(name, Path.is_file)


def _packaged(name: str, is_it: Callable[[Path], bool]) -> Path:
    source_tree = Path(__file__).resolve().parents[2]
    prefixes = (source_tree, Path(sysconfig.get_path("data")), Path(sys.prefix))
    for prefix in prefixes:
        found = prefix / "etc" / "ceilobatch" / name
        if is_it(found):
            return found
    tried = ", ".join(dict.fromkeys(str(prefix / "etc" / "ceilobatch") for prefix in prefixes))
    raise errors.ConfigurationError(f"the packaged definitions {name} are not in any of {tried}")


def operators(name: str) -> list[Path]:
    """The operator's directory of this name, where there is one."""
    found = OPERATOR / name
    return [found] if found.is_dir() else []
