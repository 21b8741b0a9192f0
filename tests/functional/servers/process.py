# SPDX-License-Identifier: Apache-2.0
"""Server: one server program on a free port, in a directory of its own, that comes and goes."""

import abc
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

GUARD = pathlib.Path(__file__).with_name("guard.py")
READY_SECONDS = 90.0
STOP_SECONDS = 60.0
HOST = "127.0.0.1"


class ServerError(AssertionError):
    """A server cannot be had; the text says what to install or what it wrote last."""


class Server(abc.ABC):
    """A server for tests: the same port and the same files however often it is started.

    :cvar package: the Debian package of its programs.
    :cvar account: the user that it runs as when the tests run as root; empty means root.
    :ivar directory: where its files are; removed by :meth:`close`.
    """

    package = ""
    account = ""

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"ceilobatch-{self.package}-"))
        self.user = self.account if os.getuid() == 0 else ""
        if self.user:
            self._give(self.directory)
        self._guard: subprocess.Popen[str] | None = None
        self.pid = 0

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the files of an empty server."""

    @abc.abstractmethod
    def command(self) -> Sequence[str]:
        """What to run; it stays in the foreground."""

    @abc.abstractmethod
    def ask(self) -> None:
        """Ask it something only a working server answers; any exception means not yet."""

    def environment(self) -> Mapping[str, str]:
        """What the program needs in its environment besides the usual."""
        return {}

    @property
    def log(self) -> pathlib.Path:
        """What the server wrote to its standard output and error."""
        return self.directory / "output.log"

    @property
    def running(self) -> bool:
        """Whether the process is there, paused or not."""
        return self._guard is not None and self._guard.poll() is None

    def start(self, *, wait: bool = True) -> None:
        """Start it on its port and files, and wait until it answers."""
        assert not self.running, f"{self.package} runs already"
        command = [self.program(self.command()[0]), *self.command()[1:]]
        self._guard = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(GUARD)),
                *(str(os.getpid()), str(self.directory), str(self.log), self.user),
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=self.full_environment(),
            cwd=self.directory,
            start_new_session=True,
            text=True,
        )
        assert self._guard.stdout is not None
        self.pid = int(self._guard.stdout.readline() or 0)
        self._guard.stdout.close()
        if wait:
            self.wait()

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.ask()
            except Exception as error:
                if not self.running:
                    raise ServerError(f"{self.package} has ended: {self.tail()}") from error
                if time.monotonic() > deadline:
                    problem = f"{self.package} does not answer: {error}: {self.tail()}"
                    raise ServerError(problem) from error
                time.sleep(0.05)

    def stop(self) -> None:
        """End it in an orderly way and wait until it is gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL) and wait until it is gone."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze all its processes (SIGSTOP): connections stay open, nothing answers."""
        self._signal_session(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again after :meth:`pause`, and wait until it answers."""
        self._signal_session(signal.SIGCONT)
        self.wait()

    def ensure(self) -> None:
        """Start or resume it if a test left it stopped or paused; wait until it answers."""
        if self.running:
            self.resume()
        else:
            self.start()

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Kill it if it runs, and remove its files."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, *command: str, user: str | None = None) -> str:
        """Run a program of the server's package to its end; its standard output."""
        account = self.user if user is None else user
        done = subprocess.run(
            [self.program(command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env=self.full_environment(),
            check=False,
            user=account or None,
            group=account or None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise ServerError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def program(self, name: str) -> str:
        """The path of a program, searched where distributions hide it, too."""
        places = os.pathsep.join([*self.places(), os.environ.get("PATH", os.defpath)])
        found = shutil.which(name, path=places)
        if found is None:
            raise ServerError(
                f"the program {name} is needed by this test: install the Debian package "
                f"{self.package}"
            )
        return found

    def places(self) -> Sequence[str]:
        """Directories with programs besides those of PATH."""
        return ["/usr/sbin", "/usr/local/sbin"]

    def full_environment(self) -> dict[str, str]:
        """The environment of the server and of its tools."""
        return {**os.environ, "HOME": str(self.directory), **self.environment()}

    def tail(self) -> str:
        """The last lines that the server wrote."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        except OSError:
            return "(it wrote nothing)"

    def _end(self, how: signal.Signals) -> None:
        if self._guard is None:
            return
        if self.running and self.pid:
            self._signal_session(signal.SIGCONT)
            _signal(self.pid, how)
        try:
            self._guard.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(self.pid, signal.SIGKILL)
            self._guard.wait(STOP_SECONDS)
        self._guard = None

    def _signal_session(self, which: signal.Signals) -> None:
        for process in session(self.pid):
            _signal(process, which)

    def _give(self, path: pathlib.Path) -> None:
        try:
            account = pwd.getpwnam(self.user)
        except KeyError:
            raise ServerError(
                f"there is no user {self.user}: install the Debian package {self.package}"
            ) from None
        os.chown(path, account.pw_uid, account.pw_gid)


def session(leader: int) -> list[int]:
    """The processes of a session; a server that makes sessions of its own has their leaders."""
    found = []
    family = {leader}
    for entry in sorted(pathlib.Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, parent, group = int(entry.name), int(fields[1]), int(fields[3])
        if pid in family or parent in family or group in family:
            family.add(pid)
            found.append(pid)
    return found


def free_port() -> int:
    """A port of this host that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Wait until the condition holds; an AssertionError says what did not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what or condition} did not come true in {seconds} s"
        time.sleep(0.02)


def _signal(process: int, which: signal.Signals) -> None:
    try:
        os.kill(process, which)
    except ProcessLookupError:
        return
