# SPDX-License-Identifier: Apache-2.0
"""``POST /v1/letters/{id}/discard``: a letter that nobody will send again."""

import falcon

from ceilobatch import errors
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import asked, reading, revisions
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given
from ceilobatch.api.v1.letter import known
from ceilobatch.api.v1.person import who
from ceilobatch.letter import Standing
from ceilobatch.recovery import settling
from ceilobatch.recovery.opening import opened

FIELDS = {
    "reason": Given(reading.sentence, required=True),
    "revision": Given(reading.whole(0, 1_000_000_000)),
}


def add_routes(app: App, context: Context) -> None:
    """Answer it."""
    app.add_route("/v1/letters/{letter_id}/discard", Discard(context))


class Discard:
    """It waits no longer, and stays with its history until it is purged."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_post(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """Discard it; one that was replayed or discarded before is left as it is."""
        require(req, "letters:discard")
        asked.parameters(req)
        wish = asked.fields(asked.body(req), FIELDS)
        author, why = who(req, self._conf), wish["reason"].strip()
        with opened(self._conf) as recovery:
            entry = known(recovery, letter_id)
            revisions.compare(req, entry, wish["revision"])
            (done,) = settling.discard(recovery, [settling.to_discard(entry)], author, why)
        if not done.done and entry.standing is Standing.WAITING:
            raise errors.Overtaken(f"the letter {entry.id} was {done.result}")
        revision = entry.revision + done.done
        revisions.tell(resp, revision)
        answer = {"discarded": done.done, "result": done.result, "revision": revision}
        send(resp, {"id": entry.id, **answer})
