# SPDX-License-Identifier: Apache-2.0
"""Corrections of messages: judged before they are saved, and the change that saves one."""

import datetime
from typing import NamedTuple

from ceilobatch.batch import Outcome
from ceilobatch.letter import Action, Change, Entry, digest
from ceilobatch.recovery.trial import Trial, delivery_of

OVERTAKEN = "somebody else changed or removed it meanwhile; not saved"


class Judgement(NamedTuple):
    """What can be foreseen of a corrected message; each a sentence, or empty.

    :ivar problem: what the handler would still not make of it.
    :ivar note: what else there is to know before it is saved.
    """

    problem: str = ""
    note: str = ""


def judge(trial: Trial, entry: Entry, body: bytes) -> Judgement:
    """Try a message in the place of that of a letter; one that is not changed is fine."""
    if body == entry.body:
        return Judgement()
    verdict = trial.of(delivery_of(entry, body))
    ignored = verdict.outcome is Outcome.IGNORED
    note = "no definition wants it: a replay will ignore it" if ignored else ""
    return Judgement("" if verdict.is_done else verdict.result, note)


def change(entry: Entry, body: bytes, who: str, why: str) -> Change:
    """What saves a corrected message; it is taken where nobody was faster."""
    return Change(
        entry.id,
        entry.revision,
        Action.EDITED,
        who,
        datetime.datetime.now(datetime.UTC),
        digest(entry.body),
        digest(body),
        why,
        body,
    )
