# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a chaos run, and when: a timeline of injections and ends of faults."""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
from typing_extensions import override

from benchmarks.injection import Act, Injector, Step
from tests.functional.agent_process import Agent
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until

AT_ONCE = ("worker_killed", "agent_killed", "connections_cut")
LASTING = ("broker_restarted", "database_restarted", "recovery_unwritable")
GAP = (0.2, 2.5)
HOLD = (0.2, 3.0)


def timeline(
    faults: int,
    seed: int,
    at_once: Sequence[str] = AT_ONCE,
    lasting: Sequence[str] = LASTING,
) -> Iterator[Step]:
    """The steps of so many faults; lasting ones overlap others, but none of their own kind."""
    kinds = (*at_once, *lasting)
    chance = random.Random(f"faults {seed}")
    steps: list[tuple[float, str, bool]] = []
    until = dict.fromkeys(lasting, 0.0)
    # Every kind comes up, and then again, in another order.
    bag: list[str] = []
    now = 0.0
    for _ in range(faults):
        now += chance.uniform(*GAP)
        bag = bag or chance.sample(kinds, len(kinds))
        fault = bag.pop()
        if fault == "connections_cut":
            now = max(now, until["broker_restarted"] + 0.1)
        if fault in until:
            now = max(now, until[fault] + 0.1)
            until[fault] = now + chance.uniform(*HOLD)
            steps.append((until[fault], fault, False))
        steps.append((now, fault, True))
    before = 0.0
    for at, fault, begins in sorted(steps):
        yield Step(at - before, fault, begins)
        before = at


class Faults(Injector):
    """Those of an agent, its broker, its database and its recovery."""

    def __init__(
        self, agent: Agent, rabbit: RabbitMQ, postgresql: PostgreSQL, recovery: Path, seed: int
    ) -> None:
        super().__init__(seed)
        self._agent = agent
        self._rabbit = rabbit
        self._postgresql = postgresql
        self._recovery = recovery

    @override
    def begins(self) -> Mapping[str, Act]:
        return {
            "worker_killed": self._kill_worker,
            "agent_killed": self._kill_agent,
            "connections_cut": self._rabbit.close_connections,
            # Half of the outages are as sudden as a power cut.
            "broker_restarted": self.chance.choice((self._rabbit.stop, self._rabbit.kill)),
            "database_restarted": self.chance.choice(
                (self._postgresql.stop, self._postgresql.kill)
            ),
            "recovery_unwritable": self._block_recovery,
        }

    @property
    @override
    def ends(self) -> Mapping[str, Act]:
        return {
            "broker_restarted": self._rabbit.start,
            "database_restarted": self._postgresql.start,
            "recovery_unwritable": self._unblock_recovery,
        }

    def _unblock_recovery(self) -> None:
        self._recovery.unlink()
        self._aside.rename(self._recovery)

    def _kill_worker(self) -> None:
        wait_until(lambda: running_workers(self._agent), what="a worker to kill")
        self.chance.choice(running_workers(self._agent)).kill()

    def _kill_agent(self) -> None:
        self._agent.kill_all()
        self._agent.start()

    @property
    def _aside(self) -> Path:
        return self._recovery.with_suffix(".aside")

    def _block_recovery(self) -> None:
        """A file in its place cannot be written to by root either."""
        self._recovery.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._recovery.rename(self._aside)
        self._recovery.write_bytes(b"")


def running_workers(agent: Agent) -> list[psutil.Process]:
    """The workers, connected or not: the children of the fork server."""
    assert agent.process is not None
    try:
        children = psutil.Process(agent.process.pid).children()
        return [worker for child in children for worker in child.children()]
    except psutil.NoSuchProcess:
        return []
