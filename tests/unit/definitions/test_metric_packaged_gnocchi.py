# SPDX-License-Identifier: Apache-2.0
"""The packaged metrics for Gnocchi fit what the packaged resource definitions keep there."""

import logging
from typing import Any

import pytest

from ceilobatch.definitions import packaged
from ceilobatch.definitions.resource_load import load_resources
from ceilobatch.definitions.resources import MetricRule, ResourceDefinitions
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.gnocchi import GnocchiCollector
from ceilobatch.plugins.collectors.gnocchi_question import Question
from ceilobatch.plugins.collectors.sql import SqlCollector

from .metric_loading import load

FILE = "metrics-gnocchi.yml"
SECONDS = {"5 minutes": 300, "1 hour": 3600}


@pytest.fixture(scope="module")
def metrics() -> list[Metric]:
    return load([packaged.file(FILE)], GnocchiCollector)


@pytest.fixture(scope="module")
def resources() -> ResourceDefinitions:
    return load_resources(str(packaged.file("gnocchi_resources.yaml")), None, "")


def rule_of(resources: ResourceDefinitions, metric: Metric) -> MetricRule:
    """Where the samples of a metric are kept."""
    rule = resources.find(metric.name)
    assert rule is not None, metric.key
    return rule


def test_it_loads_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        load([packaged.file(FILE)], GnocchiCollector)
    assert caplog.messages == []


def test_every_metric_is_of_the_resource_type_that_has_it(
    metrics: list[Metric], resources: ResourceDefinitions
) -> None:
    for metric in metrics:
        kept_as = rule_of(resources, metric).resource.resource_type
        assert metric.extra_args["resource_type"] == kept_as, metric.key


def test_every_metadata_is_an_attribute_of_its_resource_type(
    metrics: list[Metric], resources: ResourceDefinitions
) -> None:
    for metric in metrics:
        assert set(metric.metadata) <= rule_of(resources, metric).resource.attributes.keys()


def test_every_archive_policy_has_what_is_read_of_it(
    metrics: list[Metric], resources: ResourceDefinitions
) -> None:
    for metric in metrics:
        policy = resources.policies[rule_of(resources, metric).archive_policy]
        arguments = metric.extra_args
        assert arguments["aggregation_method"] in policy["aggregation_methods"], metric.key
        kept = [SECONDS[one["granularity"]] for one in policy["definition"]]
        assert arguments["force_granularity"] in kept, metric.key


def test_nothing_is_read_with_revisions_and_metadata_come_along(metrics: list[Metric]) -> None:
    for metric in metrics:
        question = Question(metric, "project_id")
        assert (question.revisions, question.told) == (False, True), metric.key


def test_usage_is_that_of_the_packaged_metrics_for_sql(metrics: list[Metric]) -> None:
    def what(metric: Metric) -> tuple[Any, ...]:
        method = metric.extra_args["aggregation_method"]
        return (*(metric.name, metric.key, metric.unit, metric.mutate, metric.factor), method)

    assert list(map(what, metrics)) == list(map(what, load([], SqlCollector)))
