# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch demo``: agent and processor on embedded defaults, with a live table."""

import argparse
import contextlib
import datetime
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from oslo_config import cfg
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ceilobatch import assembly, bus, config, demo, worker
from ceilobatch.cmd.base import Command, Refused, printable
from ceilobatch.plugins.storage import sql_query
from ceilobatch.plugins.usage_storage import sql_query as usage_query
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_query import Wanted
from ceilobatch.processor import wishes
from ceilobatch.processor import worker as processor
from ceilobatch.telemetry.calls import CallRegistry

REFRESH = 0.2
PATIENCE = 20.0


class Demo(Command):
    """Run agent and processor on embedded defaults, on a stream of plausible notifications.

    An in-process bus, SQLite and a recovery store in a directory of its own; some of the
    notifications are broken. The processor then makes usage of the samples, in periods of a
    second. Ends by showing what was stored, metered, recovered and used.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The options of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument("--count", type=_positive, default=2000, help="notifications")
        parser.add_argument("--rate", type=_positive, default=500, help="notifications a second")
        parser.add_argument("--broken", type=_share, default=0.02, help="share of broken ones")
        parser.add_argument("--seed", type=int, default=0, help="of the generator")
        parser.add_argument(
            "--state-path",
            metavar="DIRECTORY",
            help="where to keep what is stored (default: a temporary directory, removed at the "
            "end)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Run and show."""
        console = Console()
        with _state(parsed_args.state_path) as path:
            conf = config.load([], [], demo.overrides(path))
            _run(console, conf, parsed_args)
            _process(console, conf)
            _show_results(console, conf)
            if parsed_args.state_path:
                console.print(f"Kept in {path}: see [bold]--config-file[/] and state_path")
        return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{number} is not between 0 and 1")
    return number


@contextlib.contextmanager
def _state(path: str | None) -> Iterator[str]:
    if path is not None:
        yield str(Path(path).absolute())
        return
    directory = tempfile.mkdtemp(prefix="ceilobatch-demo-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(console: Console, conf: cfg.ConfigOpts, options: argparse.Namespace) -> None:
    """Publish and consume until everything has an outcome."""
    (source,) = bus.sources(conf)
    agent = worker.ConsumerThread(conf, "demo", source)
    publisher = demo.Publisher(options.count, options.rate, options.broken, options.seed)
    console.print(
        f"Publishing {options.count} notifications, {options.broken:.0%} of them broken, to an "
        "in-process bus."
    )
    with _quiet(), Live(console=console, auto_refresh=False) as live:
        agent.start()
        publisher.start()
        try:
            _watch(live, agent, publisher)
        finally:
            publisher.stop()
            publisher.join()
            agent.stop()
            agent.join()
        live.update(_progress(agent, publisher), refresh=True)
    for failure in (publisher.failure, agent.failure):
        if failure is not None:
            raise failure


def _watch(live: Live, agent: worker.ConsumerThread, publisher: demo.Publisher) -> None:
    """Show the figures until everything has an outcome.

    :raises Refused: no outcome was added for a long time.
    """
    settled, since = 0, time.monotonic()
    while agent.is_alive() and (publisher.is_alive() or settled < publisher.published):
        live.update(_progress(agent, publisher), refresh=True)
        time.sleep(REFRESH)
        if _settled(agent) != settled or publisher.is_alive():
            settled, since = _settled(agent), time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise Refused(f"{publisher.published - settled} notifications have no outcome")


def _process(console: Console, conf: cfg.ConfigOpts) -> None:
    """Run a worker of the processor until every period up to now is stored.

    :raises Refused: it takes too long.
    """
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=demo.PERIOD)
    begin = time.monotonic()
    work = processor.Worker(conf, "demo")
    with _quiet(), wishes.opened(conf) as usage:
        work.start()
        try:
            while not _is_processed(usage, end):
                work.raise_failures()
                if time.monotonic() - begin > 3 * PATIENCE:
                    raise Refused("the samples are not processed in time")
                time.sleep(REFRESH)
        finally:
            work.stop()
        count = len(usage.states())
    console.print(f"Processed {work.figures()['stored']} periods of {count} scopes.")


def _is_processed(usage: SqlUsage, end: datetime.datetime) -> bool:
    states = usage.states()
    return bool(states) and all(
        state.last_processed + datetime.timedelta(seconds=demo.PERIOD) >= end for state in states
    )


def _settled(agent: worker.ConsumerThread) -> int:
    figures = agent.figures()
    return figures.get("received", 0) - figures.get("in_flight", 0) - figures.get("requeued", 0)


def _progress(agent: worker.ConsumerThread, publisher: demo.Publisher) -> Table:
    table = Table(title="Notifications")
    figures = {"published": publisher.published, **agent.figures()}
    for name in figures:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_row(*(str(count) for count in figures.values()))
    return table


def _show_results(console: Console, conf: cfg.ConfigOpts) -> None:
    events = Table("event type", "events", title="Stored events (ten most frequent types)")
    for event_type, count in sql_query.count_events(conf)[:10]:
        events.add_row(printable(event_type), str(count))
    samples = Table("meter", "unit", "samples", "sum", title="Stored samples")
    for name, unit, count, total in sql_query.sum_samples(conf):
        samples.add_row(printable(name), printable(unit), str(count), f"{total:g}")
    console.print(events, samples, _letters(conf), _usage(conf))


def _letters(conf: cfg.ConfigOpts) -> Table:
    table = Table("stage", "reason", "letters", title="In recovery")
    counts: dict[tuple[str, str], int] = {}
    recovery = assembly.build_recovery(conf, CallRegistry())
    for entry in recovery.entries():
        key = (entry.letter.stage.value, entry.letter.reason)
        counts[key] = counts.get(key, 0) + 1
    recovery.close()
    for (stage, reason), count in sorted(counts.items()):
        table.add_row(stage, printable(reason), str(count))
    return table


def _usage(conf: cfg.ConfigOpts) -> Table:
    table = Table("metric", "unit", "scopes", "sum", title="Usage")
    keys = ("metric", "scope")
    with wishes.opened(conf) as usage:
        sums = usage.read(lambda connection: usage_query.sums(connection, Wanted(), keys))
    totals: dict[tuple[str, str], list[Decimal]] = {}
    for (metric, _), unit, total, _ in sums:
        totals.setdefault((metric, unit), []).append(total)
    for (metric, unit), quantities in sorted(totals.items()):
        text = f"{sum(quantities):.10g}"
        table.add_row(printable(metric), printable(unit), str(len(quantities)), text)
    return table


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Only errors are logged while the live table is shown."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
