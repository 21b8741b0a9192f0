# SPDX-License-Identifier: Apache-2.0
"""What the collector ``fixed`` has of some metrics, what usage that is, and what is stored."""

import datetime
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ceilobatch.plugins.collectors.formula import formula_value
from ceilobatch.plugins.scopes.fixed import fixed_scopes

from .servers import PostgreSQL

HOUR = datetime.timedelta(hours=1)


class Kind(NamedTuple):
    """A metric and what becomes of its value; ``text`` is how a metric file has it."""

    name: str
    stored_as: str
    unit: str
    groupby: tuple[str, ...]
    metadata: tuple[str, ...]
    quantity: Callable[[int], Fraction | int]
    text: Mapping[str, Any]


KINDS = (
    Kind("cpu", "cpu", "instance", ("id",), ("flavor",), lambda value: value, {}),
    Kind(
        "ram", "ram", "GiB", ("id",), (), lambda value: Fraction(value, 1024), {"factor": "1/1024"}
    ),
    Kind(
        *("disk", "storage", "GB", ("id", "project_id"), ()),
        lambda value: 2 * value + 7,
        {"alt_name": "storage", "factor": 2, "offset": 7},
    ),
    Kind(
        *("network", "network", "packet", ("id",), ("name", "zone")),
        lambda value: math.floor(Fraction(value, 3)),
        {"factor": "1/3", "mutate": "FLOOR"},
    ),
    Kind("address", "address", "ip", (), (), lambda value: int(value != 0), {"mutate": "NUMBOOL"}),
)


class Identity(NamedTuple):
    """What there may be one usage of."""

    scope: str
    begin: datetime.datetime
    metric: str
    groupby: str


class Amount(NamedTuple):
    """What a usage says."""

    unit: str
    quantity: Fraction
    metadata: str


def metrics_file(count: int = len(KINDS)) -> str:
    """A metric file (JSON is YAML) of the first so many metrics."""
    return json.dumps({"metrics": {kind.name: _entry(kind) for kind in KINDS[:count]}})


def expected(
    scopes: int,
    begin: datetime.datetime,
    end: datetime.datetime,
    *,
    points: int,
    metrics: int = len(KINDS),
    period: datetime.timedelta = HOUR,
) -> Iterator[tuple[Identity, Amount]]:
    """Every usage that there has to be."""
    periods = (end - begin) // period
    for scope in fixed_scopes(scopes):
        for moment in (begin + place * period for place in range(periods)):
            for kind in KINDS[:metrics]:
                yield from _of_metric(kind, scope, moment, points)


def stored(
    server: PostgreSQL, url: str, before: datetime.datetime
) -> list[tuple[Identity, Amount]]:
    """What is in the database of periods that begin before a time."""
    rows: Iterable[Sequence[Any]] = server.execute(
        "SELECT scope, period_begin, metric, groupby::text, unit, quantity, metadata::text"
        f" FROM scope_usage WHERE period_begin < '{before.isoformat()}'",
        url,
    )
    return [
        (
            Identity(scope, begin, metric, _canonical(json.loads(groupby))),
            Amount(unit, Fraction(quantity), _canonical(json.loads(metadata))),
        )
        for scope, begin, metric, groupby, unit, quantity, metadata in rows
    ]


def compare(
    wanted: Iterable[tuple[Identity, Amount]], found: Iterable[tuple[Identity, Amount]]
) -> dict[str, int]:
    """How many usages are missing, doubled (also those nobody wants) or have a wrong value."""
    right, there = dict(wanted), list(found)
    times = Counter(identity for identity, _ in there)
    return {
        "missing": len(right.keys() - times.keys()),
        "doubled": sum(count - (identity in right) for identity, count in times.items()),
        "wrong": sum(identity in right and right[identity] != amount for identity, amount in there),
    }


def _entry(kind: Kind) -> dict[str, Any]:
    return {
        "unit": kind.unit,
        "groupby": list(kind.groupby),
        "metadata": list(kind.metadata),
        **kind.text,
    }


def _of_metric(
    kind: Kind, scope: str, begin: datetime.datetime, points: int
) -> Iterator[tuple[Identity, Amount]]:
    for place in range(points if kind.groupby else 1):
        groupby = {
            name: scope if name == "project_id" else f"{scope}-{place}" for name in kind.groupby
        }
        metadata = {name: f"{name}-{place}" for name in kind.metadata}
        quantity = Fraction(kind.quantity(formula_value(kind.name, scope, begin, place)))
        yield (
            Identity(scope, begin, kind.stored_as, _canonical(groupby)),
            Amount(kind.unit, quantity, _canonical(metadata)),
        )


def _canonical(mapping: Mapping[str, str]) -> str:
    return json.dumps(mapping, sort_keys=True)
