# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery edit``: corrects the messages of letters, and checks them before."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ceilobatch import errors
from ceilobatch.cmd import editor
from ceilobatch.cmd.base import Command, Refused, printable
from ceilobatch.cmd.handler import add_handler, with_handler
from ceilobatch.cmd.letters import add_choice, chosen, who
from ceilobatch.letter import Change, Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import editing
from ceilobatch.recovery.correction import Draft, Patch, closed
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.trial import rehearsal

STANDARD_INPUT = "-"
TOGETHER = 100


class EditLetter(Command):
    """Correct the message of a letter, in an editor, by a JSON Patch or from a file.

    The editor of $VISUAL or $EDITOR shows the notification without its envelope. What is
    corrected is checked against the definitions, and saved where nothing is wrong with it any
    more; the letter then waits for its replay. The message as it came is kept. The exit code is
    1 where a letter could not be corrected.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the letters and the way."""
        parser = super().get_parser(prog_name)
        add_choice(parser)
        way = parser.add_mutually_exclusive_group()
        way.add_argument(
            "--patch",
            metavar="FILE",
            help="JSON Patch (RFC 6902) for all of the letters; its paths begin at the "
            "notification, such as /payload/size; - is standard input",
        )
        way.add_argument(
            "--file", metavar="FILE", help="the whole new message; - is standard input"
        )
        parser.add_argument("--why", metavar="TEXT", help="for the history of the letter")
        parser.add_argument(
            "--force", action="store_true", help="save although something is still wrong"
        )
        add_handler(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Correct, check and save one after the other."""
        self._args = parsed_args
        if parsed_args.patch is not None:
            self._patch = _patch(parsed_args.patch)
        elif parsed_args.file is None:
            editor.command()
        self._trial = rehearsal(with_handler(self.conf, parsed_args))
        with opened(self.conf) as recovery:
            entries = chosen(recovery, parsed_args)
            if parsed_args.patch is None:
                entries = iter([_only(entries)])
            tally = self._save(recovery, self._changes(entries))
        self.app.stdout.write(f"{tally}\n")
        return 1 if tally.failed else 0

    def _changes(self, entries: Iterable[Entry]) -> Iterator[Change | bool]:
        """The change of each letter; whether all is well where there is none."""
        why = self._args.why or self._way()
        for entry in entries:
            try:
                body = self._corrected(entry)
            except (errors.Malformed, _NotSaved) as error:
                self._tell(entry, str(error))
                yield False
                continue
            yield True if body == entry.body else editing.change(entry, body, who(), why)

    def _corrected(self, entry: Entry) -> bytes:
        """The new message of a letter, or the old one.

        :raises Malformed: it cannot be corrected so.
        :raises _NotSaved: something is still wrong with it.
        """
        if self._args.patch is None and self._args.file is None:
            return self._edited(entry)
        if self._args.file is not None:
            body = closed(_read(self._args.file))
        else:
            body = Draft(entry.body).patched(self._patch)
        if problem := self._problem(entry, body):
            self._insist(entry, problem)
        return body

    def _edited(self, entry: Entry) -> bytes:
        """What a person makes of the message, as often as needed."""
        draft = Draft(entry.body)
        text = draft.text
        while True:
            text = editor.edit(text, f"letter-{entry.id}.json")
            body: bytes | None = None
            try:
                body = draft.corrected(text)
                problem = self._problem(entry, body)
            except errors.Malformed as error:
                problem = str(error)
            if body is not None and (not problem or self._args.force):
                if problem:
                    self._tell(entry, f"{problem}; saved nevertheless")
                return body
            if not self._ask(entry, problem, body is not None) and body is not None:
                return body

    def _ask(self, entry: Entry, problem: str, may_keep: bool) -> bool:
        """Whether to edit again; False stands for keeping.

        :raises _NotSaved: neither.
        """
        if not sys.stdin.isatty():
            raise _NotSaved(f"{problem}; not saved (--force saves it)")
        self._tell(entry, problem)
        keep = ", (k)eep it as it is" if may_keep else ""
        while True:
            self.app.stdout.write(f"(e)dit again{keep}, or (a)bort? ")
            self.app.stdout.flush()
            answer = sys.stdin.readline()
            match answer.strip().lower()[:1]:
                case "e":
                    return True
                case "k" if may_keep:
                    return False
                case "a":
                    raise _NotSaved("not saved")
            if not answer:
                raise _NotSaved("not saved")

    def _problem(self, entry: Entry, body: bytes) -> str:
        """What the handler would still not make of a message."""
        problem, note = editing.judge(self._trial, entry, body)
        if note:
            self._tell(entry, note)
        return problem

    def _insist(self, entry: Entry, problem: str) -> None:
        if not self._args.force:
            raise _NotSaved(f"{problem}; not saved (--force saves it)")
        self._tell(entry, f"{problem}; saved nevertheless")

    def _save(self, recovery: Recovery, found: Iterable[Change | bool]) -> "_Corrections":
        tally = _Corrections()
        waiting: list[Change] = []
        for change in found:
            if isinstance(change, Change):
                waiting.append(change)
            elif change:
                tally.unchanged += 1
            else:
                tally.failed += 1
            if len(waiting) == TOGETHER:
                self._write(recovery, waiting, tally)
                waiting = []
        self._write(recovery, waiting, tally)
        return tally

    def _write(self, recovery: Recovery, changes: Sequence[Change], tally: "_Corrections") -> None:
        for change, taken in zip(changes, recovery.change(changes), strict=True):
            if taken:
                tally.corrected += 1
                continue
            tally.failed += 1
            self.app.stderr.write(f"letter {change.letter_id}: {editing.OVERTAKEN}\n")

    def _tell(self, entry: Entry, text: str) -> None:
        self.app.stderr.write(f"letter {entry.id}: {printable(text)}\n")

    def _way(self) -> str:
        if self._args.patch is not None:
            return f"patch {Path(self._args.patch).name}"
        return "editor" if self._args.file is None else f"file {Path(self._args.file).name}"


class _NotSaved(errors.CeilobatchError):
    """A correction that leaves something wrong; why."""


class _Corrections:
    """What became of the letters."""

    corrected = unchanged = failed = 0

    def __str__(self) -> str:
        numbers = {
            "corrected": self.corrected,
            "unchanged": self.unchanged,
            "not corrected": self.failed,
        }
        told = [f"{number} {what}" for what, number in numbers.items() if number]
        return ", ".join(told) or "there is no such letter"


def _only(entries: Iterable[Entry]) -> Entry:
    found = list(entries)
    if len(found) != 1:
        raise Refused(
            f"only one letter can be corrected so, not {len(found)}; --patch corrects many"
        )
    return found[0]


def _patch(name: str) -> Patch:
    try:
        return Patch(_read(name))
    except ValueError as error:
        raise Refused(f"{name}: this is no JSON Patch: {error}") from None


def _read(name: str) -> bytes:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Refused(f"{name}: {error.strerror}") from None
