# SPDX-License-Identifier: Apache-2.0
"""Quantiles of requests of which only some quantiles of parts are known.

Between two known quantiles of a part its times are taken as spread evenly. That is as good as
the quantiles are close, and unlike a mean of quantiles it does not forget the slow parts.
"""

from collections.abc import Sequence

from ceilobatch.perf.sample import Period

# Halvings of the range in which the quantile is looked for.
STEPS = 40


def quantile_of(periods: Sequence[Period], share: float) -> float:
    """The time that this share of all requests stays below.

    :param periods: with the numbers of their requests; at least one, with a quantile.
    """
    known = [(one.requests or 0.0, _knots(one)) for one in periods]
    wanted = share * sum(count for count, _ in known)
    low = min(knots[0][0] for _, knots in known)
    high = max(knots[-1][0] for _, knots in known)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if sum(count * _share_below(knots, middle) for count, knots in known) < wanted:
            low = middle
        else:
            high = middle
    return high


def _knots(period: Period) -> list[tuple[float, float]]:
    """Times with the share that stays below, both ascending."""
    return sorted((value, share) for share, value in period.quantiles.items())


def _share_below(knots: list[tuple[float, float]], value: float) -> float:
    """What is told of the longest time holds for all, whatever its share."""
    if value >= knots[-1][0]:
        return 1.0
    lower = upper = knots[0]
    for upper in knots:
        if upper[0] > value:
            break
        lower = upper
    if lower[0] > value or upper[0] <= lower[0]:
        return 0.0
    return lower[1] + (upper[1] - lower[1]) * (value - lower[0]) / (upper[0] - lower[0])
