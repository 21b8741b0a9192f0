# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch ingest``: notifications out of files, through the same batch and handler."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from rich import progress
from rich.console import Console

from ceilobatch import assembly, bus
from ceilobatch.agent import Consumer
from ceilobatch.batch import Outcome
from ceilobatch.cmd.base import Lister, Refused
from ceilobatch.ingest import FileSource
from ceilobatch.slot import slot
from ceilobatch.telemetry.calls import CallRegistry

STANDARD_INPUT = "-"


class Ingest(Lister):
    """Store the notifications of files as the agent would, and tell what became of them.

    A file holds one JSON object a line or one JSON array: the oslo.messaging envelope, the bare
    notification that stands inside, or records of exchange, routing_key and body. While storage
    is away the command waits for it, as the agent does.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The options of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "files",
            nargs="*",
            metavar="FILE",
            default=[STANDARD_INPUT],
            help="file to read; - or none for standard input",
        )
        parser.add_argument(
            "--no-progress", action="store_true", help="no progress bar on a terminal"
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], list[tuple[str, int]]]:
        """Read, handle, count."""
        with contextlib.ExitStack() as stack:
            # The books are kept by name, and two may read files at the same time.
            name = stack.enter_context(slot(self.conf, "ingest"))
            handler = assembly.build_handler(self.conf, CallRegistry(), name)
            stack.callback(handler.parts.close)
            stack.callback(handler.close)
            handler.parts.probe()
            files = [stack.enter_context(_opened(name)) for name in parsed_args.files]
            on_read = stack.enter_context(_bar(files, parsed_args.no_progress))
            consumer = Consumer(
                FileSource(files, on_read), handler, bus.limits(self.conf), handler.parts.probe
            )
            consumer.run()
        figures = consumer.ledger.figures()
        rows = [(outcome.value, figures[outcome.value]) for outcome in Outcome]
        return ("outcome", "messages"), [*rows, ("received", figures["received"])]


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise Refused(f"{name}: {error.strerror}") from None
        yield file


@contextlib.contextmanager
def _bar(files: Sequence[BinaryIO], hidden: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar by bytes, on a terminal only; told what was read."""
    console = Console(stderr=True)
    total = _size(files)
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        disable=hidden or not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("ingest", total=total)
        yield lambda count: bar.advance(task, count)


def _size(files: Sequence[BinaryIO]) -> int | None:
    try:
        return sum(Path(file.name).stat().st_size for file in files)
    except (OSError, TypeError, AttributeError):
        return None
