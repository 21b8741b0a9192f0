# SPDX-License-Identifier: Apache-2.0
"""Samples that a polling agent has made and sends over the bus as they are."""

from collections.abc import Mapping
from typing import Any

from ceilobatch.definitions import attributes
from ceilobatch.definitions.convert import shown
from ceilobatch.definitions.match import Matches
from ceilobatch.definitions.positions import numbered
from ceilobatch.message import Notification
from ceilobatch.model import MeterProblem, Sample

POLLING = "telemetry.polling"
Item = dict[str, Any]


def convert(notification: Notification, wanted: Matches) -> tuple[list[Sample], list[MeterProblem]]:
    """The samples in ``payload.samples``, and those that cannot be used.

    Each is a mapping with ``counter_name``, ``counter_type``, ``counter_unit`` and
    ``counter_volume`` or the same without ``counter_``, ``user_id``, ``project_id``,
    ``resource_id``, ``timestamp``, and ``resource_metadata`` or ``metadata``.

    :param wanted: which meters are.
    """
    payload = notification.payload
    sent = payload.get("samples") if isinstance(payload, dict) else None
    if not isinstance(sent, list):
        return [], [MeterProblem(POLLING, "payload.samples is not a list")]
    samples: list[Sample] = []
    problems: list[MeterProblem] = []
    reader = _Reader(notification)
    for item in sent:
        try:
            sample = reader.read(item)
        except attributes.Unusable as error:
            name = _name_of(item)
            if name is None or wanted(name):
                problems.append(MeterProblem(name or POLLING, str(error)))
            continue
        if wanted(sample.name):
            samples.append(sample)
    return numbered(samples), problems


class _Reader:
    """Reads the samples of one notification; equal metadata of a resource become one."""

    def __init__(self, notification: Notification) -> None:
        self._notification = notification
        self._metadata: dict[str | None, Mapping[str, Any]] = {}

    def read(self, item: Any) -> Sample:
        """The sample that an item is; its position is still to be found.

        :raises Unusable: it is none.
        """
        if not isinstance(item, dict):
            raise attributes.Unusable(f"a sample is {shown(item)}, not an object")
        resource = attributes.identifier("resource_id", item.get("resource_id"))
        return Sample(
            message_id=self._notification.message_id,
            name=attributes.name(_counter(item, "name")),
            position=0,
            type=attributes.sample_type(_counter(item, "type")),
            unit=attributes.unit(_counter(item, "unit")),
            volume=attributes.volume(_counter(item, "volume")),
            user_id=attributes.identifier("user_id", item.get("user_id")),
            project_id=attributes.identifier("project_id", item.get("project_id")),
            resource_id=resource,
            timestamp=attributes.timestamp(item.get("timestamp"), self._notification.timestamp),
            metadata=self._shared(resource, item),
        )

    def _shared(self, resource: str | None, item: Item) -> Mapping[str, Any]:
        sent = item.get("resource_metadata", item.get("metadata"))
        metadata = sent if isinstance(sent, dict) else {}
        known = self._metadata.setdefault(resource, metadata)
        try:
            return known if known == metadata else metadata
        except RecursionError:  # nested too deeply to compare
            return metadata


def _counter(item: Item, key: str) -> Any:
    return item.get(f"counter_{key}", item.get(key))


def _name_of(item: Any) -> str | None:
    name = _counter(item, "name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else None
