# SPDX-License-Identifier: Apache-2.0
"""Resources and measures of one test in a Gnocchi, and the parts that read them."""

import contextlib
import datetime
import pathlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from ceilobatch import config
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, ScopeSource
from ceilobatch.processor import assembly

from .servers import Gnocchi

HOUR = datetime.timedelta(hours=1)
# Any midnight that no archive policy has forgotten.
MIDNIGHT = datetime.datetime.now(datetime.UTC).replace(
    hour=0, minute=0, second=0, microsecond=0
) - datetime.timedelta(days=10)
METHODS = ["max", "min", "mean", "sum", "count", "last", "first", "median"]
# Seconds of the buckets, by archive policy.
POLICIES = {"hours": [3600], "minutes": [300], "both": [300, 3600]}
ATTRIBUTES = ("flavor", "host", "team")

Measures = Iterable[tuple[datetime.datetime, float]]
Found = dict[tuple[str, datetime.datetime], dict[tuple[str, ...], float]]


class World:
    """What one test has in Gnocchi: a resource type of its own, and scopes of its own.

    :param directory: for the configuration.
    """

    def __init__(self, server: Gnocchi, directory: pathlib.Path) -> None:
        self.server = server
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self._directory = directory
        self._add_policies()
        attribute = {"type": "string", "required": False}
        server.request(
            "POST",
            "resource_type",
            {"name": self.name, "attributes": dict.fromkeys(ATTRIBUTES, attribute)},
        )

    def scope(self, name: object) -> str:
        """The id of a scope, in the order of the names."""
        return f"{self.name}-{name}"

    def add(
        self, scope: str, metrics: Mapping[str, str], /, kind: str = "", **attributes: Any
    ) -> str:
        """Add a resource with metrics of these archive policies; its id."""
        resource_id = str(uuid.uuid4())
        self.server.request(
            "POST",
            f"resource/{kind or self.name}",
            {
                "id": resource_id,
                "project_id": scope,
                "metrics": {
                    name: {"archive_policy_name": policy} for name, policy in metrics.items()
                },
                **attributes,
            },
        )
        return resource_id

    def change(self, resource_id: str, **attributes: Any) -> None:
        """Change attributes of a resource."""
        self.server.request("PATCH", f"resource/{self.name}/{resource_id}", attributes)

    def post(self, measures: Mapping[str, Mapping[str, Measures]], *, process: bool = True) -> None:
        """Post measures by resource and metric, and wait until they are aggregated."""
        body = {
            resource_id: {
                name: [
                    {"timestamp": moment.isoformat(), "value": value} for moment, value in points
                ]
                for name, points in metrics.items()
            }
            for resource_id, metrics in measures.items()
        }
        self.server.request("POST", "batch/resources/metrics/measures", body)
        if process:
            self.server.wait_until_processed()

    def configure(self, definition: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """The configuration of a processor, read from files as an operator's is."""
        metrics = self._directory / "metrics.yml"
        metrics.write_text(yaml.safe_dump({"metrics": definition or {"cpu": self.definition()}}))
        file = self._directory / "ceilobatch.conf"
        gnocchi = {"auth_type": "gnocchi-basic", "user": "admin", "endpoint": self.server.url}
        processor = {"collector": "gnocchi", "scopes": "gnocchi", "metrics_files": metrics}
        for group, allowed in ((processor, ("period", "request_timeout", "max_threads")),):
            group.update({name: options.pop(name) for name in allowed if name in options})
        file.write_text(
            _section("processor", processor) + _section("collector_gnocchi", {**gnocchi, **options})
        )
        return config.load([str(file)])

    def definition(self, **changes: Any) -> dict[str, Any]:
        """A metric as a file has it; ``extra_args`` may be changed alone."""
        arguments = {"resource_type": self.name, **changes.pop("extra_args", {})}
        return {"unit": "thing", "extra_args": arguments, **changes}

    def metric(self, name: str = "cpu", /, **changes: Any) -> Metric:
        """A metric as the processor has it."""
        return assembly.build_metrics(self.configure({name: self.definition(**changes)}))[0]

    @contextlib.contextmanager
    def collector(self, **options: Any) -> Iterator[Collector]:
        """The collector, as a worker has it."""
        with contextlib.closing(assembly.build_collector(self.configure(**options))) as collector:
            yield collector

    @contextlib.contextmanager
    def source(self, **options: Any) -> Iterator[ScopeSource]:
        """The source of scopes, as a worker has it."""
        [(_, source)] = assembly.build_sources(self.configure(**options))
        with contextlib.closing(source):
            yield source

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        periods: int,
        period: datetime.timedelta = HOUR,
    ) -> Found:
        """The values by scope and begin, and by the values of the groupby, in its order."""
        with self.collector() as collector:
            found = collector.retrieve(metric, scopes, begin, begin + periods * period, period)
        return {
            place: {tuple(point.groupby.values()): float(point.value) for point in points}
            for place, points in found.items()
        }

    def _add_policies(self) -> None:
        known = {policy["name"] for policy in self.server.request("GET", "archive_policy")}
        for name in POLICIES.keys() - known:
            definition = [
                {"granularity": f"{seconds} s", "timespan": "60 days"} for seconds in POLICIES[name]
            ]
            self.server.request(
                "POST",
                "archive_policy",
                {
                    "name": name,
                    "definition": definition,
                    "aggregation_methods": METHODS,
                    # Tests post old measures after newer ones.
                    "back_window": 10000,
                },
            )


def _section(group: str, options: Mapping[str, Any]) -> str:
    return "\n".join([f"[{group}]", *(f"{key} = {value}" for key, value in options.items()), ""])
