# SPDX-License-Identifier: Apache-2.0
"""Resource definitions, compiled: where a meter's samples belong in Gnocchi."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ceilobatch.definitions.chains import Getter
from ceilobatch.definitions.sources import PluginFailed
from ceilobatch.model import Sample

GENERIC = "generic"
"""The resource type that every Gnocchi has and that can have no attributes."""

ROOTS = frozenset(
    {
        *("id", "name", "type", "unit", "volume", "timestamp", "source"),
        *("user_id", "project_id", "resource_id", "resource_metadata", "metadata"),
        "user_metadata",
    }
)
"""The keys with which the path of an attribute can begin."""


class ResourceRule(NamedTuple):
    """Resources of one type.

    :ivar attributes: each finds the value of an attribute in what :func:`body` makes.
    """

    resource_type: str
    attributes: Mapping[str, Getter]

    def values(self, sample: Sample) -> dict[str, Any]:
        """The attributes that a sample tells, as they stand there."""
        found = {}
        told = body(sample) if self.attributes else {}
        for name, get in self.attributes.items():
            try:
                value = get(told)
            except PluginFailed:
                continue  # it only describes: nothing to keep a sample back for
            if value is not None:
                found[name] = value
        return found


class MetricRule(NamedTuple):
    """Metrics of one meter.

    :ivar unit: in the place of the samples' own; None for that.
    :ivar describes: whether the samples tell whose the resource is and what it is like.
    """

    resource: ResourceRule
    archive_policy: str
    unit: str | None
    describes: bool = True


@dataclass(frozen=True, slots=True)
class ResourceDefinitions:
    """Everything that stands in the file.

    :ivar metrics: by the name of the meter, or by a pattern of names.
    :ivar policies: bodies of archive policies as Gnocchi wants them, by name.
    :ivar back_windows: seconds, by the name of those; see :attr:`late_after`.
    """

    metrics: Mapping[str, MetricRule]
    policies: Mapping[str, Mapping[str, Any]]
    back_windows: Mapping[str, float]

    def find(self, meter: str) -> MetricRule | None:
        """What the samples of a meter become; None where no definition knows it."""
        exact = self.metrics.get(meter)
        if exact is not None:
            return exact
        for pattern, rule in self.metrics.items():
            if fnmatch.fnmatchcase(meter, pattern):
                return rule
        return None

    @property
    def resources(self) -> Sequence[ResourceRule]:
        """The rules of resources, each once."""
        found = {id(rule.resource): rule.resource for rule in self.metrics.values()}
        return list(found.values())

    @property
    def used_policies(self) -> Sequence[str]:
        """The names of the archive policies that metrics get, sorted."""
        return sorted({rule.archive_policy for rule in self.metrics.values()})

    @property
    def late_after(self) -> float:
        """Seconds for which every metric certainly takes points older than its last one.

        0 where the file does not say what an archive policy is.
        """
        return min((self.back_windows.get(name, 0.0) for name in self.used_policies), default=0.0)


def body(sample: Sample) -> dict[str, Any]:
    """A sample as the paths of attributes see it."""
    metadata = sample.metadata
    return {
        "id": sample.message_id,
        "name": sample.name,
        "type": sample.type,
        "unit": sample.unit,
        "volume": sample.volume,
        "timestamp": sample.timestamp.isoformat(),
        "source": "openstack",
        "user_id": sample.user_id,
        "project_id": sample.project_id,
        "resource_id": sample.resource_id,
        "resource_metadata": metadata,
        "metadata": metadata,
        "user_metadata": metadata.get("user_metadata"),
    }
