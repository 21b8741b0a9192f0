# SPDX-License-Identifier: Apache-2.0
"""Revisions: so that nobody changes a letter that somebody else has changed meanwhile."""

import falcon

from ceilobatch import errors
from ceilobatch.api.v1.asked import refuse
from ceilobatch.letter import Entry

CHANGED = "the letter {} was changed meanwhile, it has the revision {} now: look at it again"


def tell(resp: falcon.Response, revision: int) -> None:
    """Tell the revision as an ETag."""
    resp.set_header("ETag", f'"{revision}"')


def compare(req: falcon.Request, entry: Entry, revision: int | None) -> None:
    """Let only those go on who have seen the letter as it is, or do not say what they have seen.

    :param revision: of the body of the request.
    :raises falcon.HTTPPreconditionFailed: ``If-Match`` names another revision.
    :raises Overtaken: the body does.
    """
    wanted = req.if_match
    if wanted is None and req.get_header("If-Match"):
        refuse("If-Match", "it is neither * nor an ETag in quotes")
    told = CHANGED.format(entry.id, entry.revision)
    if wanted is not None and not any(_is(one, entry.revision) for one in wanted):
        raise falcon.HTTPPreconditionFailed(description=f"{told}.")
    if revision is not None and revision != entry.revision:
        raise errors.Overtaken(told)


def _is(tag: "falcon.ETag | str", revision: int) -> bool:
    weak = getattr(tag, "is_weak", False)
    return tag == "*" or (not weak and str(tag) == str(revision))
