# SPDX-License-Identifier: Apache-2.0
"""FileRecovery: letters as JSON lines in files of one directory, shared by all local workers."""

import contextlib
import datetime
import logging
from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.letter import Letter
from ceilobatch.plugins.base import Options, Recovery
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.entry import Entry
from ceilobatch.plugins.recovery.journal import Journal, Place

LOG = logging.getLogger(__name__)

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
        help="A file that would grow beyond this many bytes is left as it is and the next one is "
        "begun. What one batch adds is never spread over two files.",
    ),
]


class Damage(NamedTuple):
    """A line that holds no letter, and why."""

    place: Place
    reason: str


class _Seen:
    """What is remembered of an id while the files are read once through."""

    __slots__ = ("count", "first", "last")

    def __init__(self, first: Place, last: datetime.datetime) -> None:
        self.count = 1
        self.first = first
        self.last = last


class FileRecovery(Recovery):
    """Keeps letters as JSON lines in files of one directory, synced before add returns.

    The files are ``letters-NNNNNN.jsonl``. One letter is one line (see
    :func:`ceilobatch.plugins.recovery.line.encode`), written as it came and never changed. A
    message that is redelivered and stopped again is written again; reading folds the lines of
    one letter id into one letter and counts them. What a crash left of a line, or somebody
    changed, is skipped when reading, logged with its place, and listed by :meth:`damage`; it
    never hides the lines around it.

    Payloads hold secrets (``_context_auth_token``): the directory has the mode 0700 and the files
    0600. Nothing is masked, because what waits here must be replayable byte for byte.
    """

    options: ClassVar[Options] = (("recovery_file", OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        group = conf.recovery_file
        self._journal = Journal(group.directory, group.max_bytes)

    def add(self, letters: Sequence[Letter]) -> None:
        """Write the letters and sync once for all of them.

        :raises Unavailable: the directory is full, unwritable or gone. Some of the letters may
            have been written; adding them again adds no second letter.
        """
        if letters:
            with self._accessed("keep letters"):
                self._journal.append(b"".join(map(line.encode, letters)))

    def letters(self) -> Iterator[Letter]:
        """One letter for each id, as it was recorded first, oldest first.

        What others add after the first one was asked for is not seen. Memory holds the ids, not
        the letters.

        :raises Unavailable: the directory cannot be read.
        """
        return (entry.letter for entry in self.entries())

    def entries(self) -> Iterator[Entry]:
        """As :meth:`letters`, together with how often and when last each was added."""
        with self._accessed("read letters"):
            for letter_id, seen in self._index().items():
                letter = self._letter(seen.first, self._journal.line(seen.first))
                if letter is not None and letter.id == letter_id:
                    yield Entry(letter, seen.count, seen.last)

    def get(self, letter_id: str) -> Letter | None:
        """The letter of this id as it was recorded first, or None.

        :raises Unavailable: the directory cannot be read.
        """
        with self._accessed("read letters"):
            for place, text in self._journal.lines():
                letter = self._letter(place, text)
                if letter is not None and letter.id == letter_id:
                    return letter
        return None

    def damage(self) -> list[Damage]:
        """Every line that holds no letter.

        :raises Unavailable: the directory cannot be read.
        """
        found = []
        with self._accessed("read letters"):
            for place, text in self._journal.lines():
                try:
                    line.decode(text)
                except ValueError as error:
                    found.append(Damage(place, str(error)))
        return found

    def probe(self) -> None:
        """Reserve and release a mebibyte in the directory.

        :raises Unavailable: the directory is full, unwritable or gone.
        """
        with self._accessed("keep letters"):
            self._journal.probe()

    def _index(self) -> dict[str, _Seen]:
        index: dict[str, _Seen] = {}
        for place, text in self._journal.lines():
            letter = self._letter(place, text, report=True)
            if letter is None:
                continue
            seen = index.get(letter.id)
            if seen is None:
                index[letter.id] = _Seen(place, letter.recorded)
            else:
                seen.count += 1
                seen.last = letter.recorded
        return index

    def _letter(self, place: Place, text: bytes, report: bool = False) -> Letter | None:
        try:
            return line.decode(text)
        except ValueError as error:
            if report:
                LOG.warning("Skipped %s: %s.", place, error)
            return None

    @contextlib.contextmanager
    def _accessed(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self._journal.directory
            raise errors.Unavailable(
                f"recovery cannot {purpose}: {where}: {error.strerror or error}"
            ) from error
