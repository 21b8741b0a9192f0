# SPDX-License-Identifier: Apache-2.0
"""The packaged metrics fit the packaged meters."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch.definitions import load as definitions
from ceilobatch.metric import Metric
from ceilobatch.model import Sample
from ceilobatch.telemetry.calls import CallRegistry

from ..etc.cases import ALL
from .metric_loading import load

SIZES = {"B": 1, "MB": 2**20, "MiB": 2**20, "GB": 2**30, "GiB": 2**30}


@pytest.fixture(scope="module")
def metrics() -> list[Metric]:
    return load([])


@pytest.fixture(scope="module")
def samples() -> Mapping[str, Iterable[Sample]]:
    """Samples that the packaged meters make of notifications, by meter."""
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[], default_config_dirs=[])
    meters = definitions.load_meters(conf, CallRegistry())
    by_name: dict[str, list[Sample]] = {}
    for case in ALL:
        for sample in meters.convert(case.notification())[0]:
            by_name.setdefault(sample.name, []).append(sample)
    return by_name


def test_packaged_metrics_load_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert load([])
    assert caplog.messages == []


def test_every_metric_is_a_meter_that_is_measured(
    metrics: list[Metric], samples: Mapping[str, Any]
) -> None:
    assert {metric.name for metric in metrics} <= samples.keys()


def test_metadata_of_every_metric_is_in_its_samples(
    metrics: list[Metric], samples: Mapping[str, Iterable[Sample]]
) -> None:
    missing = {
        (metric.key, name)
        for metric in metrics
        for name in metric.metadata
        if not any(name in sample.metadata for sample in samples[metric.name])
    }
    assert missing == set()


def test_sums_are_of_what_is_counted_and_maxima_of_what_lasts(
    metrics: list[Metric], samples: Mapping[str, Iterable[Sample]]
) -> None:
    fitting = {"sum": "delta", "max": "gauge"}
    for metric in metrics:
        types = {sample.type for sample in samples[metric.name]}
        assert types == {fitting[metric.extra_args["aggregation_method"]]}, metric.key


def test_factors_lead_from_the_unit_of_the_meter_to_that_of_the_metric(
    metrics: list[Metric], samples: Mapping[str, Iterable[Sample]]
) -> None:
    checked = list(_sizes(metrics, samples))
    assert len(checked) > 5
    for metric, unit in checked:
        assert SIZES[unit] == SIZES[metric.unit] * metric.factor, metric.key


def _sizes(
    metrics: list[Metric], samples: Mapping[str, Iterable[Sample]]
) -> Iterator[tuple[Metric, str]]:
    for metric in metrics:
        for unit in {sample.unit for sample in samples[metric.name]} & SIZES.keys():
            yield metric, unit
