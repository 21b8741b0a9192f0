# SPDX-License-Identifier: Apache-2.0
"""Everything is killed while scopes catch up; what is stored is compared with what has to be.

Two daemons with two workers each retrieve from the collector ``fixed``, of whose requests 5 %
fail and 1 % are not answered. Meanwhile, on a schedule that the seed decides, workers and daemons
are killed (SIGKILL) and workers frozen until others have taken over, Redis and PostgreSQL are
stopped, killed or frozen, scopes are set back and spans ordered to be processed again. At the end
every (scope, period, metric, group) has to be there once, with the value of the formula. Prints
one line of JSON; the exit code is 1 unless nothing is missing, doubled or wrong.

    python -m benchmarks.processor_chaos --scopes 50 --periods 100 --metrics 5 --faults 40 --seed 1
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos_faults import timeline
from benchmarks.processor_faults import AT_ONCE, LASTING, Faults, Orders
from benchmarks.processor_watch import ProgressWatch
from tests.functional.processor_process import Processor
from tests.functional.processor_scene import ProcessorScene
from tests.functional.servers import PostgreSQL, Redis
from tests.functional.usage_formula import KINDS

WRONG = ("missing", "doubled", "wrong")
# Seconds on average between two faults, and threads of all workers that retrieve.
MEAN_GAP = 1.35
THREADS = 16
FAILURES, HANGS = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class Options:
    """How much of what.

    :ivar patience: seconds without movement, after the last fault, after which nothing more is
        expected.
    """

    scopes: int = 50
    periods: int = 100
    metrics: int = 5
    faults: int = 40
    seed: int = 1
    points: int = 2
    patience: float = 90.0

    @property
    def latency(self) -> float:
        """Seconds a request, so that there is something to do as long as there are faults."""
        requests = self.scopes * self.periods * self.metrics
        seconds = self.faults * MEAN_GAP * THREADS / requests
        return max(0.0, round(seconds - HANGS, 4))


class Run:
    """One chaos run on servers that are up."""

    def __init__(
        self, options: Options, postgresql: PostgreSQL, redis: Redis, directory: Path
    ) -> None:
        self.options = options
        self.scene = ProcessorScene(
            directory,
            postgresql,
            scopes=options.scopes,
            periods=options.periods,
            metrics=options.metrics,
            points=options.points,
        )
        self.processors = [self._processor(name, redis) for name in ("here", "there")]
        self.faults = Faults(self.processors, self.scene, redis, options.seed)

    def _processor(self, name: str, redis: Redis) -> Processor:
        return self.scene.processor(
            name,
            collector={"latency": self.options.latency, "failures": FAILURES, "hangs": HANGS},
            coordination={"url": redis.url},
            max_threads=THREADS // 4,
            request_timeout=1,
        )

    def run(self) -> dict[str, Any]:
        """Process, break, wait, compare; the figures."""
        for processor in self.processors:
            processor.start()
        self.scene.wait_for_usage()
        with contextlib.ExitStack() as stack:
            watch = ProgressWatch(
                *(self.scene.url, self.options.scopes, self.scene.end),
                lambda: self.faults.in_force,
            )
            watch.start()
            stack.callback(watch.close)
            orders = Orders(self.scene, self.options.seed)
            stack.callback(orders.close)
            begin = time.monotonic()
            for step in timeline(self.options.faults, self.options.seed, AT_ONCE, LASTING):
                time.sleep(step.wait)
                self.faults.act(step)
                orders.act()
            faults_s = time.monotonic() - begin
            drained = self._drain(watch)
            seconds = time.monotonic() - begin
        codes = [processor.stop() for processor in self.processors]
        return {
            **self.scene.differences(),
            "longest_stop_s": round(watch.longest_stop, 1),
            "seconds": round(seconds, 1),
            "faults_s": round(faults_s, 1),
            "drained": drained,
            "faults": dict(sorted(self.faults.done.items())),
            "resets": orders.resets,
            "reprocessings": orders.placed,
            "tracebacks": sum(processor.logged("Traceback") for processor in self.processors),
            "exit_codes": codes,
            "usages": self.scene.count("scope_usage"),
            "latency": self.options.latency,
            "seed": self.options.seed,
        }

    def _drain(self, watch: ProgressWatch) -> bool:
        """Wait until all is done; false where nothing moves any more before that."""
        watch.moved = time.monotonic()
        while not watch.done:
            time.sleep(0.1)
            if time.monotonic() - watch.moved > self.options.patience:
                return False
        return True

    def close(self) -> None:
        """End what was started."""
        self.scene.close()


def is_right(figures: dict[str, Any]) -> bool:
    """Whether every usage is there once, with the right value, and nobody fell over."""
    ended = figures["drained"] and not figures["tracebacks"] and not any(figures["exit_codes"])
    return bool(ended) and not any(figures[name] for name in WRONG)


def main() -> None:
    """Run once and print."""
    options, logs = _options()
    with PostgreSQL() as postgresql, Redis() as redis, tempfile.TemporaryDirectory() as place:
        run = Run(options, postgresql, redis, logs or Path(place))
        try:
            figures = run.run()
        finally:
            run.close()
    print(json.dumps(figures), flush=True)
    sys.exit(0 if is_right(figures) else 1)


def _options() -> tuple[Options, Path | None]:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("scopes", "periods", "metrics", "faults", "seed", "points"):
        default = getattr(Options(), name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    parser.add_argument("--patience", type=float, default=90.0, help="seconds without movement")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="for logs, which stay")
    values = vars(parser.parse_args())
    keep = values.pop("keep")
    if values["metrics"] > len(KINDS):
        parser.error(f"--metrics: there are {len(KINDS)}")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    return Options(**values), keep


if __name__ == "__main__":
    main()
