# SPDX-License-Identifier: Apache-2.0
"""The contract of collectors: where metrics come from."""

import abc
import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from ceilobatch.metric import Metric
from ceilobatch.plugins.contracts.plugin import Plugin
from ceilobatch.usage import Point

Retrieved = Mapping[tuple[str, datetime.datetime], Sequence[Point]]


@dataclass(frozen=True, slots=True)
class CollectorCharacteristics:
    """How wide one request of a collector may be; None stands for any number.

    :ivar periods: how many periods in a row.
    :ivar scopes: how many scopes.
    """

    periods: int | None = 1
    scopes: int | None = 1


class Collector(Plugin):
    """Where metrics come from (namespace ``ceilobatch.collectors``).

    Constructed once in each worker process; ``retrieve`` and ``caught_up`` are called from up to
    ``[processor] max_threads`` threads at the same time, on this one object; ``first`` from one
    thread at a time, which may be another one each time. Keep nothing of a call in the object.
    :class:`ceilobatch.testing.collector.CollectorSuite` checks what is promised here.

    :cvar characteristics: see :class:`CollectorCharacteristics`; an instance may have its own.
    :param threads: how many threads call at the same time: the size of a connection pool.
    """

    operations = ("retrieve", "caught_up")
    characteristics: CollectorCharacteristics = CollectorCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        self.conf = conf
        self.threads = threads

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> CollectorCharacteristics:  # noqa: ARG003
        """What a collector of this configuration declares, where that depends on its options.

        Called on the class, by commands, any number of times; an instance declares the same.
        Nobody is connected to; the options are registered.
        """
        return cls.characteristics

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Check the ``extra_args`` of a metric.

        Called on the class while the metric file is loaded, once for each metric; nobody is
        connected to. All mistakes of a file are told together.

        :returns: the arguments with their defaults, and one sentence for each that cannot be
            used, naming the key.
        """
        return dict(arguments), []

    @classmethod
    def grouped_by(cls, arguments: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG003
        """Attributes by which points are kept apart even where ``groupby`` does not name them.

        They are added to ``Metric.groupby``.

        :param arguments: as :meth:`check_arguments` has returned them, without a mistake.
        """
        return ()

    @abc.abstractmethod
    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """The points of one metric, by scope and begin of the period.

        Called for each metric of each range of periods of some scopes, from many threads, and
        again for a second look, a reprocessing, or because another worker has taken a scope over.
        ``end - begin`` is a whole number of periods. No more scopes and periods are asked for
        than the characteristics allow. A period has what is at its begin, and not what is at its
        end. A pair that is missing from the answer, or has no points, has truly nothing: the
        scope advances past it, and nobody asks for it again.

        :returns: only pairs that were asked for; in each no two points of one ``groupby``.
        :raises Unavailable: try again; also where the answer does not come in time. The scopes
            wait: they are asked for again after a while that grows, by and by in smaller groups.
        :raises Rejected: this metric can never be read; the sentence is shown to the operator, and
            the scopes advance without it.
        :raises Exception: anything else is taken for a failure of the request, as Unavailable.
        """

    def caught_up(self, metrics: Sequence[Metric], scopes: Sequence[str]) -> Collection[str] | None:
        """Those of the scopes for which the backend has processed all that it was sent.

        Called before the metrics of a range are retrieved, from the same threads. What is
        retrieved afterwards is complete up to now; a scope that is left out waits. None: the
        backend cannot tell. Only a collector that defines this is asked.

        :raises Unavailable: try again.
        """
        return None

    def first(self, scopes: Sequence[str]) -> Mapping[str, datetime.datetime]:
        """When the data of each scope begins; a scope of which that is not known is left out.

        Called for scopes that are new, where ``[processor] start`` is empty. What is earlier is
        never looked at; a scope that is left out begins with the month.

        :raises Unavailable: try again.
        """
        return {}
