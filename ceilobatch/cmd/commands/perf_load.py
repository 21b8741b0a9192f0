# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch perf load``: publishes notifications for a benchmark."""

import argparse
import contextlib
import datetime
import itertools
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from ceilobatch.cmd import arguments
from ceilobatch.cmd.bar import counting_bar
from ceilobatch.cmd.base import Row, ShowOne
from ceilobatch.perf.connect import publisher
from ceilobatch.perf.interrupt import interruptible
from ceilobatch.perf.load import load
from ceilobatch.perf.stream import KINDS, Plan, stream
from ceilobatch.perf.template import EXCHANGE, Template

NOT_ALL = 3
INTERRUPTED = 130
# Of simulated time between two notifications, where no rate says it.
INTERVAL = 0.001
DIGITS = 8


class LoadBus(ShowOne):
    """Publish notifications to a bus, each confirmed by it, and tell how many and how fast.

    The notifications are those of a simulated cloud, or made of templates. A seed gives the same
    ones in the same order, a run their ids: RUN-00000000 and so on. To RabbitMQ they go only
    where a queue wants them, so start the agent once before, and to Kafka in any case. It exits
    with 3 where not all of them lie on the bus. The first Ctrl-C waits for what is under way.
    """

    code = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The options of the command."""
        parser = super().get_parser(prog_name)
        _add_amount(parser)
        _add_content(parser)
        _add_place(parser)
        parser.add_argument(
            "--no-progress", action="store_true", help="no progress bar on a terminal"
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Publish, print, tell by the exit code."""
        return super().run(parsed_args) or self.code

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """Publish and count."""
        plan = _plan(parsed_args)
        parcels = itertools.islice(stream(plan), parsed_args.count)
        with contextlib.ExitStack() as stack:
            bus = publisher(self.conf, parsed_args.transport_url)
            stack.callback(bus.close)
            hidden = parsed_args.no_progress
            advance = stack.enter_context(counting_bar("load", parsed_args.count, hidden=hidden))
            stopped = stack.enter_context(interruptible())
            done = load(parcels, bus, parsed_args.rate, advance, stopped)
        if done.interrupted:
            self.code = INTERRUPTED
        elif done.published < parsed_args.count:
            self.code = NOT_ALL
        rate = round(done.published / done.seconds, 1) if done.seconds else 0.0
        fields = {**done._asdict(), "rate": rate, "run": plan.run, "seed": plan.seed}
        return tuple(fields), tuple(fields.values())


def _add_amount(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--count",
        type=arguments.count,
        default=1000,
        metavar="COUNT",
        help="notifications (default: 1000)",
    )
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="RATE",
        help="notifications a second (default: as many as the bus takes)",
    )


def _add_content(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template",
        action="append",
        default=[],
        dest="templates",
        metavar="FILE",
        help="JSON notification, or record of exchange, routing_key and body, with placeholders "
        "such as ${uuid} and ${int:1:64}; can be repeated (default: the kinds of the package)",
    )
    parser.add_argument(
        "--mix",
        action="append",
        default=[],
        type=_share_of_kind,
        metavar="KIND=WEIGHT",
        help="how often a kind comes; a kind is a template's name without its suffix, or one of "
        f"{', '.join(KINDS)}; can be repeated",
    )
    parser.add_argument(
        "--broken",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="share of broken ones, 0 to 1 (default: 0)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="other ones, in another order (default: 0)"
    )
    parser.add_argument(
        "--run", dest="run_id", metavar="RUN", help="what message ids begin with (default: random)"
    )
    parser.add_argument(
        "--start",
        type=arguments.moment,
        metavar="TIME",
        help="time stamp of the first one: ISO 8601 (UTC where no zone is named), or ago: 2h, 1d "
        "(default: now)",
    )


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--transport-url",
        metavar="URL",
        help="of the bus, rabbit:// or kafka:// (default: that of the configuration)",
    )
    parser.add_argument(
        "--exchange",
        metavar="NAME",
        help="publish all to this exchange (default: each service's own; of templates that name "
        f"none, {EXCHANGE})",
    )
    parser.add_argument(
        "--topic",
        metavar="NAME",
        help="publish all under this topic, before the dot and the priority (default: their own)",
    )


def _plan(parsed: argparse.Namespace) -> Plan:
    seconds = 1 / parsed.rate if parsed.rate else INTERVAL
    return Plan(
        run=parsed.run_id or uuid.uuid4().hex[:DIGITS],
        seed=parsed.seed,
        broken=parsed.broken,
        mix=dict(parsed.mix),
        templates=[Template(Path(file)) for file in parsed.templates],
        start=parsed.start or datetime.datetime.now(datetime.UTC),
        interval=datetime.timedelta(seconds=seconds),
        exchange=parsed.exchange,
        topic=parsed.topic,
    )


def _rate(text: str) -> float:
    return _number(text, "is not a positive number", lambda number: 1e-6 < number < 1e9)


def _share(text: str) -> float:
    return _number(text, "is not between 0 and 1", lambda number: 0 <= number <= 1)


def _share_of_kind(text: str) -> tuple[str, float]:
    kind, sign, weight = text.partition("=")
    if not sign or not kind:
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND=WEIGHT")
    return kind, _number(weight, "is not a weight", lambda number: 0 <= number < 1e9)


def _number(text: str, sentence: str, fits: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not fits(number):
        raise argparse.ArgumentTypeError(f"{text!r} {sentence}")
    return number
