# SPDX-License-Identifier: Apache-2.0
"""The pages of the documentation, and the blocks and commands in them."""

import re
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "doc/source"
LANGUAGES = ("shell", "console", "bash", "sh")
OPERATORS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "(", ")"})
_BLOCK = re.compile(r"^( *)\.\. code-block:: *(\w+)\n((?:\1 +\S.*\n|[ \t]*\n)+)", re.MULTILINE)
_LITERAL = re.compile(r"^( *)(?!\.\. )\S.*::\n\n((?:\1 +\S.*\n|[ \t]*\n)+)", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")


class Block(NamedTuple):
    """A code block.

    :ivar page: relative to the root of the tree.
    :ivar language: ``literal`` where none is named.
    """

    page: str
    line: int
    language: str
    text: str


class Statement(NamedTuple):
    """A command line.

    :ivar text: as it is typed, over several lines where it is continued.
    :ivar words: without operators of the shell, of each program that it runs.
    :ivar plain: it needs no shell: one program, no redirection, no variable.
    """

    block: Block
    text: str
    words: tuple[tuple[str, ...], ...]
    plain: bool

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.block.page}:{self.block.line}: {self.text}"


def pages() -> list[Path]:
    """Every page that is written by hand."""
    others = [ROOT / "README.rst", ROOT / "CONTRIBUTING.rst"]
    return [*others, *sorted(SOURCE.rglob("*.rst"))]


def text() -> str:
    """All pages in one."""
    return "\n".join(page.read_text() for page in pages())


def blocks(*languages: str) -> Iterator[Block]:
    """All blocks in these languages, in the order of the pages."""
    for page in pages():
        written, name = page.read_text() + "\n", str(page.relative_to(ROOT))
        for found in _BLOCK.finditer(written):
            if found[2] in languages:
                yield Block(name, _line(written, found), found[2], _dedented(found[3]))
        for found in _LITERAL.finditer(written) if "literal" in languages else ():
            yield Block(name, _line(written, found), "literal", _dedented(found[2]))


def statements(block: Block) -> list[Statement]:
    """The commands of a block; what a session shows as output is left out."""
    lines = block.text.splitlines()
    session = any(line.startswith("$ ") for line in lines)
    found, begun = [], ""
    for line in lines:
        if not begun and session and not line.startswith("$ "):
            continue
        begun += line.removeprefix("$ ") if not begun and session else line
        if begun.endswith("\\") or not _complete(begun):
            begun += "\n"
            continue
        if begun.strip():
            found += [_statement(block, one) for one in _separate(begun)]
        begun = ""
    assert not begun, f"{block.page}:{block.line}: a command does not end: {begun}"
    return found


def words(text: str) -> list[str]:
    """A command line as a shell takes it apart, operators included."""
    lexer = shlex.shlex(text.replace("\\\n", ""), posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    return list(lexer)


def _complete(text: str) -> bool:
    try:
        words(text)
    except ValueError:
        return False
    return True


def _separate(text: str) -> list[str]:
    """One text for each command that another one waits for."""
    return re.split(r"\s+&&\s+", text) if "'" not in text and '"' not in text else [text]


def _statement(block: Block, text: str) -> Statement:
    programs: list[list[str]] = [[]]
    operators = 0
    for word in words(text):
        if word not in OPERATORS:
            programs[-1].append(word)
            continue
        operators += 1
        if word not in (">", ">>", "<"):
            programs.append([])
    kept = tuple(tuple(one) for one in map(_program, programs) if one)
    plain = not operators and len(kept) == 1 and "$" not in text and kept[0] == tuple(words(text))
    return Statement(block, text, kept, plain)


def _program(found: Sequence[str]) -> list[str]:
    """Without variables that are set for it."""
    rest = list(found)
    while rest and _ASSIGNMENT.match(rest[0]):
        del rest[0]
    return rest


def _line(written: str, found: re.Match[str]) -> int:
    return written.count("\n", 0, found.start()) + 1


def _dedented(text: str) -> str:
    return textwrap.dedent(text).strip("\n")
