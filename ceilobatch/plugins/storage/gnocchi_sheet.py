# SPDX-License-Identifier: Apache-2.0
"""Sheet: the samples of one call, sorted by resource and metric."""

import datetime
import math
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from ceilobatch.definitions.resource_files import NAME_LIMIT, UNIT_LIMIT
from ceilobatch.definitions.resources import MetricRule, ResourceRule
from ceilobatch.model import Sample
from ceilobatch.plugins.storage.sql_rows import Refused

# Gnocchi keeps nanoseconds since 1970 in 64 bits.
EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2262, 4, 11, tzinfo=datetime.UTC)
# A time that lies ahead makes Gnocchi take all before it for late, until it has come.
AHEAD = datetime.timedelta(days=1)
_INT_LIMIT = 2**63
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Series:
    """The measures of one metric.

    :ivar places: of their samples in the call.
    """

    __slots__ = ("measures", "name", "places", "policy", "resource", "unit")

    def __init__(self, resource: "Resource", name: str, rule: MetricRule, unit: str) -> None:
        self.resource = resource
        self.name = name
        self.policy = rule.archive_policy
        self.unit = rule.unit or unit
        self.measures: list[dict[str, Any]] = []
        self.places: list[int] = []

    def content(self) -> dict[str, Any]:
        """As Gnocchi wants it."""
        found = {"measures": self.measures, "archive_policy_name": self.policy}
        # A unit that Gnocchi does not take is no reason to lose what is measured in it.
        if 0 < len(self.unit) <= UNIT_LIMIT and _is_clean(self.unit):
            found["unit"] = self.unit
        return found

    def parts(self) -> Iterator["Series"]:
        """The series in halves."""
        middle = len(self.places) // 2
        for cut in (slice(None, middle), slice(middle, None)):
            part = object.__new__(Series)
            part.resource, part.name = self.resource, self.name
            part.policy, part.unit = self.policy, self.unit
            part.measures, part.places = self.measures[cut], self.places[cut]
            yield part


class Resource:
    """What the samples tell of one resource.

    :ivar key: its id as Gnocchi compares it.
    :ivar id: as it is spelled in the first sample; Gnocchi makes a UUID of it.
    :ivar values: the attributes as the samples have them, the newest of each.
    """

    __slots__ = ("_newest", "_seen", "id", "key", "rule", "series", "started", "user_id", "values")

    def __init__(self, key: str, spelled: str, rule: ResourceRule, sample: Sample) -> None:
        self.key = key
        self.id = spelled
        self.rule = rule
        self.user_id: str | None = None
        self.started = sample.timestamp
        self.values: dict[str, Any] = {}
        self.series: dict[str, Series] = {}
        self._newest = sample.timestamp
        self._seen: Any = None

    @property
    def is_uuid(self) -> bool:
        """Whether the id is a UUID as it is."""
        return self.key != self.id or _UUID.fullmatch(self.key) is not None

    @property
    def newest(self) -> datetime.datetime:
        """The time of its last sample."""
        return self._newest

    def describe(self, sample: Sample) -> None:
        """Take over what a sample tells of the resource."""
        told = (id(sample.metadata), sample.project_id, sample.timestamp)
        if told == self._seen:
            return
        self._seen = told
        if self.user_id is None:
            self.user_id = sample.user_id
        values = self.rule.values(sample)
        if sample.project_id is not None:
            values["project_id"] = sample.project_id
        if sample.timestamp >= self._newest:
            self._newest = sample.timestamp
            self.values.update(values)
        else:
            self.values = {**values, **self.values}


class Sheet:
    """Takes samples in; refuses what Gnocchi would refuse the whole request for."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self._latest = min(LATEST, datetime.datetime.now(datetime.UTC) + AHEAD)

    def add(self, place: int, sample: Sample, rule: MetricRule) -> None:
        """Take in the sample at a place of the call.

        :raises Refused: it can never be stored.
        """
        measure = {"timestamp": self._time(sample.timestamp), "value": _value(sample.volume)}
        name = _clean("the name of the meter", sample.name)
        if "/" in name:
            raise Refused("the name of the meter has a /, which no metric in Gnocchi can have")
        resource = self._resource(sample, rule.resource)
        resource.started = min(resource.started, sample.timestamp)
        if rule.describes:
            resource.describe(sample)
        series = resource.series.get(name)
        if series is None:
            series = resource.series[name] = Series(resource, name, rule, sample.unit)
        series.measures.append(measure)
        series.places.append(place)

    def series(self) -> list[Series]:
        """All series, those of a resource one after the other."""
        return [one for resource in self.resources.values() for one in resource.series.values()]

    def _resource(self, sample: Sample, rule: ResourceRule) -> Resource:
        if not sample.resource_id:
            raise Refused("the sample has no resource_id, without which Gnocchi keeps nothing")
        # Gnocchi takes no /; ceilometer has put _ in its place, too.
        spelled = _clean("resource_id", sample.resource_id).replace("/", "_")
        for what, value in (("project_id", sample.project_id), ("user_id", sample.user_id)):
            if value is not None:
                _clean(what, value)
        key = key_of(spelled)
        if key not in self.resources:
            self.resources[key] = Resource(key, spelled, rule, sample)
        return self.resources[key]

    def _time(self, when: datetime.datetime) -> str:
        if not EARLIEST <= when <= self._latest:
            raise Refused(
                f"the time {when.isoformat()} is before 1970 or more than a day ahead; Gnocchi "
                "would take everything until then for late"
            )
        return when.replace(tzinfo=None).isoformat()


def key_of(resource_id: str) -> str:
    """What tells whether two ids are one to Gnocchi: a UUID may be spelled in several ways."""
    try:
        return str(uuid.UUID(resource_id))
    except ValueError:
        return resource_id


def batched(series: Sequence[Series]) -> dict[str, dict[str, Any]]:
    """The body of a request with these series."""
    body: dict[str, dict[str, Any]] = {}
    for one in series:
        body.setdefault(one.resource.id, {})[one.name] = one.content()
    return body


def _value(volume: Any) -> int | float:
    try:
        if math.isfinite(volume):
            return volume if abs(volume) < _INT_LIMIT else float(volume)
    except (OverflowError, TypeError):
        pass
    raise Refused("volume is not a finite number")


def _clean(what: str, value: str) -> str:
    if len(value) > NAME_LIMIT:
        raise Refused(f"{what} is longer than {NAME_LIMIT} characters, which Gnocchi cannot keep")
    if not _is_clean(value):
        raise Refused(f"{what} has a character that Gnocchi cannot keep")
    return value


def _is_clean(value: str) -> bool:
    """Without NUL, which PostgreSQL does not take, and without halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
