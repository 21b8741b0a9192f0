# SPDX-License-Identifier: Apache-2.0
"""The driver that the guide for driver authors writes does what the guide says."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import tomllib

import pytest

from ceilobatch.plugins import loader

GUIDE = pathlib.Path("doc/source/contributor/drivers.rst")
FILES = ("pyproject.toml", "ceilobatch_mine.py", "test_mine.py")


@pytest.fixture
def package(pytestconfig: pytest.Config, tmp_path: pathlib.Path) -> pathlib.Path:
    """An empty directory with the files of the guide in it."""
    text = (pytestconfig.rootpath / GUIDE).read_text()
    blocks = re.findall(r"\.\. code-block:: (?:toml|python)\n\n((?:   .*\n|\n)+)", text)
    for name, block in zip(FILES, blocks, strict=True):
        (tmp_path / name).write_text(textwrap.dedent(block).strip() + "\n")
    return tmp_path


def run_suite(package: pathlib.Path, *options: str) -> str:
    # Without plugins, which take longer than the tests.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command,
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return " ".join(done.stdout.split())


def change(package: pathlib.Path, old: str, new: str) -> None:
    driver = package / FILES[1]
    text = driver.read_text()
    assert old in text
    driver.write_text(text.replace(old, new))


def test_driver_of_the_guide_keeps_every_promise_in_at_most_forty_lines(package):
    told = run_suite(package)
    assert re.search(r"\b\d\d passed", told)
    assert "failed" not in told
    lines = (package / FILES[1]).read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 40


def test_driver_of_the_guide_is_announced_by_its_package(package):
    project = tomllib.loads((package / FILES[0]).read_text())["project"]
    (target,) = project["entry-points"][loader.STORAGE].values()
    module, _, name = target.partition(":")
    assert f"class {name}(Storage)" in (package / f"{module}.py").read_text()


def test_mistakes_that_the_guide_makes_are_told_as_it_says(package, pytestconfig):
    text = " ".join((pytestconfig.rootpath / GUIDE).read_text().split())
    change(package, "except ValueError as", "except ZeroDivisionError as")
    first = "store() raised UnicodeEncodeError: 'utf-8' codec can't encode character"
    change(package, "return STORED if done.rowcount else DUPLICATE", "return STORED")
    second = "store() answered items that are stored already with 25 STORED where 25 DUPLICATE"
    told = run_suite(package, "-k", "refused_alone or storing_twice")
    for sentence in (first, second):
        assert sentence in text
        assert sentence in told
