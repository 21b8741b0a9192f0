# SPDX-License-Identifier: Apache-2.0
"""``/v1/workers``: what the workers of this host tell of themselves."""

import datetime
import time
from collections.abc import Mapping
from typing import Any, cast

import falcon
from oslo_config import cfg

from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.health import judge
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import parameters
from ceilobatch.api.v1.paging import page
from ceilobatch.telemetry.levels import Level, Series, series
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import SpreadFigures

_NANOSECONDS = 1_000_000_000
_OF_WORKER = frozenset({"service", "hostname", "pool", "process"})


def add_routes(app: App, context: Context) -> None:
    """Answer it."""
    app.add_route("/v1/workers", Workers(context))


class Workers:
    """All workers of this host, by name."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Each as it was last told."""
        require(req, "figures:read")
        parameters(req)
        workers = [_fields(one, self._context.conf) for one in self._context.board.read()]
        send(resp, page(req, workers, None))


def _fields(snapshot: Snapshot, conf: cfg.ConfigOpts) -> dict[str, Any]:
    return {
        **judge(snapshot, conf, time.time()).plain,
        "pool": snapshot.pool,
        "started": _iso(snapshot.started),
        "taken": _iso(snapshot.taken),
        "idle": round(snapshot.idle, 3),
        "closed": sorted(snapshot.closed),
        "figures": [_figure(one) for one in series([snapshot], [Level.PROCESS])],
    }


def _figure(one: Series) -> dict[str, Any]:
    own: Mapping[str, str] = {
        name: text for name, text in one.dimensions.items() if name not in _OF_WORKER
    }
    named = {"name": one.measurement.name, "unit": one.measurement.unit, "dimensions": own}
    if one.measurement.kind is not Kind.TIME:
        return {**named, "value": one.value}
    return {**named, **_times(cast(SpreadFigures, one.value))}


def _times(found: SpreadFigures) -> dict[str, float]:
    """In seconds, but for the count."""
    if not found.count:
        return {"count": 0}
    nanoseconds = {
        "sum": found.total,
        "avg": found.mean,
        "min": found.extremes.shortest,
        "max": found.extremes.longest,
        "p50": found.quantile(0.5),
        "p99": found.quantile(0.99),
    }
    return {
        "count": found.count,
        **{name: number / _NANOSECONDS for name, number in nanoseconds.items()},
    }


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
