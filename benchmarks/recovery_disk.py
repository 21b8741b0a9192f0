# SPDX-License-Identifier: Apache-2.0
"""The file system of the letters is full, and has room again."""

import contextlib
import datetime
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.recovery_place import Place
from ceilobatch.testing.notifications import BrokenKind
from tests.functional.letter_scene import Scene, broken_messages, reckon
from tests.functional.servers import wait_until

COUNT = 1500
RATE = 100
KINDS = (None, BrokenKind.PAYLOAD_LIST, None, BrokenKind.NUL_IN_TEXT)
BLOCK = 4096
CLOSED = "closed, consuming stops"
FULL_SECONDS = 5
LOOKS = 3


def disk(place: Place, workers: int) -> dict[str, Any]:
    """Fill it in mid-stream, free it, and count."""
    directory = place.directory / "small"
    directory.mkdir()
    try:
        with _mounted(directory):
            return {"workers": workers, **_filled(place, directory, workers)}
    except PermissionError as error:
        return {"workers": workers, "not_shown": str(error)}


@contextlib.contextmanager
def _mounted(directory: Path) -> Iterator[None]:
    options = ("-t", "tmpfs", "-o", "size=4m", "tmpfs")
    done = subprocess.run(["mount", *options, directory], capture_output=True, check=False)
    if done.returncode:
        raise PermissionError(
            "a small file system cannot be mounted by this user here: run it as root, in a "
            f"container with the capability SYS_ADMIN ({done.stderr.decode().strip()})"
        )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def _filled(place: Place, directory: Path, workers: int) -> dict[str, Any]:
    scene = place.scene(
        "file",
        changes={"recovery_file": {"directory": directory / "recovery"}},
        workers=workers,
        batch_size=20,
        batch_timeout=0.2,
    )
    messages = broken_messages(COUNT, place.seed, KINDS)
    broken = [one.body for one in messages if one.broken]
    scene.start()
    publisher = scene.publish_slowly([one.body for one in messages], RATE)
    wait_until(lambda: len(scene.entries()) > 50, what="50 letters")
    full = _fill(directory / "ballast")
    wait_until(lambda: scene.agent.logged(CLOSED) == workers, 30, "every gate to close")
    closed = _logged_at(scene, CLOSED)
    wait_until(lambda: scene.depth()[1] == 0, what="no consumers")
    nobody = time.time()
    while_closed = _remain_closed(scene, full + FULL_SECONDS)
    (directory / "ballast").unlink()
    freed = time.time()
    wait_until(lambda: scene.agent.logged("open again after") == workers, 60, "the gates to open")
    opened = _logged_at(scene, "open again after")
    publisher.join()
    scene.wait_until_drained()
    scene.stop()
    return {
        "full_to_first_gate_closed_s": round(closed[0] - full, 2),
        "full_to_last_gate_closed_s": round(closed[-1] - full, 2),
        "full_to_no_consumers_s": round(nobody - full, 2),
        **while_closed,
        "times_the_reason_is_in_the_log": scene.agent.logged("No space left"),
        "lines_with_error_or_traceback": scene.agent.logged(" ERROR ")
        + scene.agent.logged("Traceback"),
        "freed_to_gates_open_s": [round(moment - freed, 2) for moment in opened],
        "sent": COUNT,
        "events": scene.stored.count("event"),
        "sound_messages": COUNT - len(broken),
        "messages_with_doubled_samples": scene.doubled(),
        **reckon(broken, scene.entries()),
        "verify_clean": scene.is_sound(),
        "ledger_balanced": scene.is_balanced(),
    }


def _remain_closed(scene: Scene, until: float) -> dict[str, Any]:
    """Look at the queue until then, and once at the letters."""
    listed = scene.rows("recovery", "list")
    consumers = unacknowledged = looks = 0
    while looks < LOOKS or time.time() < until:
        state = scene.queue()
        looks += 1
        consumers = max(consumers, state["consumers"])
        unacknowledged = max(unacknowledged, state["unacknowledged"])
    return {
        "looks_at_the_queue_while_closed": looks,
        "consumers_while_closed": consumers,
        "unacknowledged_while_closed": unacknowledged,
        "waiting_in_the_broker": scene.queue()["ready"],
        "letters_listed_while_full": len(listed),
    }


def _fill(ballast: Path) -> float:
    """Take all the room; when that was done, as seconds since the epoch."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * BLOCK)
    return time.time()


def _logged_at(scene: Scene, text: str) -> list[float]:
    """When each line with a text was logged."""
    lines = [line for line in scene.agent.read_log().splitlines() if text in line]
    return sorted(datetime.datetime.fromisoformat(line[:23]).timestamp() for line in lines)
