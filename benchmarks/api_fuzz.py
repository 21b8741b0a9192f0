# SPDX-License-Identifier: Apache-2.0
"""Fuzzes a running ceilobatch-api from its own document; prints one line of JSON.

    python -m benchmarks.api_fuzz --minutes 5 [--seed 1] [--examples 40]

The real program listens on a port of its own, with letters, events and scopes in SQLite and a
file recovery. Rounds as an administrator and, in between, rounds without a credential, in which
nothing may change and no payload be shown. Ends with exit code 1 at the first answer that is a
failure of the service or not as described; the seed makes it come again.
"""

import argparse
import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import requests

from ceilobatch import config
from ceilobatch.processor.wishes import opened as usage_opened
from ceilobatch.recovery.opening import opened
from tests.api_fuzzing import Fuzz, of_service
from tests.unit.api.v1.world import World, letter, message, text

ADMIN = {"Authorization": f"Basic {b64encode(b'ann:secret').decode()}"}
SHOWN_NOWHERE = ("very-secret", "much3")
STARTS_WITHIN = 60.0


def main() -> None:
    """Fuzz until the time is over; a round that was begun is finished."""
    arguments = _arguments()
    # Ended from outside, it must end the service as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as directory, _service(Path(directory)) as (url, world):
        counts, rounds, failure = _rounds(url, world, arguments)
    answers = {str(status): count for status, count in sorted(counts.items())}
    figures = {"requests": counts.total(), "rounds": rounds, "answers": answers}
    print(json.dumps({**figures, "failing_seed": failure}))
    sys.exit(0 if failure is None else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--examples", type=int, default=40, help="of each operation in a round")
    return parser.parse_args()


@contextlib.contextmanager
def _service(directory: Path) -> Iterator[tuple[str, World]]:
    port = _free_port()
    digest = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (directory / "htpasswd").write_text(f"ann:{digest}\n")
    file = directory / "ceilobatch.conf"
    file.write_text(
        f"[DEFAULT]\nstate_path = {directory}/state\n"
        f"[api]\nport = {port}\nhtpasswd_file = {directory}/htpasswd\nadmin_users = ann\n"
        f"requests_per_second = 0\nfailed_logins_burst = 1000000\n{text(directory)}"
    )
    world = World(config.load([str(file)], []))
    world.handle(message(1), message(2))
    world.process("a")
    command = [sys.executable, "-m", "ceilobatch.cmd.api", "--config-file", str(file)]
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            yield _ready(f"http://127.0.0.1:{port}", process), world
        finally:
            process.terminate()
            process.wait(60)
            failures = (directory / "log").read_text().count("Traceback")
            print(json.dumps({"tracebacks_in_the_log": failures}), file=sys.stderr)


def _rounds(
    url: str, world: World, arguments: argparse.Namespace
) -> tuple[Counter[int], int, int | None]:
    counts: Counter[int] = Counter()
    deadline, number = time.monotonic() + arguments.minutes * 60, arguments.seed
    while time.monotonic() < deadline:
        # New ones each time, for replays and discards settle them.
        known = _known(world.add(letter(3), letter(number + 100, b"\xff"))[0])
        for headers, look in ((ADMIN, lambda _: None), ({}, _see_nothing)):
            before = _state(world)
            fuzz = Fuzz(of_service(url), headers, known, look)
            try:
                fuzz.run(arguments.examples, number)
                assert headers or _state(world) == before, "something changed"
            except BaseException:
                traceback.print_exc()
                return counts + Counter(fuzz.counts), number, number
            counts.update(fuzz.counts)
        number += 1
    return counts, number - arguments.seed, None


def _known(letter_id: str) -> dict[str, str]:
    places = {"letter_id": letter_id, "message_id": "m1", "scope_id": "a"}
    return {**places, "namespace": "storage", "name": "sql"}


def _see_nothing(answer: str) -> None:
    assert not any(one in answer for one in SHOWN_NOWHERE), answer


def _state(world: World) -> Any:
    """All that a request could change."""
    with opened(world.conf) as recovery, usage_opened(world.conf) as storage:
        return list(recovery.entries()), storage.states(), storage.ordered()


def _ready(url: str, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"{url}/v1/openapi.json", timeout=10).raise_for_status()
            return url
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("ceilobatch-api did not start")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


if __name__ == "__main__":
    main()
