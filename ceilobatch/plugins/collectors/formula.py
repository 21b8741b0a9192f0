# SPDX-License-Identifier: Apache-2.0
"""Points made by a formula, so that whoever knows what was asked for knows what is right."""

import datetime
import zlib

from ceilobatch.metric import Metric
from ceilobatch.usage import Point

# The values are below it.
MODULUS = 100_000
_PRIME = 7919


def formula_value(name: str, scope: str, begin: datetime.datetime, place: int) -> int:
    """The value of the point at a place, 0, 1, ..., among those of a metric, scope and period.

    :param name: of the metric, as in :attr:`ceilobatch.metric.Metric.name`.
    :returns: at least 0, less than :data:`MODULUS`.
    """
    seed = zlib.crc32(f"{name}\n{scope}\n{int(begin.timestamp())}".encode())
    return (seed + place * _PRIME) % MODULUS


def formula_points(
    metric: Metric, scope: str, begin: datetime.datetime, points: int
) -> list[Point]:
    """As many points of a metric, scope and period; one where the metric groups by nothing.

    At place N each attribute of ``groupby`` is ``<scope>-<N>``, and each of ``metadata`` is
    ``<attribute>-<N>``; the scope's own attribute, ``project_id``, is the scope.
    """
    if not metric.groupby:
        points = min(points, 1)
    first = formula_value(metric.name, scope, begin, 0)
    return [
        Point(
            (first + place * _PRIME) % MODULUS,
            {
                name: scope if name == "project_id" else f"{scope}-{place}"
                for name in metric.groupby
            },
            {name: f"{name}-{place}" for name in metric.metadata},
        )
        for place in range(points)
    ]
