# SPDX-License-Identifier: Apache-2.0
"""What holds for the files of the tree as they stand."""

import ast
import os
import pathlib
import re

LICENSE = "# SPDX-License-Identifier: Apache-2.0"


def test_every_module_begins_with_its_license_and_says_what_it_is(
    root: pathlib.Path, files: list[pathlib.Path]
) -> None:
    wrong = []
    for name in (name for name in files if name.suffix == ".py"):
        text = (root / name).read_text()
        if text.partition("\n")[0] != LICENSE or not ast.get_docstring(ast.parse(text)):
            wrong.append(str(name))
    assert wrong == []


def test_every_definition_file_and_script_carries_its_license(
    root: pathlib.Path, files: list[pathlib.Path]
) -> None:
    heads = {name: (root / name).read_bytes().splitlines()[:2] for name in files}
    meant = [
        name
        for name, head in heads.items()
        if name.suffix == ".yaml" or (head and head[0].startswith(b"#!"))
    ]
    assert [str(name) for name in meant if LICENSE.encode() not in heads[name]] == []


def test_scripts_can_be_executed(root: pathlib.Path) -> None:
    for name in (".ci/run", "tools/run-tests.sh"):
        assert os.access(root / name, os.X_OK), name


def test_continuous_integration_runs_the_second_command_of_the_readme(root: pathlib.Path) -> None:
    demo, tests = commands((root / "README.rst").read_text())[:2]
    assert demo.endswith("ceilobatch demo")
    script = (root / ".ci" / "run").read_text().splitlines()
    steps = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert steps == [tests]


def commands(readme: str) -> list[str]:
    """The literal blocks that follow a ``.. code-block:: shell``, in order."""
    return re.findall(r"^\.\. code-block:: shell\n\n    (.+)\n", readme, re.MULTILINE)
