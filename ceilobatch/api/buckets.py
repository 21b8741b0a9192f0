# SPDX-License-Identifier: Apache-2.0
"""Token buckets for very many keys in bounded memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# Keys that are remembered; those not seen for the longest time are forgotten first.
MOST_KEYS = 10_000


class Buckets:
    """A bucket of tokens for each key, full at first.

    :param rate: tokens that come each second.
    :param burst: tokens that a bucket holds.
    :param clock: seconds.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._most_keys = most_keys
        self._clock = clock
        # Tokens left, and when they were.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> float:
        """Take a token; seconds to wait where there is none, 0 where there was one."""
        with self._lock:
            tokens = self._tokens(key)
            wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / self._rate
            self._put(key, tokens if wait else tokens - 1.0)
            return wait

    def give_back(self, key: str) -> None:
        """Undo a taking."""
        with self._lock:
            self._put(key, min(self._tokens(key) + 1.0, self._burst))

    def _tokens(self, key: str) -> float:
        tokens, then = self._buckets.get(key, (float(self._burst), self._clock()))
        return min(tokens + (self._clock() - then) * self._rate, self._burst)

    def _put(self, key: str, tokens: float) -> None:
        self._buckets[key] = (tokens, self._clock())
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
