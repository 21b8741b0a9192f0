# SPDX-License-Identifier: Apache-2.0
"""What persons ask of scopes: how far they are, to be set back, or a past span once more."""

import contextlib
import datetime
import fnmatch
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_orders import Ordered
from ceilobatch.plugins.usage_storage.sql_query import count_corrections
from ceilobatch.processor.assembly import build_storage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.usage import ScopeState

TOLD = 5
STATE_FIELDS = (
    *("scope", "last_processed", "lag", "active"),
    *("paused", "worker", "error", "error_since"),
)
ORDER_FIELDS = ("id", "scope", "from", "to", "done", "progress", "ordered", "who")
Span = tuple[datetime.datetime, datetime.datetime]


@contextlib.contextmanager
def opened(conf: cfg.ConfigOpts) -> Iterator[SqlUsage]:
    """The usage storage of ``[processor] storage``, closed in the end.

    :raises Refused: its driver is another than ``sql``.
    :raises ConfigurationError: it cannot be used.
    :raises Unavailable: nothing was ever stored.
    """
    loader.register_options(conf, SqlUsage)
    if problems := list(config.wrong_values(conf, SqlUsage.options)):
        raise errors.ConfigurationError(problems)
    storage = build_storage(conf, CallRegistry())
    with contextlib.closing(storage):
        if not isinstance(storage, SqlUsage):
            raise errors.Refused(
                f"[processor] storage: the driver {conf.processor.storage!r} keeps scopes and"
                " usage where they cannot be read from here"
            )
        storage.refuse_what_is_not_there()
        yield storage


def those(storage: SqlUsage, ids: Sequence[str]) -> list[ScopeState]:
    """The states of scopes, each once.

    :raises Unknown: one is not known.
    """
    found = storage.states(ids)
    unknown = sorted(set(ids) - {state.scope for state in found})
    if unknown:
        more = f" and {len(unknown) - TOLD} more" if len(unknown) > TOLD else ""
        raise errors.Unknown(f"there is no scope {', '.join(map(repr, unknown[:TOLD]))}{more}")
    return found


def fits(scope: str, patterns: Sequence[str]) -> bool:
    """Whether a scope fits one of the patterns, or there are none."""
    return not patterns or any(fnmatch.fnmatchcase(scope, pattern) for pattern in patterns)


def lag(state: ScopeState, calendar: Calendar) -> int:
    """How many periods could be stored and are not."""
    return max(0, calendar.count(state.last_processed, calendar.complete()))


def state_fields(state: ScopeState, calendar: Calendar) -> dict[str, Any]:
    """A scope as it stands in a list, with :data:`STATE_FIELDS`."""
    since = None if state.error_at is None else state.error_at.isoformat(timespec="seconds")
    values = (
        *(state.scope, state.last_processed.isoformat(), lag(state, calendar), state.active),
        *(state.paused, state.worker, state.error, since),
    )
    return dict(zip(STATE_FIELDS, values, strict=True))


def describe(storage: SqlUsage, scope: str, calendar: Calendar) -> dict[str, Any]:
    """All that is known of one scope.

    :raises Unknown: there is no such scope.
    """
    (state,) = those(storage, [scope])
    orders = storage.ordered([state.scope])
    fields: dict[str, Any] = {
        **state._asdict(),
        "lag": lag(state, calendar),
        "corrections": storage.read(functools.partial(count_corrections, scope=state.scope)),
        "reprocessing": [order_fields(one) for one in orders if one.order.done < one.order.end],
    }
    for name in ("last_processed", "revisited", "claimed_until", "error_at"):
        fields[name] = None if fields[name] is None else fields[name].isoformat()
    fields["error_since"] = fields.pop("error_at")
    return fields


def reset(storage: SqlUsage, state: ScopeState, to: datetime.datetime) -> dict[str, Any]:
    """Set a scope back, see :meth:`SqlUsage.reset`; from where to where, and usages deleted.

    :param to: the begin of a period.
    :raises Overtaken: the scope has not come so far, or is gone.
    """
    if state.last_processed < to:
        raise errors.Overtaken(
            f"the scope {state.scope!r} is only at {state.last_processed.isoformat()}"
        )
    try:
        deleted = storage.reset(state.scope, to)
    except Conflict as conflict:
        raise errors.Overtaken(str(conflict)) from None
    return {
        "scope": state.scope,
        "from": state.last_processed.isoformat(),
        "to": to.isoformat(),
        "deleted": deleted,
    }


def refuse_unfinished(states: Sequence[ScopeState], end: datetime.datetime) -> None:
    """:raises Overtaken: one of the scopes is not processed up to the end."""
    for state in states:
        if state.last_processed < end:
            raise errors.Overtaken(
                f"the scope {state.scope!r} is processed only up to"
                f" {state.last_processed.isoformat()}"
            )


def order(storage: SqlUsage, states: Sequence[ScopeState], span: Span, who: str) -> list[Ordered]:
    """Have a past span of scopes processed again.

    :param span: of whole periods.
    :raises Overtaken: a scope has not processed all of it, or is gone.
    """
    begin, end = span
    refuse_unfinished(states, end)
    try:
        return [storage.order(state.scope, begin, end, who) for state in states]
    except Conflict as conflict:
        raise errors.Overtaken(str(conflict)) from None


def order_fields(ordered: Ordered) -> dict[str, Any]:
    """A reprocessing, with :data:`ORDER_FIELDS`."""
    one = ordered.order
    values = (
        *(one.id, one.scope, one.begin.isoformat(), one.end.isoformat(), one.done.isoformat()),
        *(progress(one.begin, one.end, one.done), ordered.ordered.isoformat(timespec="seconds")),
        ordered.who,
    )
    return dict(zip(ORDER_FIELDS, values, strict=True))


def progress(begin: datetime.datetime, end: datetime.datetime, done: datetime.datetime) -> float:
    """Percent, with one decimal; 100 only where all is done."""
    if done >= end:
        return 100.0
    return min(99.9, round(100 * ((done - begin) / (end - begin)), 1))
