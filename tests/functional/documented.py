# SPDX-License-Identifier: Apache-2.0
"""Where the commands of the documentation are run: a home, a state and paths of its own."""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ceilobatch.cmd.main import main
from tests.documentation.pages import Statement, words

from .agent_process import PROGRAMS

SECONDS = 60
PASSWORD = "right horse"
DAEMONS = ("ceilobatch-agent", "ceilobatch-api", "ceilobatch-processor")
# What may be run as it stands.
TOOLS = frozenset(
    (
        *("ceilobatch", "ceilobatch-status", "python3"),
        *("cat", "curl", "df", "grep", "ls", "promtool", "rabbitmqctl", "sed", "ss", "wait"),
    )
)
# Amounts that only take time, and what makes curl fail where the service refuses.
SMALLER = (
    (r"--count \d{5,} &", "--count 100 --idle 2 --interval 0.5 --timeout 20 &"),
    # Slowly, so that the report sees the beginning.
    (r"(?m)load --count \d{5,}$", "load --count 100 --rate 25"),
    (r"--count \d{5,}", "--count 100"),
    (r"\bceilobatch demo$", "ceilobatch demo --count 200 --rate 2000"),
    # Nothing is under way here that it could see the end of.
    (r"(perf report --source prometheus \S+)$", r"\1 --interval 0.2 --timeout 1"),
    (r"\bcurl ", "curl -sS --fail-with-body "),
    (r"-u ann\b", f"-u 'ann:{PASSWORD}'"),
    (r"\.venv/bin/ceilobatch", "ceilobatch"),
)


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    output: str

    def as_meant(self, statement: Statement) -> bool:
        """Whether the command may end so.

        A replay of all, of which some cannot be, ends with 1; a report of no work at all with 3.
        """
        text = re.sub(r"--config-file \S+ ", "", statement.text)
        if text.startswith("ceilobatch perf report") and "--count" not in text:
            return self.code == 3
        some = "--reason" in text or not text.startswith("ceilobatch recovery replay --all")
        return self.code in ({0} if some else {0, 1})


class Sandbox:
    """A place for commands.

    :param directory: new; everything is below it.
    :param paths: of the documentation, to the ones here; addresses, too.
    """

    def __init__(self, directory: Path, paths: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.home, self.work = directory / "home", directory / "work"
        self.state, self.etc = directory / "state", directory / "etc"
        for one in (self.home / ".ceilobatch", self.work, self.state, self.etc):
            one.mkdir(parents=True)
        self.paths = {
            "/etc/ceilobatch": str(self.etc),
            "/var/lib/ceilobatch": str(self.state),
            "/opt/ceilobatch": str(directory / "opt"),
            **(paths or {}),
        }
        self.names: dict[str, list[str]] = {}

    def configure(self, text: str) -> None:
        """Write a configuration to every place where the documentation has one."""
        for place in (self.home / ".ceilobatch", self.work, self.etc):
            (place / "ceilobatch.conf").write_text(text)

    def here(self, text: str) -> str:
        """A text of the documentation with the paths and names of this place."""
        for old, new in SMALLER:
            text = re.sub(old, new, text)
        for old, new in self.paths.items():
            text = text.replace(old, new)
        for pattern, names in self.names.items():
            for name in names:
                text = re.sub(pattern, name, text, count=1)
            text = re.sub(pattern, names[-1], text)
        return text

    def run(self, statement: Statement, prelude: str = "") -> Ended:
        """Run a command to its end: our own ones in this process, where no shell is needed."""
        text = self.here(statement.text)
        argv = words(text)
        if statement.plain and argv[0] == "ceilobatch":
            with self._surroundings():
                return call(*argv[1:])
        return self._shell(f"{prelude}{text}")

    def daemon(self, statement: Statement) -> subprocess.Popen[str]:
        """Start a daemon as it is documented."""
        program, *arguments = words(self.here(statement.text))
        with (self.directory / f"{program}.log").open("w") as log:
            return subprocess.Popen(
                [PROGRAMS / program, *arguments],
                cwd=self.work,
                env=self.environment(),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def log(self, program: str) -> str:
        """What a daemon has said."""
        return (self.directory / f"{program}.log").read_text()

    def environment(self) -> dict[str, str]:
        """What a program finds."""
        path = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**os.environ, "HOME": str(self.home), "PATH": path, "COLUMNS": "160"}

    def _shell(self, script: str) -> Ended:
        with subprocess.Popen(
            ["bash", "-euc", script],
            cwd=self.work,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as shell:
            try:
                output, _ = shell.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                return Ended(-1, f"not done after {SECONDS} s: {shell.communicate()[0]}")
        return Ended(shell.returncode, output)

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        before = dict(os.environ)
        with contextlib.chdir(self.work):
            os.environ.update(HOME=str(self.home), COLUMNS="160")
            try:
                yield
            finally:
                os.environ.clear()
                os.environ.update(before)


def call(*arguments: str) -> Ended:
    """Run ``ceilobatch`` in this process."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = main(arguments)
    return Ended(code, output.getvalue())


def copy_of(source: Path, target: Path) -> None:
    """A state as another one was."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def configuration(text: str, **addresses: str) -> str:
    """The first block of a page that is a whole configuration, with real servers in it."""
    found = re.findall(r"\.\. code-block:: ini\n\n((?:[ ]+\S.*\n|\n)+)", text)
    whole = next(textwrap.dedent(one) for one in found if "transport_url" in one)
    whole = re.sub(r"rabbit://\S+", addresses["bus"], whole)
    return re.sub(r"postgresql://\S+", addresses["database"], whole)
