# SPDX-License-Identifier: Apache-2.0
"""Health: whether every worker of this host gets on, by what it did and not by its process id."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import falcon
from oslo_config import cfg
from oslo_utils import strutils

from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.presence import Presence, presence
from ceilobatch.telemetry.snapshot import Snapshot

OK, CLOSED, STALLED, GONE, ENDED = "ok", "closed", "stalled", "gone", "ended"
FAILING = "failing"
# Characters that a reason may have.
LONGEST_REASON = 200

USERINFO = re.compile(r"://[^/\s]+@")


def add_routes(app: App, context: Context) -> None:
    """Answer ``GET /healthcheck``."""
    app.add_route("/healthcheck", Healthcheck(context))


@dataclass(frozen=True, slots=True)
class Finding:
    """How a worker is.

    :ivar told: seconds since its last figures.
    """

    dimensions: dict[str, str]
    status: str
    reason: str
    told: float

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON."""
        told = round(self.told, 1)
        return {**self.dimensions, "status": self.status, "reason": self.reason, "told": told}

    def __str__(self) -> str:
        name = "/".join(self.dimensions.values())
        return f"{name}: {self.status}" + (f" ({self.reason})" if self.reason else "")


class Healthcheck:
    """Of all workers of this host that have not ended.

    :param wall: seconds since the epoch.
    """

    def __init__(self, context: Context, wall: Callable[[], float] = time.time) -> None:
        self._context = context
        self._wall = wall

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """200 where all of them get on and there is one at least, 503 where not."""
        require(req, "figures:read")
        found = list(self._found())
        status, reason = overall(found)
        resp.status = falcon.HTTP_200 if status == OK else falcon.HTTP_503
        if req.client_prefers((falcon.MEDIA_JSON, falcon.MEDIA_TEXT)) == falcon.MEDIA_TEXT:
            resp.content_type = falcon.MEDIA_TEXT
            lines = (f"{status}: {reason}", *map(str, found))
            resp.text = "".join(f"{line}\n" for line in lines)
        else:
            workers = [finding.plain for finding in found]
            resp.media = {"status": status, "reason": reason, "workers": workers}

    def _found(self) -> Iterator[Finding]:
        conf, now = self._context.conf, self._wall()
        for snapshot in self._context.board.read():
            if presence(snapshot, now, conf.api.stale_after) is not Presence.FORGOTTEN:
                yield judge(snapshot, conf, now)


def overall(found: Iterable[Finding]) -> tuple[str, str]:
    """Whether all is well, and a sentence of why or why not."""
    alive = [finding for finding in found if finding.status != ENDED]
    wrong = [finding for finding in alive if finding.status != OK]
    if not alive:
        return FAILING, "no worker runs on this host"
    if wrong:
        return FAILING, f"{len(wrong)} of {len(alive)} workers do not get on"
    return OK, f"{len(alive)} workers get on"


def judge(snapshot: Snapshot, conf: cfg.ConfigOpts, now: float) -> Finding:
    """How the worker is that has hung this out."""
    told = max(0.0, now - snapshot.taken)
    status, reason = _status(snapshot, conf, told)
    return Finding(snapshot.dimensions, status, reason, told)


def _status(snapshot: Snapshot, conf: cfg.ConfigOpts, told: float) -> tuple[str, str]:
    if snapshot.ended:
        return ENDED, "drained and stopped"
    if told > conf.api.stale_after:
        return GONE, f"no figures for {told:.0f} s"
    if snapshot.idle > conf.api.stalled_after:
        return STALLED, f"its loop has not gone round for {snapshot.idle:.0f} s"
    if snapshot.closed:
        threads = sorted(snapshot.closed.items())
        return CLOSED, "; ".join(f"{thread}: {_sentence(why)}" for thread, why in threads)
    return OK, ""


def _sentence(why: str) -> str:
    """One line without passwords, of bounded length."""
    line = " ".join(USERINFO.sub("://***@", strutils.mask_password(why)).split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"
