# SPDX-License-Identifier: Apache-2.0
"""Compaction: rewrites the files of the journal without what was erased.

A removal is a line, too: once it is on disk its letters are gone at one stroke, however many files
their lines stand in. Then the files are rewritten, oldest first, each under the lock and all or
nothing; the removal goes with the last one. Who is killed in between leaves a journal that says
the same, and the next removal ends what was begun. Between two files others may write.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.folder import File
from ceilobatch.plugins.recovery.index import Index
from ceilobatch.plugins.recovery.index_table import REMOVAL, Row, Stale, text_of
from ceilobatch.plugins.recovery.journal import Journal
from ceilobatch.plugins.recovery.scan import Lines

_PART = 1 << 20


def compact(journal: Journal, index: Index) -> None:
    """Rewrite every file that holds lines which are erased.

    :raises OSError: a file cannot be rewritten; what is erased stays so.
    """
    while _compact_oldest(journal, index):
        with journal.reading() as files:
            pass
        index.refresh(files)  # without the lock: the rewritten file is read for it once


def _compact_oldest(journal: Journal, index: Index) -> bool:
    with journal.writing() as writer:
        files = writer.files()
        rows = index.ask(files, lambda table: list(_checked(files, table.erased())))
        for file in files:
            if rows and file.number == rows[0].number:
                writer.replace(file, _remaining(file, rows))
        return bool(rows)


def _checked(files: list[File], erased: Sequence[tuple[str, Row]]) -> Iterator[Row]:
    """The rows, each once, after a look at whether the lines are what the index says."""
    seen: set[int] = set()
    with Lines(files) as lines:
        for letter, row in erased:
            if row.offset in seen:
                continue
            seen.add(row.offset)
            try:
                record = line.decode(lines.read(row.number, row.offset, row.length))
            except (KeyError, ValueError) as error:
                raise Stale(str(error)) from error
            removal = isinstance(record, line.Removal)
            if removal != (row.kind == REMOVAL) or not _is_of(record, letter):
                raise Stale(f"the letter {letter} is not at its place")
            yield row


def _is_of(record: line.Record, letter: str) -> bool:
    return isinstance(record, line.Removal) or text_of(line.subject(record)) == letter


def _remaining(file: File, rows: Sequence[Row]) -> Iterator[bytes]:
    """What a file holds without some of its lines, in parts."""
    with open(file.path, "rb") as opened:
        position = 0
        for row in [*rows, None]:
            end = row.offset if row else file.size
            opened.seek(position)
            while position < end and (part := opened.read(min(_PART, end - position))):
                position += len(part)
                yield part
            if row:
                position = end + row.length + _has_lost_end(opened, end + row.length)


def _has_lost_end(opened: BinaryIO, position: int) -> bool:
    """Whether the newline at a place was put there by whoever wrote behind a line without one."""
    opened.seek(position - 1)
    around = opened.read(2)
    return around[:1] != b"\n" and around[1:] == b"\n"
