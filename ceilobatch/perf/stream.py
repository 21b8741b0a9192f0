# SPDX-License-Identifier: Apache-2.0
"""stream: the messages of a load, the same ones for the same plan."""

import datetime
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from ceilobatch import errors
from ceilobatch.perf.template import Scene, Template
from ceilobatch.testing.notifications import (
    DEFAULT_MIX,
    SERVICES,
    BrokenKind,
    GeneratedNotification,
    break_notification,
    generate,
)
from ceilobatch.testing.notifications.record import envelope

KINDS = tuple(SERVICES)


class Plan(NamedTuple):
    """What to publish.

    :ivar run: what every message id begins with; runs of one plan differ in nothing else.
    :ivar broken: share, 0 to 1.
    :ivar mix: weights by the names of services and templates; empty for the templates alike, or,
        without any, for the services as the generator mixes them.
    :ivar start: the time of the first message; ``interval`` to the next ones, on average.
    :ivar exchange: for all messages; None for their own. Likewise ``topic``.
    """

    run: str
    seed: int
    broken: float
    mix: Mapping[str, float]
    templates: Sequence[Template]
    start: datetime.datetime
    interval: datetime.timedelta
    exchange: str | None = None
    topic: str | None = None


class Parcel(NamedTuple):
    """What lies on the bus, and where."""

    exchange: str
    routing_key: str
    body: bytes


Maker = Callable[[int], GeneratedNotification]


def stream(plan: Plan) -> Iterator[Parcel]:
    """Messages without end.

    :raises ConfigurationError: the mix names nothing that is there.
    """
    makers = _makers(plan)
    names = list(makers)
    weights = list(itertools.accumulate(weight for weight, _ in makers.values()))
    chance = random.Random(f"chosen {plan.seed}")
    return (
        _parcel(plan, chance, makers[name][1], number)
        for number in itertools.count()
        for name in chance.choices(names, cum_weights=weights)
    )


def _makers(plan: Plan) -> dict[str, tuple[float, Maker]]:
    """What makes notifications, each with its weight; all services together are one."""
    templates = {one.kind: one for one in plan.templates}
    mix = plan.mix or dict.fromkeys(templates, 1.0) or DEFAULT_MIX
    unknown = sorted(set(mix) - set(templates) - set(SERVICES))
    if unknown:
        known = ", ".join([*templates, *SERVICES])
        raise errors.ConfigurationError(
            f"the mix names {', '.join(unknown)}, which is no kind here (known: {known})"
        )
    found = {
        kind: (mix[kind], _of_template(plan, one))
        for kind, one in templates.items()
        if mix.get(kind, 0) > 0
    }
    services = {
        kind: weight for kind, weight in mix.items() if kind not in templates and weight > 0
    }
    if services:
        found[""] = (sum(services.values()), _of_services(plan, services))
    if not found:
        raise errors.ConfigurationError("the mix gives no kind a weight above 0")
    return found


def _of_services(plan: Plan, mix: Mapping[str, float]) -> Maker:
    endless = generate(None, seed=plan.seed, start=plan.start, interval=plan.interval, mix=mix)
    return lambda _: next(endless)


def _of_template(plan: Plan, template: Template) -> Maker:
    chance = random.Random(f"{template.kind} {plan.seed}")

    def make(number: int) -> GeneratedNotification:
        when = plan.start + plan.interval * number
        return template.notification(Scene(chance, number, plan.run, when))

    return make


def _parcel(plan: Plan, chance: random.Random, make: Maker, number: int) -> Parcel:
    made = make(number)
    name = f"{plan.run}-{number:08}"
    one = GeneratedNotification(
        plan.exchange or made.exchange,
        plan.topic or made.topic,
        made.priority,
        {**made.body, "message_id": name, "_unique_id": name},
    )
    if chance.random() < plan.broken:
        return Parcel(one.exchange, one.routing_key, _broken(one, chance))
    return Parcel(one.exchange, one.routing_key, envelope(orjson.dumps(one.body).decode()))


def _broken(one: GeneratedNotification, chance: random.Random) -> bytes:
    kinds = list(BrokenKind)
    chance.shuffle(kinds)
    for kind in kinds:
        try:
            return break_notification(one, kind).wire
        except (ValueError, KeyError):
            # Not every notification has what this kind spoils.
            continue
    return b""
