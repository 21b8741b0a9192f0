# SPDX-License-Identifier: Apache-2.0
"""``POST`` of replays: of one letter, and of a selection."""

import itertools
from collections.abc import Iterable
from typing import Any

import falcon

from ceilobatch import errors
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import asked, reading, replaying, revisions
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, refuse
from ceilobatch.api.v1.letter import known
from ceilobatch.api.v1.letters import FILTERS, conditions
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery.masking import masked
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.selection import selected

LIMIT = 1000
MOST = 10_000
RULE = "letters:replay"
ONE = {**replaying.FIELDS, "revision": Given(reading.whole(0, 1_000_000_000))}
SELECTION = {
    **replaying.FIELDS,
    "ids": Given(reading.several(reading.name, MOST)),
    "filters": Given(lambda value: asked.fields(value, FILTERS, "filters.")),
    "limit": Given(reading.whole(1, MOST), LIMIT),
}


def add_routes(app: App, context: Context) -> None:
    """Answer the two."""
    app.add_route("/v1/letters/replay", Selection(context))
    app.add_route("/v1/letters/{letter_id}/replay", One(context))


class One:
    """One letter, whatever stands with it."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_post(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """Send its message through the handler again, and tell what became of it."""
        require(req, RULE)
        asked.parameters(req)
        wish = asked.fields(asked.body(req), ONE)
        with opened(self._conf) as recovery:
            entry = known(recovery, letter_id)
            revisions.compare(req, entry, wish["revision"])
            run = replaying.run(req, self._conf, recovery, lambda: [entry], wish)
        (replayed,) = run.replayed
        verdict = replayed.verdict
        if not replayed.marked:
            raise errors.Overtaken(run.failures[0]["result"])
        done = {
            "id": entry.id,
            "dry_run": wish["dry_run"],
            "done": verdict.is_done,
            "outcome": verdict.outcome.value,
            "result": masked(verdict.result),
            "events": verdict.stored.events,
            "samples": verdict.stored.samples,
            "revision": entry.revision + (not wish["dry_run"]),
            "warnings": run.warnings,
        }
        revisions.tell(resp, done["revision"])
        send(resp, done)


class Selection:
    """Letters by their ids, or all that filters let pass."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Replay as many as are wanted at once, oldest first; the same may be asked again."""
        require(req, RULE)
        asked.parameters(req)
        wish = asked.fields(asked.body(req), SELECTION)
        if (wish["ids"] is None) == (wish["filters"] is None):
            refuse("body", "it needs either ids or filters, which may be empty")
        with opened(self._conf) as recovery:
            run = replaying.run(req, self._conf, recovery, lambda: _found(recovery, wish), wish)
        send(
            resp,
            {
                "dry_run": wish["dry_run"],
                **dict(run.figures.pairs()),
                "stopped": run.stopped,
                "failures": run.failures,
                "warnings": run.warnings,
            },
        )


def _found(recovery: Recovery, wish: dict[str, Any]) -> Iterable[Entry]:
    if wish["ids"] is not None:
        return [known(recovery, one) for one in dict.fromkeys(wish["ids"])][: wish["limit"]]
    return itertools.islice(selected(recovery, conditions(wish["filters"])), wish["limit"])
