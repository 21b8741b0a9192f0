# SPDX-License-Identifier: Apache-2.0
"""What resource definition files say, right and wrong."""

import datetime
import logging
from pathlib import Path
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.definitions import packaged as places
from ceilobatch.definitions.resource_policies import seconds
from ceilobatch.definitions.resources import ResourceDefinitions
from ceilobatch.model import Sample

from .resource_loading import OPTION, load, packaged

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


def refused(tmp_path: Path, text: str) -> list[str]:
    """What is said, without the directory."""
    with pytest.raises(errors.ConfigurationError) as caught:
        load(tmp_path, text)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path, "") == [
        "resources.yaml: there is no list of resources under resources",
    ]
    assert refused(tmp_path, "resources: []\n") == [
        f"{OPTION}: there is no metric in resources.yaml"
    ]


def test_every_mistake_is_told_at_once_with_line_and_key(tmp_path: Path) -> None:
    text = """\
archive_policy_default: 5
archive_policy: low
archive_policies:
  - name: a
    aggregation_methods: [mean, average]
    back_window: -1
    definition: [{granularity: 1 minute, timespan: 1 day}]
  - {name: b, definition: [{granularity: soon}, 5, {every: 1, points: 0}]}
  - {name: c}
  - {definition: [{granularity: 60, points: 5}], window: 1}
  - {name: d, definition: [{granularity: 60, points: 5}]}
  - {name: d, definition: [{granularity: 60, points: 5}]}
resources:
  - resource_type: x/y
    metric: [a]
  - resource_type: good
    metrics:
      cpu: {archive_policy: low}
      a/b:
      twice:
      twice:
      long: {unit: 12345678901234567890123456789012}
      text: low
    attributes:
      id: metadata.id
      a b: metadata.a
      host: resource_metadata.[
      lost: {path: metadata.x}
      plugged: {fields: metadata.x, plugin: nowhere}
    event_delete: {a: b}
    event_attributes: [a]
  - just a text
  - {resource_type: generic, metrics: 5, attributes: {host: metadata.host}}
"""
    said = refused(tmp_path, text)
    keys = "name, aggregation_methods, back_window, definition"
    of_resource = (
        "resource_type, metrics, attributes, archive_policy, event_create, event_update, "
        "event_delete, event_attributes, event_associated_resources"
    )
    beginnings = [
        "resources.yaml, line 2: resource file: archive_policy: there is no such key (there are "
        "archive_policy_default, archive_policies, resources)",
        "resources.yaml, line 1: resource file: archive_policy_default: 5 is not a text of at "
        "most 255 characters, or is empty",
        "resources.yaml, line 5: archive policy 'a': aggregation_methods: 'average' is not an "
        "aggregation method of Gnocchi",
        "resources.yaml, line 6: archive policy 'a': back_window: -1 is not a number of blocks",
        "resources.yaml, line 8: archive policy 'b': definition: granularity: 'soon' is not a "
        "positive number or a span of time",
        "resources.yaml, line 8: archive policy 'b': definition: two of granularity, timespan, "
        "points are required",
        "resources.yaml, line 8: archive policy 'b': definition: 5 is not a mapping",
        "resources.yaml, line 8: archive policy 'b': definition: there is no such key 'every' "
        "(there are granularity, timespan, points)",
        "resources.yaml, line 8: archive policy 'b': definition: points: 0 is not a positive "
        "number or a span of time",
        "resources.yaml, line 9: archive policy 'c': definition: definition is required: a list "
        "of granularities with their timespans",
        f"resources.yaml, line 10: archive policy: window: there is no such key (there are {keys})",
        "resources.yaml, line 10: archive policy: name: name is required and is a text",
        "resources.yaml, line 12: archive policy 'd': there is another archive policy of this "
        "name before it",
        "resources.yaml, line 15: resource type 'x/y': metric: there is no such key (there are "
        f"{of_resource})",
        "resources.yaml, line 14: resource type 'x/y': resource_type: resource_type is required "
        "and is a text without /",
        "resources.yaml, line 14: resource type 'x/y': metrics is required",
        "resources.yaml, line 30: resource type 'good': event_delete: this is neither a text nor "
        "a list of texts",
        "resources.yaml, line 31: resource type 'good': event_attributes: this is not a mapping",
        "resources.yaml, line 25: resource type 'good': attributes.id: an attribute cannot have "
        "this name in Gnocchi",
        "resources.yaml, line 26: resource type 'good': attributes.a b: an attribute cannot have "
        "this name in Gnocchi",
        "resources.yaml, line 27: resource type 'good': attributes.host: 'resource_metadata.[' is "
        "not a path",
        "resources.yaml, line 28: resource type 'good': attributes.lost: fields is required",
        "resources.yaml, line 29: resource type 'good': attributes.plugged: no plugin 'nowhere'",
        "resources.yaml, line 21: resource type 'good': metrics.twice: this key stands here more "
        "than once",
        "resources.yaml, line 18: resource type 'good': metrics.cpu.archive_policy: there is no "
        "such key (there are archive_policy_name, unit)",
        "resources.yaml, line 19: resource type 'good': metrics.a/b: a metric in Gnocchi has at "
        "most 255 characters and no /",
        "resources.yaml, line 22: resource type 'good': metrics.long.unit: ",
        "resources.yaml, line 23: resource type 'good': metrics.text: 'low' is not a mapping with "
        "archive_policy_name or unit",
        "resources.yaml, line 32: resource type: this is not a mapping",
        "resources.yaml, line 33: resource type 'generic': attributes: resources of the type "
        "generic have no attributes",
        "resources.yaml, line 33: resource type 'generic': metrics: 5 is neither a mapping nor a "
        "list of meter names",
    ]
    assert len(said) == len(beginnings)
    for sentence, beginning in zip(said, beginnings, strict=True):
        assert sentence.startswith(beginning)


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
