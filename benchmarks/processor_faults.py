# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a chaos run of the processor, and what persons order meanwhile."""

import datetime
import os
import random
import signal
from collections.abc import Mapping, Sequence

from typing_extensions import override

from benchmarks.injection import Act, Injector
from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from tests.functional.processor_process import Processor
from tests.functional.processor_scene import ProcessorScene
from tests.functional.servers import Redis, wait_until
from tests.functional.usage_formula import HOUR

AT_ONCE = ("worker_killed", "daemon_killed")
# Of the moments at which something is ordered.
SHARE_OF_RESETS = 0.3
LASTING = ("redis_restarted", "database_restarted", "redis_paused", "worker_paused")


class Faults(Injector):
    """Those of processors, their database and their coordination."""

    def __init__(
        self, processors: Sequence[Processor], scene: ProcessorScene, redis: Redis, seed: int
    ) -> None:
        super().__init__(seed)
        self._processors = processors
        self._server = scene.server
        self._redis = redis
        self._paused = 0

    @override
    def begins(self) -> Mapping[str, Act]:
        return {
            "worker_killed": self._kill_worker,
            "daemon_killed": self._kill_daemon,
            # Half of the outages are as sudden as a power cut.
            "redis_restarted": self.chance.choice((self._redis.stop, self._redis.kill)),
            "database_restarted": self.chance.choice((self._server.stop, self._server.kill)),
            "redis_paused": self._redis.pause,
            "worker_paused": self._pause_worker,
        }

    @property
    @override
    def ends(self) -> Mapping[str, Act]:
        return {
            "redis_restarted": self._redis.ensure,
            "database_restarted": self._server.start,
            "redis_paused": self._wake_redis,
            "worker_paused": lambda: _signal(self._paused, signal.SIGCONT),
        }

    def _wake_redis(self) -> None:
        if "redis_restarted" not in self.active:
            self._redis.ensure()

    def _kill_worker(self) -> None:
        _signal(self._worker(), signal.SIGKILL)

    def _pause_worker(self) -> None:
        """It goes on later with what it has in hand, when others have its scopes."""
        self._paused = self._worker()
        _signal(self._paused, signal.SIGSTOP)

    def _worker(self) -> int:
        victim = self.chance.choice(self._processors)
        wait_until(victim.running_workers, what="a worker")
        return self.chance.choice(victim.running_workers())

    def _kill_daemon(self) -> None:
        victim = self.chance.choice(self._processors)
        # Workers that have lost their daemon end by themselves, beside those of the next one.
        self.chance.choice((victim.kill, victim.kill_all))()
        victim.start()


class Orders:
    """Sets scopes back and has spans processed again, so that all workers stay busy.

    :ivar resets: how many scopes were set back.
    :ivar placed: how many reprocessings were ordered.
    """

    def __init__(self, scene: ProcessorScene, seed: int) -> None:
        self.resets = self.placed = 0
        self._scene = scene
        self._chance = random.Random(f"orders {seed}")
        conf = config.load([str(scene.processors[0].file)])
        loader.register_options(conf, SqlUsage)
        self._storage = SqlUsage(conf)

    def act(self) -> None:
        """Order something, unless the database is away."""
        try:
            self._act()
        except (errors.Unavailable, Conflict):
            return

    def close(self) -> None:
        """Close the connection."""
        self._storage.close()

    def _act(self) -> None:
        states = self._storage.states()
        ahead = [state for state in states if state.last_processed > self._scene.begin]
        if not ahead:
            return
        scope, there, *_ = self._chance.choice(ahead)
        begin = there - self._chance.randint(1, self._hours(self._scene.begin, there)) * HOUR
        self._storage.order(scope, begin, there, "chaos")
        self.placed += 1
        left = sum(self._hours(state.last_processed, self._scene.end) for state in states)
        all_of_them = len(states) * self._hours(self._scene.begin, self._scene.end)
        # Many where the workers would soon have nothing to do, else some now and then.
        many = left < all_of_them / 4
        for state in self._chance.sample(ahead, 1 + (len(ahead) // 4 if many else 0)):
            if many or self._chance.random() < SHARE_OF_RESETS:
                hours = self._chance.randint(
                    1, self._hours(self._scene.begin, state.last_processed)
                )
                self._storage.reset(state.scope, state.last_processed - hours * HOUR)
                self.resets += 1

    @staticmethod
    def _hours(begin: datetime.datetime, end: datetime.datetime) -> int:
        return (end - begin) // HOUR


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended with its daemon
