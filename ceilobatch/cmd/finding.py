# SPDX-License-Identifier: Apache-2.0
"""Finding: what came of one thing that was checked; and running checks side by side in time."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins import loader

Call = Callable[[], str]
Result = Literal["ok", "warning", "error"]


class Finding(NamedTuple):
    """One row: ``detail`` is what is known of it, or the sentence that says what is wrong."""

    what: str
    result: Result
    detail: str


def examine(what: str, call: Call) -> Iterator[Finding]:
    """Run one check here and now.

    :param call: returns the detail; its exception makes one error a problem.
    """
    yield from _findings(what, _attempt(call))


def examine_together(checks: Iterable[tuple[str, Call]], timeout: float) -> Iterator[Finding]:
    """Run checks each in a thread of its own, and wait for none beyond the time.

    A thread that hangs in a connection attempt cannot be stopped; it is a daemon, so that it does
    not keep the process from ending either.

    :param timeout: seconds for all of them together.
    """
    deadline = time.monotonic() + timeout
    running = [(what, _start(call)) for what, call in checks]
    for what, answer in running:
        try:
            found = answer.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            found = errors.Unavailable(f"no answer within {timeout:g} s")
        yield from _findings(what, found)


def _start(call: Call) -> "queue.SimpleQueue[str | BaseException]":
    answer: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_attempt(call)), daemon=True).start()
    return answer


def _attempt(call: Call) -> str | BaseException:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is the answer)
        return error


def _findings(what: str, found: str | BaseException) -> Iterator[Finding]:
    if isinstance(found, str):
        yield Finding(what, "ok", found)
    elif isinstance(found, errors.ConfigurationError):
        for problem in found.problems:
            yield Finding(what, "error", problem)
    elif isinstance(found, errors.CeilobatchError):
        yield Finding(what, "error", str(found))
    elif isinstance(found, cfg.ConfigFileValueError):
        # Values are looked at by themselves, and this one was told there.
        return
    else:
        yield Finding(what, "error", loader.explain(found))
