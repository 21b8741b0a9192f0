# SPDX-License-Identifier: Apache-2.0
"""Handler ``usage``: makes usage of points, each in the unit of its metric."""

from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch.metric import Metric
from ceilobatch.plugins.period_handlers.conversion import Conversion, Unusable
from ceilobatch.plugins.processing import PeriodHandler
from ceilobatch.usage import PeriodBatch, Point, Usage

LOG = log.getLogger(__name__)


class UsageHandler(PeriodHandler):
    """Makes a usage of each point, by factor, offset and mutation of its metric.

    A value that is no finite number makes none, and its metric is told among ``rejected``.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._conversions: dict[str, Conversion] = {}

    def handle(self, batch: PeriodBatch) -> None:
        """Fill ``batch.usages``: by metric in their order, and by point in theirs."""
        usages: list[Usage] = []
        rejected = dict(batch.rejected)
        for metric in batch.metrics:
            points = batch.points.get(metric.key, ())
            left_out = self._convert(metric, points, usages)
            if left_out:
                rejected[metric.key] = _sentence(left_out, len(points))
                LOG.warning(
                    "%s, %s, %s: %s", batch.scope, batch.begin, metric.key, rejected[metric.key]
                )
        batch.usages = usages
        batch.rejected = rejected

    def _convert(
        self, metric: Metric, points: Sequence[Point], usages: list[Usage]
    ) -> list[tuple[Point, str]]:
        """Add the usages of a metric; the points that have none, and what their values are."""
        convert = self._conversion(metric)
        key, unit, left_out = metric.key, metric.unit, []
        for point in points:
            value, groupby, metadata = point
            try:
                usages.append(Usage(key, unit, convert(value), groupby, metadata))
            except Unusable as error:
                left_out.append((point, str(error)))
        return left_out

    def _conversion(self, metric: Metric) -> Conversion:
        """Compiled once for each metric; those of a worker are always the same."""
        known = self._conversions.get(metric.key)
        if known is None or (known.metric is not metric and known.metric != metric):
            known = self._conversions[metric.key] = Conversion(metric)
        return known


def _sentence(left_out: Sequence[tuple[Point, str]], count: int) -> str:
    point, value = left_out[0]
    of = ", ".join(f"{name}={text}" for name, text in point.groupby.items()) or "the scope"
    return (
        f"{len(left_out)} of {count} points left out, whose value is no finite number: "
        f"the first is {value}, of {of}"
    )
