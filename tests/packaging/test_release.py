# SPDX-License-Identifier: Apache-2.0
"""What is released works where the source is not: the programs of the wheel, and the sdist."""

import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import zipfile

import pytest

STATE = "[DEFAULT]\nstate_path = {state}\ntransport_url = fake://\n"
ORIGIN = """\
import importlib.metadata, json, sys
import ceilobatch, ceilobatch_tempest_plugin
from ceilobatch.plugins.storage import sql_upgrade
points = importlib.metadata.distribution("ceilobatch").entry_points
print(json.dumps({
    "files": [ceilobatch.__file__, ceilobatch_tempest_plugin.__file__],
    "modules": sorted({point.load().__module__.partition(".")[0] for point in points}),
    "path": sys.path,
    "revision": sql_upgrade.head_revision(),
}))
"""
ELSEWHERE = ("PYTHONPATH", "VIRTUAL_ENV", "CEILOBATCH_CONFIG_FILES")


class Release:
    """A virtual environment with the wheel in it; its libraries are those of this one."""

    def __init__(self, prefix: pathlib.Path, home: pathlib.Path) -> None:
        self.prefix = prefix
        self._home = home
        library = next((prefix / "lib").glob("python*/site-packages"))
        shared = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
        # Paths alone, after its own: what is installed there as editable is not followed.
        (library / "libraries.pth").write_text("\n".join(sorted(shared)) + "\n")
        self.config = home / "release.conf"
        self.config.write_text(STATE.format(state=home / "state"))
        (home / "state").mkdir()

    def run(self, program: str, *arguments: str | pathlib.Path) -> str:
        """What a program prints that is run by somebody who has no checkout."""
        environment = {name: one for name, one in os.environ.items() if name not in ELSEWHERE}
        done = subprocess.run(
            [self.prefix / "bin" / program, *arguments],
            cwd=self._home,
            env={**environment, "HOME": str(self._home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def release(installation: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release(installation, tmp_path_factory.mktemp("unrelated"))


def test_everything_comes_from_the_wheel(release: Release, root: pathlib.Path) -> None:
    found = json.loads(release.run("python", "-c", ORIGIN))
    assert [name for name in found["files"] if not name.startswith(str(release.prefix))] == []
    assert found["modules"] == ["ceilobatch", "ceilobatch_tempest_plugin"]
    assert str(root) not in found["path"]
    revisions = root.glob("ceilobatch/plugins/storage/migrations/versions/[0-9]*.py")
    assert found["revision"] == max(path.name for path in revisions).partition("_")[0]


def test_demo_runs_without_a_checkout(release: Release) -> None:
    assert "Usage" in release.run("ceilobatch", "demo")


def test_sample_configuration_of_the_wheel_is_accepted(release: Release) -> None:
    sample = release.prefix / "etc" / "ceilobatch" / "ceilobatch.conf.sample"
    files = ("--config-file", sample, "--config-file", release.config)
    rows = json.loads(release.run("ceilobatch", *files, "check", "-f", "json"))
    assert {row["result"] for row in rows} == {"ok"}


def test_service_of_the_wheel_tells_its_arguments(release: Release) -> None:
    assert "ceilobatch-api" in release.run("ceilobatch-api", "--help")


def test_status_of_the_wheel_checks_an_upgrade(release: Release) -> None:
    told = release.run("ceilobatch-status", "--config-file", release.config, "upgrade", "check")
    assert "Success" in told


def test_wheel_that_is_made_of_the_sdist_without_git_is_the_same(
    sdist: pathlib.Path, wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    pip = (sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation")
    command = [*pip, "--wheel-dir", str(tmp_path), str(sdist)]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    # Under the same name, which has the version.
    assert installed(tmp_path / wheel.name) == installed(wheel)


def installed(wheel: pathlib.Path) -> set[str]:
    """The files of a wheel, but for those that it tells of itself: git knows more authors."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}
