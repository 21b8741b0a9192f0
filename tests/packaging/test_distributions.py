# SPDX-License-Identifier: Apache-2.0
"""What the wheel and the source distribution contain and install."""

import configparser
import importlib.metadata
import pathlib
import tarfile
import zipfile

import pytest

SETTINGS = pathlib.Path("etc/ceilobatch")
# How contents() calls what a wheel installs below the prefix.
DATA = "data"
OPERATORS = (
    "etc/ceilobatch/api-paste.ini",
    "etc/ceilobatch/ceilobatch.conf.sample",
    "etc/ceilobatch/grafana/ceilobatch.json",
    "etc/ceilobatch/metrics.yml",
    "etc/ceilobatch/policy.yaml.sample",
    "etc/ceilobatch/prometheus/alerts.yml",
    "share/ceilobatch/container/Containerfile",
    "share/ceilobatch/nginx/ceilobatch-api.conf",
    "share/ceilobatch/systemd/ceilobatch-agent.service",
    "share/ceilobatch/systemd/ceilobatch-api.service",
    "share/ceilobatch/systemd/ceilobatch-processor.service",
    "share/ceilobatch/wsgi/gunicorn.conf.py",
    "share/ceilobatch/wsgi/uwsgi.ini",
)
DEVELOPERS = (
    "ceilobatch/py.typed",
    "ceilobatch/cmd/templates/storage.py.in",
    "ceilobatch/plugins/storage/migrations/versions/0001_first.py",
    "ceilobatch/testing/__init__.py",
    "ceilobatch_tempest_plugin/plugin.py",
)


def contents(wheel: pathlib.Path) -> set[str]:
    """What a wheel installs, but for what it tells of itself."""
    found = set()
    for name in zipfile.ZipFile(wheel).namelist():
        top, _, rest = name.partition("/")
        if top.endswith(".data"):
            found.add(rest)
        elif not top.endswith(".dist-info"):
            found.add(name)
    return found


def below(directory: str | pathlib.Path, files: list[pathlib.Path]) -> set[str]:
    return {str(name) for name in files if name.is_relative_to(directory)}


def test_wheel_contains_what_is_listed_and_nothing_else(
    wheel: pathlib.Path, files: list[pathlib.Path], setup: configparser.ConfigParser
) -> None:
    listed = [line for line in setup["files"]["packages"].split("\n") if line]
    expected = set[str]().union(*(below(package, files) for package in listed))
    for line in filter(None, setup["files"]["data_files"].split("\n")):
        place, source = (pathlib.Path(part.strip().removesuffix("/*")) for part in line.split("="))
        sources = below(source, files)
        assert sources, f"{source} is not in the tree"
        expected |= {f"{DATA}/{place / pathlib.Path(name).relative_to(source)}" for name in sources}
    assert contents(wheel) == expected


@pytest.mark.parametrize("name", OPERATORS)
def test_wheel_brings_what_operators_need(wheel: pathlib.Path, name: str) -> None:
    assert f"{DATA}/{name}" in contents(wheel)


@pytest.mark.parametrize("name", DEVELOPERS)
def test_wheel_brings_what_packages_of_others_need(wheel: pathlib.Path, name: str) -> None:
    assert name in contents(wheel)


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
