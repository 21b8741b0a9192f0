# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch perf report``: watches a service at work and tells how fast it was."""

import argparse
import contextlib
import datetime
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import orjson

from ceilobatch.accounts import books_url
from ceilobatch.cmd import perf_arguments
from ceilobatch.cmd.bar import counting_bar
from ceilobatch.cmd.base import Command, Refused
from ceilobatch.perf import credentials, opened, picture
from ceilobatch.perf.interrupt import interruptible
from ceilobatch.perf.ledger import LedgerSource
from ceilobatch.perf.page import page
from ceilobatch.perf.report import Report, as_data, report
from ceilobatch.perf.sample import Counts
from ceilobatch.perf.source import Names
from ceilobatch.perf.table import table
from ceilobatch.perf.watch import Ending, Goal, Watched, watch
from ceilobatch.perf.web import shown
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.plugins.storage.sql_places import database_of

NOT_DONE = 3
INTERRUPTED = 130
FORMS: Mapping[str, Callable[[Report], str]] = {
    "table": table,
    "json": lambda told: orjson.dumps(as_data(told), option=orjson.OPT_INDENT_2).decode() + "\n",
    "html": page,
}


class ReportPerformance(Command):
    """Watch a service until its work is done, and tell how many requests a second it received
    and completed, and how long they took: in all, for each instance and for each process.

    Asks a Monasca API, a page of metrics of DropWizard or for Prometheus, or the ledger of the
    agents. Everything counts from the first sample on, so begin it before the load. It exits
    with 3, after the report, where the time was over before the work was done.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The options of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--source",
            required=True,
            choices=[*opened.KINDS, opened.LEDGER],
            help="what to ask",
        )
        parser.add_argument(
            "urls",
            nargs="*",
            metavar="URL",
            help="address of the API or page, one for each server; of the database of the ledger "
            "(default: as configured)",
        )
        perf_arguments.add_goal(parser)
        perf_arguments.add_names(parser)
        perf_arguments.add_access(parser)
        perf_arguments.add_output(parser, list(FORMS))
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Watch, tell."""
        for file in (parsed_args.output, parsed_args.png):
            _check_place(file)
        if parsed_args.png:
            picture.check()
        begun = datetime.datetime.now(datetime.UTC)
        source = opened.opened(_wanted(parsed_args), self._books)
        with contextlib.closing(source), _bar(parsed_args) as told, interruptible() as stopped:
            watched = watch(source, _goal(parsed_args), told, stopped)
        if not watched.tally.counts:
            raise Refused(_nothing(parsed_args, watched))
        _write(parsed_args, report(parsed_args.source, begun, watched))
        codes = {Ending.TIMED_OUT: NOT_DONE, Ending.INTERRUPTED: INTERRUPTED}
        return codes.get(watched.ending, 0)

    def _books(self) -> LedgerSource:
        conf = with_database(self.conf)
        return LedgerSource(database_of(conf, "events"), books_url(conf))


def _wanted(parsed: argparse.Namespace) -> opened.Wanted:
    counters = {name: getattr(parsed, name) for name in Counts._fields if getattr(parsed, name)}
    return opened.Wanted(
        parsed.source,
        parsed.urls,
        Names(counters, parsed.time or "", dict(parsed.where)),
        credentials.headers(parsed.header, parsed.token, keystone=parsed.source == "monasca"),
        parsed.answer_timeout,
        parsed.late,
    )


def _goal(parsed: argparse.Namespace) -> Goal:
    idle = parsed.idle
    if idle is None and parsed.count is None:
        idle = perf_arguments.IDLE
    return Goal(parsed.count, idle, parsed.timeout, parsed.interval)


@contextlib.contextmanager
def _bar(parsed: argparse.Namespace) -> Iterator[Callable[[Counts], None]]:
    """A progress bar of the requests that are accounted for."""
    with counting_bar("accounted for", parsed.count, hidden=parsed.no_progress) as advance:
        last = 0

        def told(counts: Counts) -> None:
            nonlocal last
            advance(counts.accounted - last)
            last = counts.accounted

        yield told


def _nothing(parsed: argparse.Namespace, watched: Watched) -> str:
    where = " ".join(map(shown, parsed.urls)) or "the ledger"
    because = f"; the last sample failed: {watched.reason}" if watched.reason else ""
    return f"none of the counters was seen in {where} ({watched.ending.value}){because}"


def _write(parsed: argparse.Namespace, told: Report) -> None:
    form = FORMS[parsed.format]
    if parsed.format == "table" and not parsed.output and sys.stdout.isatty():
        form = functools.partial(table, width=None)
    _save(parsed.output, form(told).encode())
    if parsed.png:
        _save(parsed.png, picture.picture(told))


def _check_place(file: str | None) -> None:
    """:raises Refused: a file could not be written there after all the work."""
    if file is not None and not Path(file).absolute().parent.is_dir():
        raise Refused(f"{file}: there is no directory {Path(file).absolute().parent}")


def _save(file: str | None, content: bytes) -> None:
    """Write to a file, or to standard output.

    :raises Refused: the file cannot be written.
    """
    if file is None:
        sys.stdout.write(content.decode())
        return
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
