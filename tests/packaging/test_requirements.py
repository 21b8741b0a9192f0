# SPDX-License-Identifier: Apache-2.0
"""What the code imports is what the package asks for."""

import ast
import configparser
import importlib.metadata
import pathlib
import re
import sys
from collections.abc import Iterator

NAME = re.compile(r"[A-Za-z0-9._-]+")


def test_every_library_that_is_imported_is_required(root: pathlib.Path) -> None:
    required = set(declared(root))
    for_tests = required | set(declared(root, "test"))
    providers = importlib.metadata.packages_distributions()
    wrong = {
        f"{file.relative_to(root)}: {module}"
        for file in (root / "ceilobatch").rglob("*.py")
        for module in imported(file)
        if not (for_tests if "testing" in file.parts else required)
        & {normal(name) for name in providers.get(module, [])}
    }
    assert wrong == set()


def imported(file: pathlib.Path) -> Iterator[str]:
    """The top-level names of the foreign modules that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "ceilobatch":
                yield top


def declared(root: pathlib.Path, extra: str = "") -> Iterator[str]:
    """The distributions of requirements.txt and of the extras, but for those of tests.

    :param extra: the one whose distributions are wanted instead.
    """
    setup = configparser.ConfigParser()
    setup.read(root / "setup.cfg")
    lists = [lines for name, lines in setup["extras"].items() if name != "test"]
    lists.append((root / "requirements.txt").read_text())
    for line in (setup["extras"][extra] if extra else "\n".join(lists)).splitlines():
        if name := NAME.match(line):
            yield normal(name[0])


def normal(name: str) -> str:
    """A distribution's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
