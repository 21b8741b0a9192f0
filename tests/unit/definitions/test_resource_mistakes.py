# SPDX-License-Identifier: Apache-2.0
"""Broken resource definition files, and everything that is said of each."""

from pathlib import Path

import pytest

from ceilobatch import errors

from .resource_loading import OPTION, load


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
        "such key (there are archive_policy_name, unit, describes)",
        "resources.yaml, line 19: resource type 'good': metrics.a/b: a metric in Gnocchi has at "
        "most 255 characters and no /",
        "resources.yaml, line 22: resource type 'good': metrics.long.unit: ",
        "resources.yaml, line 23: resource type 'good': metrics.text: 'low' is not a mapping with "
        "archive_policy_name or unit or describes",
        "resources.yaml, line 32: resource type: this is not a mapping",
        "resources.yaml, line 33: resource type 'generic': attributes: resources of the type "
        "generic have no attributes",
        "resources.yaml, line 33: resource type 'generic': metrics: 5 is neither a mapping nor a "
        "list of meter names",
    ]
    assert len(said) == len(beginnings)
    for sentence, beginning in zip(said, beginnings, strict=True):
        assert sentence.startswith(beginning)
