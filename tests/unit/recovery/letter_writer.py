# SPDX-License-Identifier: Apache-2.0
"""Letters for the tests, and a program that adds them and says after each call what is kept."""

import datetime
import os
import sys
from typing import Any

from oslo_config import cfg

from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Recovery
from ceilobatch.plugins.recovery.file import FileRecovery

RECORDED = datetime.datetime(2024, 5, 17, 12, 30, tzinfo=datetime.UTC)


def open_recovery(directory: str, max_bytes: int = 1 << 20) -> FileRecovery:
    conf = cfg.ConfigOpts()
    loader.register_options(conf, FileRecovery)
    conf([], default_config_files=[], default_config_dirs=[])
    conf.set_override("directory", directory, "recovery_file")
    conf.set_override("max_bytes", max_bytes, "recovery_file")
    return FileRecovery(conf)


def letter(body: bytes = b"{}", **fields: Any) -> Letter:
    wanted: dict[str, Any] = {
        "stage": Stage.DECODE,
        "error": "Malformed",
        "reason": "the body is empty",
        "recorded": RECORDED,
    }
    return Letter(body, **{**wanted, **fields})


def bodies(recovery: Recovery) -> list[bytes]:
    return [entry.letter.body for entry in recovery.entries()]


def numbered(writer: str, number: int, size: int) -> Letter:
    return letter(f"{writer}:{number}:".encode() + b"x" * size, worker=writer)


def run(directory: str, writer: str, count: int, size: int, in_one_call: int) -> None:
    recovery = open_recovery(directory)
    for start in range(0, count, in_one_call):
        letters = [numbered(writer, start + i, size) for i in range(in_one_call)]
        recovery.add(letters)
        kept = "".join(f"{one.id}\n" for one in letters)
        os.write(sys.stdout.fileno(), kept.encode())


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
