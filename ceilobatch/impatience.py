# SPDX-License-Identifier: Apache-2.0
"""Impatience: a coordinator of tooz that fails at once, so that its user can say so."""

from collections.abc import Callable
from typing import Any

from tooz import coordination


def fail_at_once(coordinator: coordination.CoordinationDriver) -> None:
    """Let nobody but the caller try again.

    The client of Redis repeats by itself for minutes, in which nobody is told that the
    coordination is lost, and sleeps on for seconds when the server is back. tooz hands through no
    option for that; where it has other inner names one day, only this patience comes back.
    """
    make: Callable[..., Any] | None = getattr(coordinator, "_make_client", None)
    if make is None:
        return

    def make_impatient(*args: Any, **options: Any) -> Any:
        client = make(*args, **options)
        if hasattr(client, "set_retry"):
            from redis.backoff import NoBackoff
            from redis.retry import Retry

            client.set_retry(Retry(NoBackoff(), 0))
        return client

    coordinator._make_client = make_impatient  # type: ignore[attr-defined]
