# SPDX-License-Identifier: Apache-2.0
"""Runs one server program and sees to it that nothing of it outlives whoever asked for it.

Started as a program of its own: ``guard.py OWNER DIRECTORY LOG USER PROGRAM [ARGUMENT...]``.
It prints the process id of the server. When the server ends, what it left behind is killed;
when the process OWNER ends first, however that came, the server is killed and DIRECTORY removed.
"""

import ctypes
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> None:
    """Watch over one run of a server."""
    owner, directory, log, user, *command = arguments
    watched = os.pidfd_open(int(owner))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    with open(log, "ab") as output:
        server = _start(command, user, output)
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    ended = os.pidfd_open(server.pid)
    orphaned = ended not in select.select([watched, ended], [], [])[0]
    _kill_all()
    if orphaned:
        shutil.rmtree(directory, ignore_errors=True)


def _start(command: list[str], user: str, output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
    )


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _kill_all() -> None:
    """Kill every descendant; orphans among them have become children of this process."""
    while True:
        for child in _children():
            os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    own = str(os.getpid())
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[1] == own:
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
