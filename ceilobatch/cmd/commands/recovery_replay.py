# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery replay``: sends the messages of letters through the handler again."""

import argparse
import contextlib
import signal
from collections.abc import Collection, Iterable, Iterator, Sequence
from threading import Event

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.cmd import arguments
from ceilobatch.cmd.bar import counting_bar
from ceilobatch.cmd.base import Lister, Refused, printable
from ceilobatch.cmd.handler import add_handler, with_handler
from ceilobatch.cmd.letters import add_choice, chosen, who
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import rerun
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.replay import Replay, Replayed
from ceilobatch.recovery.rerun import Figures

TOLD = 20


class ReplayLetters(Lister):
    """Send the messages of letters through the handler of the agent again, as they stand now.

    What is stored, known already or wanted by no definition settles its letter; what fails
    again leaves it waiting with one more attempt. A message that was metered before is not
    metered again. Without ids only letters that wait are replayed. Whatever ends the command, it
    can be given again.

    The rows: letters by what became of their messages, those that somebody else changed
    meanwhile, those left untried, and the events and samples that were new. The exit code is 0
    only where all letters were replayed.
    """

    stopped: BaseException | None = None
    figures: Figures
    said: list[str]

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the letters and the speed."""
        parser = super().get_parser(prog_name)
        add_choice(parser)
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="decode and convert only, and tell what would become of the messages, as far as "
            "that can be known without storage; nothing is written",
        )
        parser.add_argument(
            "--rate", type=_rate, metavar="NUMBER", help="at most so many messages a second"
        )
        parser.add_argument(
            "--batch-size",
            type=arguments.count,
            metavar="COUNT",
            help="messages in a batch (default: [notification] batch_size)",
        )
        parser.add_argument(
            "--force", action="store_true", help="although a storage driver may drop late data"
        )
        parser.add_argument(
            "--no-progress", action="store_true", help="no progress bar on a terminal"
        )
        add_handler(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print the rows and what went wrong."""
        code = super().run(parsed_args)
        self._tell()
        if isinstance(self.stopped, KeyboardInterrupt):
            raise self.stopped
        if self.stopped is not None:
            raise errors.Unavailable(
                f"{self.stopped}; what was done is marked, {self.figures['left']} letters are left"
            )
        return code or int(any(self.figures[name] for name in ("failed", "changed", "left")))

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], list[tuple[str, int]]]:
        """Find out what there is, then replay it."""
        conf = with_handler(self.conf, parsed_args)
        self.figures, self.said = Figures(), []
        with opened(conf) as recovery:
            letters = self._look(conf, recovery, parsed_args)
            stand = rerun.rehearsed if parsed_args.dry_run else rerun.real
            with stand(conf, recovery) as (trial, mark), _interruptible() as stop:
                replay = Replay(
                    trial,
                    mark,
                    who(),
                    rerun.limits(conf, parsed_args.batch_size),
                    rate=parsed_args.rate,
                    stop=stop,
                )
                again = (entry for entry in chosen(recovery, parsed_args) if entry.id in letters)
                self._run(replay, again, len(letters), hidden=parsed_args.no_progress)
        if stop.is_set():
            self.stopped = KeyboardInterrupt()
        self.figures.close(len(letters))
        return ("what", "count"), self.figures.pairs()

    def _look(
        self, conf: cfg.ConfigOpts, recovery: Recovery, parsed_args: argparse.Namespace
    ) -> Collection[str]:
        """The ids of the letters.

        :raises Refused: storage would drop some of the messages, and nobody insists.
        """
        letters, problems = rerun.look(conf, chosen(recovery, parsed_args))
        if problems and not (parsed_args.force or parsed_args.dry_run):
            raise Refused(f"{problems} (--force replays them)")
        if problems:
            self.app.stderr.write(f"{problems}\n")
        return letters

    def _run(self, replay: Replay, entries: Iterable[Entry], total: int, *, hidden: bool) -> None:
        with counting_bar("replay", total, hidden=hidden) as advance:

            def tell(replayed: Replayed) -> None:
                advance()
                self._count(replayed)

            try:
                replay.run(entries, tell)
            except errors.Unavailable as error:
                self.stopped = error

    def _count(self, replayed: Replayed) -> None:
        if text := self.figures.add(replayed):
            self.said.append(f"letter {replayed.entry.id}: {printable(text)}")

    def _tell(self) -> None:
        """Say what went wrong with which letters, of many only some."""
        lines = self.said[:TOLD]
        if more := len(self.said) - len(lines):
            lines.append(f"...and {more} others; recovery show tells the history of each")
        self.app.stderr.writelines(f"{line}\n" for line in lines)


@contextlib.contextmanager
def _interruptible() -> Iterator[Event]:
    """The first Ctrl-C sets the event, so that the batch in hand is finished; the second ends."""
    stop = Event()

    def interrupt(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < rerun.LONG:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return rate
