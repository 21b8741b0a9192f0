# SPDX-License-Identifier: Apache-2.0
"""Where each option is written: the configuration files by group, option and line."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ceilobatch.cmd.base import short

_GROUP = re.compile(r"\[(?P<group>.+)\]")
_OPTION = re.compile(r"([^\s\[=:][^=:]*?)\s*[=:]")
_COMMENT = ("#", ";")
_NAMED = re.compile(r"\[(?P<group>[^\]\s]+)\](?: (?P<option>[A-Za-z_][\w-]*))?")


class Line(NamedTuple):
    """A line that sets an option; ``option`` is empty where the line begins a group."""

    file: str
    number: int
    group: str
    option: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}"


class Written:
    """All lines of the configuration files, in the order in which later ones win.

    :ivar torn: a sentence for each line that is neither a group nor an option.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.torn: list[str] = []
        self.lines: list[Line] = [line for file in files for line in self._read(file)]

    def exact(self, group: str, option: str) -> Line | None:
        """The line that sets an option and counts; with an empty option, that of the group."""
        sought = (group, option.replace("-", "_"))
        return next(
            (line for line in reversed(self.lines) if (line.group, line.option) == sought), None
        )

    def place(self, group: str, option: str = "") -> Line | None:
        """The line that counts, or, where no file sets the option, that of the group."""
        return self.exact(group, option) or self.exact(group, "")

    def located(self, sentence: str) -> str:
        """The sentence behind the place of the option that it begins with, if it does."""
        named = _NAMED.match(sentence)
        line = self.place(named["group"], named["option"] or "") if named else None
        return f"{line}: {sentence}" if line else sentence

    def _read(self, file: str) -> Iterator[Line]:
        try:
            text = Path(file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            # Who loads the configuration tells that.
            return
        group, continuable = "", False
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith(_COMMENT):
                continuable = False
            elif begin := _GROUP.fullmatch(line.rstrip()):
                group, continuable = begin["group"], False
                yield Line(file, number, group, "")
            elif (found := _OPTION.match(line)) and group:
                continuable = True
                yield Line(file, number, group, found[1].replace("-", "_"))
            elif not (continuable and line[0].isspace()):
                self._refuse(file, number, line, group)

    def _refuse(self, file: str, number: int, line: str, group: str) -> None:
        reason = "is neither [group] nor option = value" if group else "stands before any [group]"
        # What is no option may still hold a password.
        self.torn.append(f"{file}, line {number}: {short(line.strip(), 20)!r} {reason}")


def names_option(sentence: str) -> bool:
    """Whether a sentence says which option it is about."""
    return _NAMED.search(sentence) is not None


def files_of(directories: Iterable[str]) -> Iterator[str]:
    """The configuration files of directories, in the order in which they are read."""
    for directory in directories:
        yield from sorted(glob.glob(os.path.join(directory, "*.conf")))
