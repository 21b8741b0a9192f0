# SPDX-License-Identifier: Apache-2.0
"""Has a person edit a text in the editor of his choice."""

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ceilobatch.cmd.base import Refused

VARIABLES = ("VISUAL", "EDITOR")


def command() -> list[str]:
    """The editor, with its arguments.

    :raises Refused: no variable names one.
    """
    for variable in VARIABLES:
        if text := os.environ.get(variable, "").strip():
            try:
                return shlex.split(text)
            except ValueError as error:
                raise Refused(f"${variable} is not a command line: {error}") from None
    raise Refused("no editor: set $VISUAL or $EDITOR, or correct with --patch or --file")


def edit(text: bytes, name: str) -> bytes:
    """What a person made of a text; the text itself where nothing was saved.

    It is in a file that nobody else can read, in a directory that is removed afterwards with all
    that the editor left in it.

    :param name: of the file.
    :raises Refused: there is no editor, it cannot be started, or it failed.
    """
    editor = command()
    with (
        _ending_by_exception(),
        tempfile.TemporaryDirectory(prefix="ceilobatch-", ignore_cleanup_errors=True) as directory,
    ):
        file = Path(directory) / name
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
        _run([*editor, str(file)])
        try:
            return file.read_bytes()
        except OSError as error:
            raise Refused(f"the edited text cannot be read: {error.strerror}") from None


def _run(arguments: list[str]) -> None:
    # Ctrl-C is for the editor; a handler, unlike SIG_IGN, is not inherited by it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(arguments, check=False).returncode
    except OSError as error:
        raise Refused(f"the editor {arguments[0]!r} cannot be started: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise Refused(f"the editor {arguments[0]!r} ended with {code}; nothing is saved")


@contextlib.contextmanager
def _ending_by_exception() -> Iterator[None]:
    """A lost terminal or SIGTERM ends the program, but not before the file is removed."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
