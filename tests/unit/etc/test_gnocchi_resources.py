# SPDX-License-Identifier: Apache-2.0
"""The shipped resource definitions fit the shipped meters."""

import pytest

from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.definitions.resource_load import load_resources
from ceilobatch.definitions.resources import ResourceDefinitions
from ceilobatch.model import Sample

from .cases import ALL
from .conftest import SHIPPED

METHODS = {"gauge": "max", "delta": "sum", "cumulative": "last"}


@pytest.fixture(scope="module")
def resources() -> ResourceDefinitions:
    return load_resources(str(SHIPPED / "gnocchi_resources.yaml"), None, "")


@pytest.fixture(scope="module")
def samples(meters: MeterDefinitions) -> list[Sample]:
    return [one for case in ALL for one in meters.convert(case.notification())[0]]


def test_it_loads_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    load_resources(str(SHIPPED / "gnocchi_resources.yaml"), None, "")
    assert caplog.messages == []


def test_every_shipped_meter_has_a_place_that_keeps_what_it_means(
    resources: ResourceDefinitions, samples: list[Sample]
) -> None:
    for sample in samples:
        rule = resources.find(sample.name)
        assert rule is not None, sample.name
        methods = resources.policies[rule.archive_policy]["aggregation_methods"]
        assert METHODS[sample.type] in methods, sample.name


def test_every_definition_and_attribute_is_used_by_some_meter(
    resources: ResourceDefinitions, samples: list[Sample]
) -> None:
    used, told = set(), set()
    for sample in samples:
        rule = resources.find(sample.name)
        assert rule is not None
        used.add(id(rule))
        kind = rule.resource.resource_type
        told |= {(kind, attribute) for attribute in rule.resource.values(sample)}
    assert [name for name, rule in resources.metrics.items() if id(rule) not in used] == []
    written = {
        (rule.resource_type, name) for rule in resources.resources for name in rule.attributes
    }
    assert sorted(written - told) == []


def test_every_policy_takes_a_day_of_late_samples(resources: ResourceDefinitions) -> None:
    assert resources.used_policies == sorted(resources.policies)
    assert resources.late_after == 86400
