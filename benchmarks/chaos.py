# SPDX-License-Identifier: Apache-2.0
"""Everything is killed and cut in mid-stream; what was sent is compared with what is there.

One process publishes notifications, some of them malformed, some sent twice; the broker confirms
each. Meanwhile, on a schedule that the seed decides, workers and the whole agent are killed
(SIGKILL), the broker and PostgreSQL are restarted or killed, every connection is cut, and the
recovery directory cannot be written to. At the end every message that was published has to be
an event with its samples, or a letter: once. Prints one line of JSON; the exit code is 1 unless
nothing is lost, doubled or unaccounted for.

    python -m benchmarks.chaos --count 20000 --faults 20 --seed 1 --consumer batch
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.chaos_books import (
    Expectations,
    Expected,
    Reckoning,
    letters_of,
    stored_events,
    stored_samples,
)
from benchmarks.chaos_faults import Faults, timeline
from benchmarks.chaos_plan import EXCHANGES, plan
from benchmarks.chaos_watch import PublisherProcess, Watch
from tests.functional.agent_process import PROGRAMS, Agent, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until

BALANCE = ("lost", "events_doubled", "samples_doubled", "unaccounted")
QUEUE = "ceilobatch"


@dataclass(frozen=True, slots=True)
class Options:
    """How much of what.

    :ivar patience: seconds without progress, and without a fault, after which nothing more is
        expected to come.
    """

    count: int
    faults: int
    seed: int
    consumer: str = "batch"
    workers: int = 2
    batch_size: int = 200
    patience: float = 60.0


class Sent(NamedTuple):
    """What is published.

    :ivar expected: for each different message.
    :ivar waypoints: how many events there are when the first 0, 1, 2, ... slots are stored.
    """

    expected: list[Expected]
    waypoints: list[int]
    malformed: int
    twice: int


def prepare(options: Options, expectations: Expectations) -> Sent:
    """Go through the plan once, before the clock runs."""
    expected: list[Expected] = []
    waypoints = [0]
    counts: Counter[str] = Counter()
    for slot in plan(options.count, options.seed):
        counts["twice"] += slot.again
        if not slot.again:
            counts["malformed"] += slot.broken is not None
            expected.append(expectations.of(slot))
        waypoints.append(waypoints[-1] + (expected[-1].event if not slot.again else False))
    return Sent(expected, waypoints, counts["malformed"], counts["twice"])


class Run:
    """One chaos run on servers that are up."""

    def __init__(
        self, options: Options, rabbit: RabbitMQ, postgresql: PostgreSQL, directory: Path
    ) -> None:
        self.options = options
        self.rabbit = rabbit
        self.postgresql = postgresql
        self.url = rabbit.create_vhost()
        self.database = postgresql.create_database()
        self.agent = Agent(directory / "agent", self._settings())
        recovery = directory / "agent" / "state" / "recovery"
        self.faults = Faults(self.agent, rabbit, postgresql, recovery, options.seed)

    def _settings(self) -> dict[str, dict[str, object]]:
        return settings(
            f"{self.url}?amqp_durable_queues=true",
            self.database,
            exchanges=",".join(EXCHANGES),
            workers=self.options.workers,
            batch_size=self.options.batch_size,
            consumer=self.options.consumer,
        )

    def run(self) -> dict[str, Any]:
        """Publish, break, wait, compare; the figures."""
        expectations = Expectations(exact=self.options.consumer == "batch")
        sent = prepare(self.options, expectations)
        self.agent.start()
        wait_until(lambda: self._queue().get("consumers") == self.options.workers)
        with contextlib.ExitStack() as stack:
            publisher = PublisherProcess(self.url, self.options.count, self.options.seed)
            stack.callback(publisher.close)
            watch = Watch(self.database, publisher, sent.waypoints, lambda: self.faults.in_force)
            watch.start()
            stack.callback(watch.close)
            begin = time.monotonic()
            self._break(publisher, len(sent.waypoints) - 1)
            faults_s = time.monotonic() - begin
            drained = self._drain(publisher, watch, sent)
            seconds = time.monotonic() - begin
        exit_code = self.agent.stop()
        reckoning = Reckoning(sent.expected).compare(
            stored_events(self.postgresql, self.database),
            stored_samples(self.postgresql, self.database),
            letters_of(self.agent, expectations),
        )
        report = publisher.report or {"sent": 0, "reconnects": 0}
        figures: dict[str, Any] = {
            **reckoning,
            "ledger_balanced": self._ledger_balanced(),
            "longest_stop_s": round(watch.longest_stop, 1),
            "published": len(sent.expected),
            "sent": report["sent"],
            "malformed": sent.malformed,
            "sent_twice_on_purpose": sent.twice,
            "sent_again_unconfirmed": report["sent"] - len(sent.waypoints) + 1,
            "faults": dict(sorted(self.faults.done.items())),
            "drained": drained,
            "left_in_queue": 0 if drained else sum(self._depth()),
            "faults_s": round(faults_s, 1),
            "seconds": round(seconds, 1),
            "agent_exit_code": exit_code,
            "seed": self.options.seed,
            "consumer": self.options.consumer,
        }
        return figures

    def _break(self, publisher: PublisherProcess, slots: int) -> None:
        """A share of the messages is let go with every fault, and the last with the last."""
        begun = 0
        publisher.grant(slots // (self.options.faults + 1))
        for step in timeline(self.options.faults, self.options.seed):
            time.sleep(step.wait)
            self.faults.act(step)
            if step.begins:
                begun += 1
                publisher.grant(slots * (begun + 1) // (self.options.faults + 1))
        # One more than there are, so that it notices that there are no more.
        publisher.grant(slots + 1)

    def _drain(self, publisher: PublisherProcess, watch: Watch, sent: Sent) -> bool:
        """Wait until nothing waits any more; false where nothing moves any more before that."""
        watch.moved = time.monotonic()
        last = (-1, -1)
        while True:
            time.sleep(0.5)
            if publisher.report is None and publisher.process.poll() not in (None, 0):
                raise SystemExit("the publisher failed")
            if publisher.report is not None and watch.stored >= sent.waypoints[-1]:
                depth = self._depth()
                if depth == (0, 0):
                    return True
                if depth != last:
                    last, watch.moved = depth, time.monotonic()
            if time.monotonic() - watch.moved > self.options.patience:
                return self._depth() == (0, 0)

    def _ledger_balanced(self) -> bool:
        """What the books of the agent say: the command ends with 3 where they do not balance."""
        program = str(PROGRAMS / "ceilobatch")
        command = [program, "--config-file", str(self.agent.file), "ledger", "show"]
        code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        if code not in (0, 3):
            raise SystemExit(f"ceilobatch ledger show ended with {code}")
        return code == 0

    def _queue(self) -> dict[str, int]:
        return self.rabbit.queues(self.url).get(QUEUE, {})

    def _depth(self) -> tuple[int, int]:
        state = self._queue()
        return state["ready"], state["unacknowledged"]

    def close(self) -> None:
        """End what was started."""
        self.agent.kill_all()
        self.rabbit.ensure()
        self.rabbit.delete_vhost(self.url)
        self.postgresql.ensure()
        self.postgresql.drop_database(self.database)


def balanced(figures: dict[str, Any]) -> bool:
    """Whether every message ended as it should, once."""
    ended = figures["drained"] and figures["ledger_balanced"]
    return bool(ended) and not any(figures[name] for name in BALANCE)


def main() -> None:
    """Run once and print."""
    options = _options()
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql, tempfile.TemporaryDirectory() as place:
        run = Run(options, rabbit, postgresql, Path(place))
        try:
            figures = run.run()
        finally:
            run.close()
    print(json.dumps(figures), flush=True)
    sys.exit(0 if balanced(figures) else 1)


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=20000, help="notifications")
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--consumer", choices=["batch", "stock"], default="batch")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=200)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds without progress")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
