# SPDX-License-Identifier: Apache-2.0
"""FileRecovery: letters as JSON lines in files of one directory, shared by all local processes."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.base import Damage, Options, Recovery
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.audit import audit
from ceilobatch.plugins.recovery.compaction import compact
from ceilobatch.plugins.recovery.index import Index
from ceilobatch.plugins.recovery.journal import Journal
from ceilobatch.plugins.recovery.shelf import Shelf

OPTIONS = [
    cfg.StrOpt(
        "directory",
        default="$state_path/recovery",
        help="Where letters are kept. It is made, accessible to its owner alone, when it is not "
        "there. Letters hold whole notifications, credentials such as _context_auth_token "
        "included: keep it, and its backups, as secret as those.",
    ),
    cfg.IntOpt(
        "max_bytes",
        default=64 * 1024 * 1024,
        min=1,
        max=4 * 1024 * 1024 * 1024,
        help="A file that would grow beyond this many bytes is left as it is and the next one is "
        "begun. What one batch adds is never spread over two files.",
    ),
]


class FileRecovery(Recovery):
    """Keeps letters as JSON lines in files of one directory, synced before add returns.

    The files are ``letters-NNNNNN.jsonl``. One letter is one line (see
    :func:`ceilobatch.plugins.recovery.line.encode`), written as it came and never changed; a
    change of a letter is another line. A message that is redelivered and stopped again is written
    again; reading folds the lines of one letter id into one entry. What somebody changed by hand,
    or a failing disk, is skipped when reading, logged with its place, and found by :meth:`verify`;
    it never hides the lines around it.

    Payloads hold secrets (``_context_auth_token``): the directory has the mode 0700 and the files
    0600. Nothing is masked, because what waits here must be replayable byte for byte.
    """

    options: ClassVar[Options] = (("recovery_file", OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        group = conf.recovery_file
        self._journal = Journal(group.directory, group.max_bytes)
        self._index = Index(self._journal.directory)
        self._shelf = Shelf(self._journal, self._index)

    def add(self, letters: Sequence[Letter]) -> None:
        """Write the letters and sync once for all of them.

        :raises Unavailable: the directory is full, unwritable or gone. Some of the letters may
            have been written; adding them again adds no second entry.
        """
        if letters:
            lines = b"".join(map(line.encode, letters))
            with self._accessed("keep letters"), self._journal.writing() as writer:
                writer.append(lines)

    def entries(self) -> Iterator[Entry]:
        """One entry for each letter, oldest first, each as it is when it is read.

        Memory holds the ids and about a mebibyte of entries. What is added after the first one
        was asked for is not seen; what is removed meanwhile is left out.

        :raises Unavailable: the directory cannot be read.
        """
        with self._accessed("read letters"):
            yield from self._shelf.entries()

    def entry(self, letter_id: str) -> Entry | None:
        """The entry of this id, found through the index, or None.

        :raises Unavailable: the directory cannot be read.
        """
        with self._accessed("read letters"):
            return self._shelf.entry(letter_id)

    def change(self, changes: Sequence[Change]) -> list[bool]:
        """Write the changes whose revision is due and sync once for all of them.

        :raises Unavailable: the directory is full, unwritable or gone. Some of the changes may
            have been written.
        """
        if not changes:
            return []
        with self._accessed("change letters"):
            self._shelf.refresh()
            with self._journal.writing() as writer:
                ids = list(dict.fromkeys(change.letter_id for change in changes))
                taken = _due(changes, self._shelf.revisions(writer, ids))
                lines = [line.encode(one) for one, due in zip(changes, taken, strict=True) if due]
                if lines:
                    writer.append(b"".join(lines))
        return taken

    def remove(self, letter_ids: Sequence[str]) -> int:
        """Erase letters: at one stroke for everybody, then from the disk.

        The files that hold their lines are rewritten one after the other, which needs room for
        one of them and lets others write in between.

        :raises Unavailable: none is erased, or all are and some are still in the files.
        """
        with self._accessed("remove letters"):
            self._shelf.refresh()
            with self._journal.writing() as writer:
                there = self._shelf.present(writer, list(dict.fromkeys(letter_ids)))
                if there:
                    writer.append(line.encode(line.Removal(tuple(there))))
            compact(self._journal, self._index)
        return len(there)

    def verify(self) -> Iterator[Damage]:
        """Every line that is torn, changed, or not in its place, with file, line and byte.

        What a killed process left of a line that it was writing is no damage: whoever writes next
        cuts it off.

        :raises Unavailable: the directory cannot be read.
        """
        with self._accessed("read letters"):
            yield from audit(self._journal)

    def probe(self) -> None:
        """Reserve and release a mebibyte in the directory.

        :raises Unavailable: the directory is full, unwritable or gone.
        """
        with self._accessed("keep letters"):
            self._journal.probe()

    def close(self) -> None:
        """Forget the index, where it is kept in memory."""
        self._index.close()

    @contextlib.contextmanager
    def _accessed(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self._journal.directory
            raise errors.Unavailable(
                f"recovery cannot {purpose}: {where}: {error.strerror or error}"
            ) from error


def _due(changes: Sequence[Change], revisions: dict[str, int]) -> list[bool]:
    """Which changes have the revision that their letter comes to in their turn."""
    reached = Counter(revisions)
    taken = []
    for change in changes:
        due = change.letter_id in revisions and reached[change.letter_id] == change.revision
        reached[change.letter_id] += due
        taken.append(due)
    return taken
