# SPDX-License-Identifier: Apache-2.0
"""``/v1/ledger``: the books, whether they balance, and the story of one message."""

import falcon

from ceilobatch.accounts import BY, KEYS, Account, account, trace
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.kept import Kept
from ceilobatch.api.v1 import reading
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters, segment
from ceilobatch.api.v1.paging import cut, offset, page, paged
from ceilobatch.recovery.masking import masked

PARAMETERS = {
    "since": Given(reading.moment),
    "by": Given(reading.choice(*sorted(BY))),
    **paged(offset),
}


def add_routes(app: App, context: Context) -> None:
    """Answer what begins with ``/v1/ledger``."""
    app.add_route("/v1/ledger", Ledger(context))
    app.add_route("/v1/ledger/messages/{message_id}", Message(context))


class Ledger:
    """The books of all workers."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf
        self._kept: Kept[Account] = Kept(context.conf.api.ledger_interval)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Rows, the sums of all of them, and why they do not balance where they do not."""
        require(req, "ledger:read")
        asked = parameters(req, PARAMETERS)
        since = asked["since"]
        if since is not None:
            # The books are kept by the hour; so one answer serves all who ask for the same.
            since = since.replace(minute=0, second=0, microsecond=0)
        found = self._kept.get(since, lambda: account(self._conf, since))
        keys = KEYS if asked["by"] is None else (BY[asked["by"]],)
        rows, following = cut(found.by(*keys), asked)
        verdict = {
            "balanced": not found.problems,
            "problems": list(found.problems),
            "total": found.total,
        }
        send(resp, {**verdict, **page(req, rows, following)})


class Message:
    """One message, from its first coming on."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        """Each time it came, its event, its samples, its letters."""
        require(req, "ledger:trace")
        parameters(req)
        wanted = segment(message_id, reading.name, "message")
        found = trace(self._conf, wanted)
        send(resp, {**found, "letters": masked(found["letters"])})
