# SPDX-License-Identifier: Apache-2.0
"""Replays letters over REST, by the rules of ``recovery replay``."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import falcon
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.api.v1 import handlers, reading
from ceilobatch.api.v1.asked import Given
from ceilobatch.api.v1.person import who
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import rerun
from ceilobatch.recovery.masking import masked
from ceilobatch.recovery.replay import Replay, Replayed
from ceilobatch.recovery.rerun import Figures

# Letters of which a selection tells one by one what became of them: those that went wrong.
TOLD = 100
FIELDS = {
    "dry_run": Given(reading.boolean, False),
    "force": Given(reading.boolean, False),
    "handler": Given(handlers.name),
}
Find = Callable[[], Iterable[Entry]]


class Run(NamedTuple):
    """What came of a replay.

    :ivar failures: id and sentence, of the first :data:`TOLD`.
    :ivar stopped: storage or recovery went away; what was told before is done.
    """

    figures: Figures
    replayed: list[Replayed]
    failures: list[dict[str, str]]
    warnings: list[str]
    stopped: bool


def run(
    req: falcon.Request,
    conf: cfg.ConfigOpts,
    recovery: Recovery,
    find: Find,
    asked: dict[str, Any],
) -> Run:
    """Look at letters, then replay them.

    :param find: reads them; called twice, so that none has to be kept.
    :raises Refused: storage would drop some of the messages, and nobody insists.
    :raises Unavailable: storage or recovery is away, and nothing was done.
    """
    letters, late = rerun.look(conf, find())
    if late and not (asked["force"] or asked["dry_run"]):
        raise errors.Refused(f"{late} (force replays them)")
    found = Run(Figures(), [], [], [late] if late else [], False)
    stand = rerun.rehearsed if asked["dry_run"] else rerun.real
    with stand(conf, recovery, asked["handler"]) as (trial, mark):
        replay = Replay(trial, mark, who(req, conf), rerun.limits(conf))
        try:
            replay.run((entry for entry in find() if entry.id in letters), _teller(found))
        except errors.Unavailable:
            if not found.figures["tried"]:
                raise
            found = found._replace(stopped=True)
    found.figures.close(len(letters))
    return found


def _teller(found: Run) -> Callable[[Replayed], None]:
    def tell(replayed: Replayed) -> None:
        text = found.figures.add(replayed)
        # Without its message; only a replay of one letter asks for more than the figures.
        if not found.replayed:
            found.replayed.append(replayed)
        if text and len(found.failures) < TOLD:
            found.failures.append({"id": replayed.entry.id, "result": masked(text)})

    return tell
