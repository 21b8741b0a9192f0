# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery replay``: sends the messages of letters through the handler again."""

import argparse
import contextlib
import dataclasses
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from threading import Event

from oslo_config import cfg

from ceilobatch import assembly, bus, errors
from ceilobatch.batch import Limits
from ceilobatch.cmd import arguments
from ceilobatch.cmd.bar import counting_bar
from ceilobatch.cmd.base import Lister, Refused, printable
from ceilobatch.cmd.handler import add_handler, with_handler
from ceilobatch.cmd.letters import add_choice, chosen, opened, who
from ceilobatch.letter import Entry
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.base import Recovery, StorageCharacteristics
from ceilobatch.recovery.late import LateData
from ceilobatch.recovery.replay import Replay, Replayed
from ceilobatch.recovery.trial import Trial, rehearsal
from ceilobatch.slot import slot
from ceilobatch.telemetry.calls import CallRegistry

NAMES = ("stored", "duplicate", "ignored", "failed", "changed", "left", "events", "samples")
TOLD = 20
LONG = 1e9


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
    figures: Counter[str]
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
        self.figures, self.said = Counter(), []
        with opened(conf) as recovery:
            letters = self._look(conf, recovery, parsed_args)
            work = _rehearsed if parsed_args.dry_run else _replayed
            with work(conf, recovery) as (trial, mark), _interruptible() as stop:
                replay = Replay(
                    trial,
                    mark,
                    who(),
                    _limits(conf, parsed_args.batch_size),
                    rate=parsed_args.rate,
                    stop=stop,
                )
                again = (entry for entry in chosen(recovery, parsed_args) if entry.id in letters)
                self._run(replay, again, len(letters), hidden=parsed_args.no_progress)
        if stop.is_set():
            self.stopped = KeyboardInterrupt()
        self.figures["left"] = len(letters) - self.figures["tried"]
        return ("what", "count"), [(name, self.figures[name]) for name in NAMES]

    def _look(
        self, conf: cfg.ConfigOpts, recovery: Recovery, parsed_args: argparse.Namespace
    ) -> Collection[str]:
        """The ids of the letters.

        :raises Refused: storage would drop some of the messages, and nobody insists.
        """
        late = LateData(_drivers(conf))
        letters = set()
        for entry in chosen(recovery, parsed_args):
            letters.add(entry.id)
            late.look(entry)
        problems = "; ".join(late.problems())
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
        entry, verdict, marked = replayed
        self.figures["tried"] += 1
        self.figures["events"] += verdict.stored.events
        self.figures["samples"] += verdict.stored.samples
        if not marked:
            self.figures["changed"] += 1
            self._say(
                entry,
                "somebody else changed or removed it while it was replayed; in its history there "
                f"is nothing of this: {verdict.result}",
            )
        elif verdict.is_done:
            self.figures[verdict.outcome.value] += 1
        else:
            self.figures["failed"] += 1
            self._say(entry, verdict.result)

    def _say(self, entry: Entry, text: str) -> None:
        self.said.append(f"letter {entry.id}: {printable(text)}")

    def _tell(self) -> None:
        """Say what went wrong with which letters, of many only some."""
        lines = self.said[:TOLD]
        if more := len(self.said) - len(lines):
            lines.append(f"...and {more} others; recovery show tells the history of each")
        self.app.stderr.writelines(f"{line}\n" for line in lines)


@contextlib.contextmanager
def _replayed(
    conf: cfg.ConfigOpts, recovery: Recovery
) -> Iterator[tuple[Trial, Callable[..., list[bool]]]]:
    """The handler of an agent, under a name of its own, and the letters to mark."""
    with slot(conf, "replay") as worker, contextlib.ExitStack() as stack:
        handler = assembly.build_handler(conf, CallRegistry(), worker)
        stack.callback(handler.parts.close)
        stack.callback(handler.close)
        handler.parts.probe()
        recovery.probe()
        yield Trial(handler), recovery.change


@contextlib.contextmanager
def _rehearsed(
    conf: cfg.ConfigOpts, _recovery: Recovery
) -> Iterator[tuple[Trial, Callable[..., list[bool]]]]:
    """The handler without storage, and nothing to mark."""
    trial = rehearsal(conf)
    with contextlib.closing(trial.handler):
        yield trial, lambda changes: [True] * len(changes)


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


def _drivers(conf: cfg.ConfigOpts) -> Iterator[tuple[str, StorageCharacteristics]]:
    for role in assembly.RECORDS:
        for name in conf.storage[role]:
            driver = loader.load(loader.STORAGE, name, f"[storage] {role}")
            own = loader.configured(conf, driver, name)
            with instance.naming(own):
                yield name, driver.declares(own)


def _limits(conf: cfg.ConfigOpts, count: int | None) -> Limits:
    limits = dataclasses.replace(bus.limits(conf), age=LONG)
    return limits if count is None else dataclasses.replace(limits, count=count)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < LONG:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return rate
