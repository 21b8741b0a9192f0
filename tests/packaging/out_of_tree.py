# SPDX-License-Identifier: Apache-2.0
"""Outside: a virtual environment with packages of other people beside this one."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

CEILOBATCH = "import sys; from ceilobatch.cmd.main import main; sys.exit(main())"


class Outside:
    """A fresh virtual environment that sees what this one has, and what is installed into it."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.python = prefix / "bin" / "python"
        _run(sys.executable, "-m", "venv", "--without-pip", prefix)
        library = next((prefix / "lib").glob("python*/site-packages"))
        shared = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
        # Not only their directories: what is installed there as editable counts, too.
        lines = [f"import site; site.addsitedir({path!r})\n" for path in sorted(shared)]
        (library / "beside.pth").write_text("".join(lines))
        # The files that a distribution has besides its modules are found below the prefix.
        etc = Path(sysconfig.get_path("data")) / "etc"
        if etc.is_dir():
            (prefix / "etc").symlink_to(etc)

    def install(self, packages: Sequence[Path]) -> None:
        """Install source trees, all at once, without looking anywhere else."""
        install = ("--python", str(self.python), "install", "--quiet", "--no-index", "--no-deps")
        _run(sys.executable, "-m", "pip", *install, "--no-build-isolation", *packages)

    def ceilobatch(self, *arguments: str | Path, code: int = 0) -> str:
        """What the command prints."""
        return self.run("-c", CEILOBATCH, *arguments, code=code)

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        """What its Python prints."""
        return _run(self.python, *arguments, cwd=self.prefix, code=code)

    def pytest(self, packages: Sequence[Path]) -> str:
        """What pytest prints about the tests of the packages, which have to pass."""
        # Without plugins and their options: an author has none of them.
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--import-mode=importlib")
        tests = [str(package / "tests") for package in packages]
        command = (str(self.python), "-m", "pytest", *options, *tests)
        return _run(*command, cwd=self.prefix, environment=environment)


def _run(
    *command: str | Path,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    code: int = 0,
) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
