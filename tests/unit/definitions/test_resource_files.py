# SPDX-License-Identifier: Apache-2.0
"""What resource definition files say."""

import datetime
import logging
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.definitions import packaged as places
from ceilobatch.definitions.resource_policies import seconds
from ceilobatch.definitions.resources import ResourceDefinitions
from ceilobatch.model import Sample

from .resource_loading import load, packaged

# Everything that ceilometer's format has, in one file.
WHOLE = """\
archive_policy_default: low
archive_policies:
  - name: low
    aggregation_methods: [mean, "rate:mean", 95pct]
    back_window: 2
    definition:
      - {granularity: 5 minutes, timespan: 30 days}
      - {granularity: "1:00:00", points: 24}
resources:
  - resource_type: identity
    metrics: [identity.user.created, 'identity.user.deleted']
  - resource_type: instance
    metrics:
      memory:
      cpu: {archive_policy_name: medium, unit: ns}
      disk.*:
    attributes:
      host: resource_metadata.(instance_host|host)
      flavor_id: resource_metadata.(instance_flavor_id|(flavor.id)|flavor_id)
      server_group: resource_metadata.user_metadata.server_group
      first:
        fields: [metadata.a, metadata.b]
      part:
        fields: metadata.parts
        plugin: {name: split, parameters: {segment: 1, max_split: 1}}
      kind: name
    event_create: compute.instance.create.end
    event_update: [one.*, two.*]
    event_delete: compute.instance.delete.start
    event_attributes: {id: instance_id}
    event_associated_resources:
      instance_disk: '{"=": {"instance_id": "%s"}}'
  - resource_type: old
    archive_policy: high
    metrics: {gone: {archive_policy_name: medium}}
"""


def sample(**metadata: Any) -> Sample:
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return Sample("m", "cpu", 0, "gauge", "ns", 1, "u", "p", "r", now, metadata)


def values(definitions: ResourceDefinitions, **metadata: Any) -> dict[str, Any]:
    rule = definitions.find("cpu")
    assert rule is not None
    return rule.resource.values(sample(**metadata))


def test_whole_format_is_understood(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    definitions = load(tmp_path, WHOLE)
    assert caplog.messages == []
    found = {name: definitions.find(name) for name in definitions.metrics}
    assert {
        name: (rule.resource.resource_type, rule.archive_policy, rule.unit)
        for name, rule in found.items()
        if rule is not None
    } == {
        "identity.user.created": ("identity", "low", None),
        "identity.user.deleted": ("identity", "low", None),
        "memory": ("instance", "low", None),
        "cpu": ("instance", "medium", "ns"),
        "disk.*": ("instance", "low", None),
        "gone": ("old", "high", None),
    }
    assert definitions.policies["low"]["aggregation_methods"] == ["mean", "rate:mean", "95pct"]
    assert definitions.back_windows == {"low": 7200.0}
    assert definitions.used_policies == ["high", "low", "medium"]


def test_pattern_of_names_counts_where_no_name_does(tmp_path: Path) -> None:
    definitions = load(tmp_path, WHOLE)
    found = definitions.find("disk.root.size")
    assert found is not None
    assert found.resource.resource_type == "instance"
    assert definitions.find("diskless") is None


def test_attributes_are_found_in_the_sample(tmp_path: Path) -> None:
    definitions = load(tmp_path, WHOLE)
    told = {
        "host": "h1",
        "flavor": {"id": 7},
        "user_metadata": {"server_group": "g"},
        "b": "second",
        "parts": "left.right",
    }
    assert values(definitions, **told) == {
        "host": "h1",
        "flavor_id": 7,
        "server_group": "g",
        "first": "second",
        "part": "right",
        "kind": "cpu",
    }
    assert values(definitions) == {"kind": "cpu"}


def test_one_archive_policy_for_all(tmp_path: Path) -> None:
    definitions = load(tmp_path, WHOLE, override="mine")
    assert definitions.used_policies == ["mine"]


def test_lateness_is_that_of_the_narrowest_policy(tmp_path: Path) -> None:
    # What the file does not define may take nothing late.
    assert load(tmp_path, WHOLE).late_after == 0
    assert load(tmp_path, WHOLE, override="low").late_after == 7200
    assert packaged().late_after == 86400


def test_operators_file_goes_before_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "OPERATOR", tmp_path)
    assert packaged().find("mine") is None
    (tmp_path / "gnocchi_resources.yaml").write_text(
        "resources: [{resource_type: t, metrics: [mine]}]\n"
    )
    assert packaged().find("mine") is not None


def test_path_that_no_sample_has_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "resources: [{resource_type: t, metrics: [a], attributes: {host: payload.host}}]\n"
    with caplog.at_level(logging.WARNING):
        load(tmp_path, text)
    assert [text.partition(": ")[2] for text in caplog.messages] == [
        "resource type 't': attributes.host: 'payload.host' finds nothing: no sample has a key "
        "'payload'"
    ]


def test_meter_of_two_types_is_of_the_last_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = """\
resources:
  - {resource_type: a, metrics: [m]}
  - {resource_type: b, metrics: [m]}
"""
    definitions = load(tmp_path, text)
    found = definitions.find("m")
    assert found is not None
    assert found.resource.resource_type == "b"
    assert ["this counts, and not what stands in line 2" in text for text in caplog.messages] == [
        True
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (60, 60),
        (0.5, 0.5),
        ("60", 60),
        ("5 minutes", 300),
        ("1 hour", 3600),
        ("1h30m", 5400),
        ("2 days, 3 hours", 183600),
        ("1 week", 604800),
        ("1:00:00", 3600),
        ("05:00", 300),
        ("10s", 10),
        ("5 mins", 300),
        ("12 hrs", 43200),
        ("", None),
        ("soon", None),
        ("5 fortnights", None),
        ("-5 minutes", None),
        (0, None),
        (True, None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_spans_of_time(written: Any, expected: float | None) -> None:
    assert seconds(written) == expected
