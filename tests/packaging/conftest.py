# SPDX-License-Identifier: Apache-2.0
"""The source tree, and what is built from a clean copy of it."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD_SDIST = "import sys; from pbr import build; build.build_sdist(sys.argv[1])"


def run(*command: str | pathlib.Path, cwd: pathlib.Path = ROOT) -> str:
    """Run a command that must succeed; what it prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[pathlib.Path]:
    """Every file that is or will be in git, relative to the top."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = sorted(set(listed.split("\0")) - {""})
    return [pathlib.Path(name) for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def source(files: list[pathlib.Path], tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A git repository with those files and nothing that an earlier build left behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in files:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    run("git", "init", "--quiet", cwd=copy)
    run("git", "add", "--all", cwd=copy)
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    run("git", *author, "commit", "--quiet", "--message", "All", cwd=copy)
    return copy


@pytest.fixture(scope="session")
def sdist(source: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The source distribution."""
    directory = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-c", BUILD_SDIST, directory, cwd=source)
    return next(directory.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(source: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The wheel."""
    directory = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", directory, ".", cwd=source)
    return next(directory.glob("*.whl"))


@pytest.fixture(scope="session")
def installation(wheel: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A virtual environment that has the wheel in it and nothing else."""
    prefix = tmp_path_factory.mktemp("installation")
    run(sys.executable, "-m", "venv", "--without-pip", prefix)
    pip = (sys.executable, "-m", "pip", "--python", prefix / "bin" / "python")
    run(*pip, "install", "--no-index", "--no-deps", wheel)
    return prefix
