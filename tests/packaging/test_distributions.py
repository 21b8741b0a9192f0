# SPDX-License-Identifier: Apache-2.0
"""What the wheel and the source distribution contain and install."""

import configparser
import importlib.metadata
import pathlib
import tarfile
import zipfile

import pytest

SETTINGS = pathlib.Path("etc/ceilobatch")


def below(directory: str | pathlib.Path, files: list[pathlib.Path]) -> set[str]:
    return {str(name) for name in files if name.is_relative_to(directory)}


def test_wheel_contains_every_file_of_the_package(
    wheel: pathlib.Path, files: list[pathlib.Path]
) -> None:
    names = [pathlib.Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    assert below("ceilobatch", names) == below("ceilobatch", files)


def test_wheel_installs_sample_configuration_and_definitions_below_its_prefix(
    installation: pathlib.Path, files: list[pathlib.Path]
) -> None:
    found = [path for path in (installation / SETTINGS).rglob("*") if path.is_file()]
    installed = {str(path.relative_to(installation)) for path in found}
    assert installed == below(SETTINGS, files)
    assert str(SETTINGS / "ceilobatch.conf.sample") in installed
    assert any(name.startswith(f"{SETTINGS}/events.d/") for name in installed)
    assert any(name.startswith(f"{SETTINGS}/meters.d/") for name in installed)


def test_wheel_installs_every_console_script(
    installation: pathlib.Path, setup: configparser.ConfigParser
) -> None:
    scripts = setup["entry_points"]["console_scripts"].split("\n")
    names = {line.partition("=")[0].strip() for line in scripts if line}
    assert names <= {path.name for path in (installation / "bin").iterdir()}


def test_wheel_declares_every_extra(
    installation: pathlib.Path, setup: configparser.ConfigParser
) -> None:
    library = next((installation / "lib").glob("python*/site-packages"))
    found = next(importlib.metadata.distributions(name="ceilobatch", path=[str(library)]))
    assert set(found.metadata.get_all("Provides-Extra") or ()) == set(setup["extras"])


def test_source_distribution_contains_every_file(
    sdist: pathlib.Path, files: list[pathlib.Path]
) -> None:
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    # pbr leaves git's own files out of source distributions.
    assert names >= {str(name) for name in files} - {".gitignore"}


@pytest.fixture
def setup(root: pathlib.Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg")
    return parser
